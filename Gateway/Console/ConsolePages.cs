namespace Q2C.Gateway.Console;

/// <summary>The pages that the gateway serves itself, from this assembly.</summary>
internal static class ConsolePages
{
    private static readonly (string Path, string File, string ContentType)[] Pages =
    [
        ("/", "index.html", "text/html; charset=utf-8"),
        ("/console/engagement", "engagement.html", "text/html; charset=utf-8"),
        ("/console/engagement.js", "engagement.js", "text/javascript; charset=utf-8"),
        ("/console/style.css", "style.css", "text/css; charset=utf-8"),
    ];

    public static void MapConsole(this IEndpointRouteBuilder endpoints)
    {
        foreach (var (path, file, contentType) in Pages)
        {
            var content = Read(file);
            endpoints.MapGet(path, () => Results.Bytes(content, contentType));
        }
    }

    public static byte[] Read(string file)
    {
        using var stream = typeof(ConsolePages).Assembly.GetManifestResourceStream($"Q2C.Gateway.Console.{file}")
            ?? throw new InvalidOperationException($"{file} is not part of this assembly.");
        using var buffer = new MemoryStream();
        stream.CopyTo(buffer);
        return buffer.ToArray();
    }
}
