namespace Q2C.Gateway.Console;

/// <summary>
/// GraphiQL under <c>/graphiql</c>, where the developers' tools are switched on. Its files come from npm
/// (<c>Console/graphiql/fetch-graphiql</c>) and are served from here; the browser loads nothing from anywhere else.
/// </summary>
internal static class GraphiQLPage
{
    public const string FolderSetting = "Q2C:GraphiQL";

    // Its dialogs and menus write style elements of their own.
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; " +
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static readonly string[] FetchedFiles = ["graphiql.js", "graphiql.css", "react.js", "react-dom.js"];

    public static void MapGraphiQL(this IEndpointRouteBuilder endpoints)
    {
        var options = endpoints.ServiceProvider.GetRequiredService<GatewayOptions>();
        if (!options.Tools || options.GraphiQLFolder is not { } folder) return;
        var page = Read("graphiql.html");
        endpoints.MapGet("/graphiql", (HttpResponse response) =>
        {
            response.Headers.ContentSecurityPolicy = Policy;
            return Results.Bytes(page, "text/html; charset=utf-8");
        });
        Map(endpoints, "page.js", Read("graphiql.js"));
        Map(endpoints, "page.css", Read("graphiql.css"));
        foreach (var file in FetchedFiles) Map(endpoints, file, Fetched(folder, file));
    }

    private static void Map(IEndpointRouteBuilder endpoints, string name, byte[] content)
    {
        var type = name.EndsWith(".js", StringComparison.Ordinal) ? "text/javascript; charset=utf-8" : "text/css; charset=utf-8";
        endpoints.MapGet($"/graphiql/{name}", () => Results.Bytes(content, type));
    }

    private static byte[] Read(string file) => ConsolePages.Read(typeof(GraphiQLPage).Assembly, $"Q2C.Gateway.GraphiQL.{file}");

    private static byte[] Fetched(string folder, string file)
    {
        var path = Path.Combine(folder, file);
        return File.Exists(path)
            ? File.ReadAllBytes(path)
            : throw new InvalidOperationException($"{FolderSetting} names {folder}, which has no {file}. Gateway/Console/graphiql/fetch-graphiql puts it there.");
    }
}
