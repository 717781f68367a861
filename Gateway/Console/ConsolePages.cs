using System.Collections.Frozen;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Net.Http.Headers;
using Q2C.Gateway.Security;

namespace Q2C.Gateway.Console;

/// <summary>
/// The console: one page for all its addresses, and files whose names change with their content. They are part of this
/// assembly when the build found Node (<c>Console.targets</c>); otherwise the page says that they are not.
/// </summary>
internal static class ConsolePages
{
    private const string Prefix = "Q2C.Gateway.Console/";
    private const string Page = "index.html";
    private const string Compressed = ".br";
    private const string Forever = "public, max-age=31536000, immutable";
    private const string Html = "text/html; charset=utf-8";

    /// <summary>The first part of each address of the console; what lies below is the page's own business.</summary>
    private static readonly string[] Sections =
        ["engagements", "exceptions", "bulk", "billing", "invoices", "connections", "deliveries", "system", "signed-in"];

    private const string NonceMark = "{nonce}";
    private const int NonceBytes = 16;

    private const string NotBuilt =
        """
        <!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Q2C</title>
        <h1>The console is not part of this build</h1>
        <p>Q2C was built on a machine without Node.js 20.19 or newer, or without the packages that the console is made of.
        Everything else works: the API at <code>/graphql</code>, <a href="/health/ready">the health of this process</a>.</p>
        <p>Install Node.js and build again: <code>dotnet build Gateway</code> says what is missing.</p></html>
        """;

    private static readonly FileExtensionContentTypeProvider Types = new();

    public static void MapConsole(this IEndpointRouteBuilder endpoints)
    {
        var assembly = typeof(ConsolePages).Assembly;
        var files = assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .ToFrozenDictionary(name => name[Prefix.Length..], name => Read(assembly, name));
        var options = endpoints.ServiceProvider.GetRequiredService<ConsoleOptions>();
        MapPage(endpoints, files.TryGetValue(Page, out var page) ? Encoding.UTF8.GetString(page) : NotBuilt, options);
        endpoints.MapGet("/console/settings.json", (HttpResponse response) =>
        {
            response.Headers.CacheControl = "no-store";
            return Results.Json(options.Settings);
        });
        endpoints.MapGet("/assets/{file}", (string file, HttpContext http) => Serve(files, $"assets/{file}", http));
    }

    private static void MapPage(IEndpointRouteBuilder endpoints, string page, ConsoleOptions options)
    {
        foreach (var path in Sections.SelectMany(section => new[] { $"/{section}", $"/{section}/{{**rest}}" }).Prepend("/"))
        {
            endpoints.MapGet(path, (HttpResponse response) =>
            {
                var nonce = Convert.ToBase64String(RandomNumberGenerator.GetBytes(NonceBytes));
                response.Headers.ContentSecurityPolicy = SecurityHeaders.PagePolicy(nonce, options.Settings.Identity?.Authority);
                response.Headers.CacheControl = "no-store";
                return Results.Text(page.Replace(NonceMark, nonce, StringComparison.Ordinal), Html);
            });
        }
    }

    private static IResult Serve(FrozenDictionary<string, byte[]> files, string path, HttpContext http)
    {
        if (!files.TryGetValue(path, out var content)) return Results.NotFound();
        var headers = http.Response.Headers;
        headers.CacheControl = Forever;
        headers.Vary = HeaderNames.AcceptEncoding;
        if (files.TryGetValue(path + Compressed, out var compressed)
            && http.Request.Headers.AcceptEncoding.ToString().Contains("br", StringComparison.Ordinal))
        {
            headers.ContentEncoding = "br";
            content = compressed;
        }

        return Results.Bytes(content, Types.TryGetContentType(path, out var type) ? type : "application/octet-stream");
    }

    public static byte[] Read(Assembly assembly, string resource)
    {
        using var stream = assembly.GetManifestResourceStream(resource)
            ?? throw new InvalidOperationException($"{resource} is not part of {assembly.GetName().Name}.");
        using var buffer = new MemoryStream();
        stream.CopyTo(buffer);
        return buffer.ToArray();
    }
}
