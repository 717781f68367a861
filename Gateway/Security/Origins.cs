using System.Collections.Immutable;
using Microsoft.Net.Http.Headers;

namespace Q2C.Gateway.Security;

/// <summary>The pages of other sites that may use the API: <c>Q2C:Cors</c>, such as <c>https://portal.example</c>. Ours always may.</summary>
internal sealed record Origins(ImmutableArray<string> Allowed)
{
    /// <summary>Throws <see cref="InvalidOperationException"/> for what is no origin.</summary>
    public static Origins Read(IConfiguration configuration)
    {
        var origins = configuration.GetSection("Q2C:Cors").Get<string[]>() ?? [];
        foreach (var origin in origins)
        {
            if (!Uri.TryCreate(origin, UriKind.Absolute, out var address) || address.GetLeftPart(UriPartial.Authority) != origin)
                throw new InvalidOperationException($"Q2C:Cors names '{origin}', which is no origin; write https://portal.example.");
        }

        return new([.. origins]);
    }

    /// <summary>Whether the page that asks, if it is a page, may.</summary>
    public bool Allows(HttpRequest request) => request.Headers.Origin.ToString() is var origin
        && (origin.Length == 0 || Allowed.Contains(origin, StringComparer.OrdinalIgnoreCase)
            || (Uri.TryCreate(origin, UriKind.Absolute, out var page) && page.Authority == request.Host.Value));
}

internal static class RequestPolicies
{
    private const string GraphQL = "/graphql";
    private const string Preflight = "GraphQL-Preflight";
    private static readonly TimeSpan PreflightAge = TimeSpan.FromHours(1);

    /// <summary>
    /// Answers the preflights of browsers, and turns away pages of other sites, which a browser would let write and open
    /// websockets even where it hides the answers.
    /// </summary>
    public static void UseOrigins(this WebApplication app)
    {
        var origins = app.Services.GetRequiredService<Origins>();
        app.UseCors(cors => cors.WithOrigins([.. origins.Allowed]).WithMethods(HttpMethods.Get, HttpMethods.Post)
            .WithHeaders(HeaderNames.Authorization, HeaderNames.ContentType, HeaderNames.Accept, Preflight)
            .WithExposedHeaders(HeaderNames.RetryAfter).SetPreflightMaxAge(PreflightAge));
        app.UseWhen(IsGraphQL, branch => branch.Use((http, next) => origins.Allows(http.Request)
            ? next(http)
            : Refuse(http, StatusCodes.Status403Forbidden, "ORIGIN_NOT_ALLOWED", "Pages of this site may not use the API.")));
    }

    /// <summary>
    /// Turns away operations in an address, as a link or an image of another page could bring them, unless they carry what
    /// no such thing can send.
    /// </summary>
    public static void UsePreflight(this WebApplication app)
    {
        if (!app.Services.GetRequiredService<GatewayOptions>().Preflight) return;
        app.UseWhen(IsGraphQL, branch => branch.Use((http, next) => IsBareOperation(http.Request)
            ? Refuse(http, StatusCodes.Status400BadRequest, "PREFLIGHT_REQUIRED", $"Operations in the address need the header {Preflight}.")
            : next(http)));
    }

    public static void UseThrottle(this WebApplication app)
    {
        var throttle = app.Services.GetRequiredService<Throttle>();
        app.UseWhen(IsGraphQL, branch => branch.Use((HttpContext http, RequestDelegate next) => throttle.Invoke(http, next)));
    }

    private static bool IsBareOperation(HttpRequest request) => HttpMethods.IsGet(request.Method)
        && (request.Query.ContainsKey("query") || request.Query.ContainsKey("id") || request.Query.ContainsKey("extensions"))
        && !request.Headers.ContainsKey(Preflight);

    internal static bool IsGraphQL(HttpContext http) => http.Request.Path.StartsWithSegments(GraphQL, StringComparison.Ordinal);

    private static Task Refuse(HttpContext http, int status, string code, string message)
    {
        http.Response.StatusCode = status;
        return http.Response.WriteAsJsonAsync(new { errors = new[] { new { message, extensions = new { code } } } });
    }
}
