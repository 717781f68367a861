namespace Q2C.Gateway.Security;

internal static class SecurityHeaders
{
    private static readonly TimeSpan StrictTransport = TimeSpan.FromDays(365);

    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <summary>
    /// What the console's page may do: its own files, this server, and the identity provider, if there is one. A style element
    /// needs the nonce of its page.
    /// </summary>
    public static string PagePolicy(string nonce, string? authority) =>
        $"default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; font-src 'self'; " +
        $"connect-src 'self'{(authority is null ? "" : $" {new Uri(authority).GetLeftPart(UriPartial.Authority)}")}; " +
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <summary>What a browser may do with our answers: run our own scripts, talk to us, and nothing else.</summary>
    public static void UseSecurityHeaders(this IApplicationBuilder app) => app.Use((http, next) =>
    {
        var headers = http.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()";
        if (http.Request.IsHttps) headers.StrictTransportSecurity = $"max-age={StrictTransport.TotalSeconds:0}; includeSubDomains";

        // What somebody was told is for nobody else to find.
        if (RequestPolicies.IsGraphQL(http)) headers.CacheControl = "no-store";
        return next(http);
    });
}
