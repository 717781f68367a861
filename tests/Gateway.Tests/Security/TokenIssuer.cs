using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Q2C.Gateway.Security;

namespace Q2C.Gateway.Tests.Security;

/// <summary>
/// An identity provider: its discovery document and keys over HTTP, and tokens, good and hostile, that the npm package
/// jose made (<c>tokens/tokens.mjs</c>).
/// </summary>
public sealed class TokenIssuer : IAsyncLifetime
{
    public static readonly DateTimeOffset Noon = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);

    private WebApplication _app = null!;

    public string Address => _app.Urls.Single();

    public Dictionary<string, string> Tokens { get; private set; } = [];

    public JsonElement FirstKeys { get; private set; }

    public JsonElement SecondKeys { get; private set; }

    /// <summary>What it answers with from now on; null for 503.</summary>
    public JsonElement? Keys { get; set; }

    /// <summary>Which issuer its discovery document says it is.</summary>
    public string? Claimed { get; set; }

    public int Fetches { get; private set; }

    public async Task InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.MapGet("/.well-known/openid-configuration", () => Results.Json(new { issuer = Claimed ?? Address, jwks_uri = $"{Address}/keys" }));
        _app.MapGet("/keys", () =>
        {
            Fetches++;
            return Keys is { } keys ? Results.Json(keys) : Results.StatusCode(StatusCodes.Status503ServiceUnavailable);
        });
        await _app.StartAsync();
        using var made = JsonDocument.Parse(await Node(
            "tokens.mjs", Address, Noon.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)));
        (FirstKeys, SecondKeys) = (made.RootElement.GetProperty("first").Clone(), made.RootElement.GetProperty("second").Clone());
        Tokens = made.RootElement.GetProperty("tokens").Deserialize<Dictionary<string, string>>()!;
        Keys = FirstKeys;
    }

    public async Task DisposeAsync() => await _app.DisposeAsync();

    public Dictionary<string, string?> Settings(params (string Member, string Value)[] more)
    {
        var settings = new Dictionary<string, string?> { ["Q2C:Issuers:corp:Issuer"] = Address, ["Q2C:Issuers:corp:Audiences:0"] = "q2c" };
        foreach (var (member, value) in more) settings[$"Q2C:Issuers:corp:{member}"] = value;
        return settings;
    }

    internal TokenValidator Validator(TimeProvider clock, params (string Member, string Value)[] more) => new(
        Issuer.Read(new ConfigurationBuilder().AddInMemoryCollection(Settings(more)).Build()), clock, NullLogger<IssuerKeys>.Instance);

    private static async Task<string> Node(params string[] arguments)
    {
        var folder = Folder();
        if (!Directory.Exists(Path.Combine(folder, "node_modules", "jose"))) await Run(folder, "npm", "ci", "--no-fund", "--no-audit");
        return await Run(folder, "node", arguments);
    }

    private static async Task<string> Run(string folder, string file, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(file, arguments)
        {
            WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await errors);
        return await output;
    }

    private static string Folder()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Q2C.sln"))) folder = folder.Parent;
        return Path.Combine(folder!.FullName, "tests", "Gateway.Tests", "tokens");
    }
}

internal sealed class SetClock(DateTimeOffset now) : TimeProvider
{
    public DateTimeOffset Now { get; set; } = now;

    public override DateTimeOffset GetUtcNow() => Now;
}
