using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Q2C.Silo.Operations;
using Q2C.Silo.Tests;
using Q2C.Simulators.Demo;

namespace Q2C.Chaos.Fuzz;

/// <summary>A whole hub in this process, whose every vendor answers nonsense.</summary>
public sealed class FuzzedHub : IAsyncLifetime
{
    public const string WebhookSecret = "whsec_fuzz";

    private readonly PostgresFixture _postgres = new();
    private WebApplication? _app;
    private HostileVendor? _vendor;

    public static int Seed { get; } = Environment.GetEnvironmentVariable("Q2C_TEST_SEED") is { Length: > 0 } one ? int.Parse(one) : 1;

    /// <summary>Of each entrance.</summary>
    public static TimeSpan Time { get; } =
        Environment.GetEnvironmentVariable("Q2C_TEST_LONG") == "true" ? TimeSpan.FromMinutes(2) : TimeSpan.FromSeconds(4);

    public IServiceProvider Services => _app!.Services;

    public Npgsql.NpgsqlDataSource Database => _postgres.Database;

    public HttpClient Http { get; private set; } = null!;

    public HubClient People { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        await _postgres.InitializeAsync();
        _vendor = await HostileVendor.Start(new Random(Seed));
        foreach (var vendor in new[] { "salesforce", "netsuite", "kantata", "avatax", "stripe" })
            Environment.SetEnvironmentVariable($"Q2C__Connections__{vendor}__BaseAddress", $"{_vendor.Address}");
        foreach (var secret in new[] { "SALESFORCE_CLIENT_ID", "SALESFORCE_CLIENT_SECRET", "KANTATA_TOKEN", "AVATAX_LICENSE_KEY", "STRIPE_API_KEY" })
            Environment.SetEnvironmentVariable($"Q2C_{secret}", "fuzz");
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Environment.SetEnvironmentVariable("Q2C_NETSUITE_PRIVATE_KEY", key.ExportPkcs8PrivateKeyPem());
        Environment.SetEnvironmentVariable("Q2C_STRIPE_WEBHOOK_SECRET", WebhookSecret);
        Environment.SetEnvironmentVariable("Logging__LogLevel__Default", "None");
        var port = FreePort();
        _app = await Hub.Build(
            new(
                _postgres.ConnectionString, port, SiloPort: 0, Policies: null, new(Path.Combine(AppContext.BaseDirectory, "Demo", "connections.json")), new("."),
                Development: true), default);
        await _app.StartAsync();
        var address = new Uri($"http://localhost:{port}");
        Http = new() { BaseAddress = address, Timeout = TimeSpan.FromSeconds(30) };
        People = new(address, TimeSpan.FromSeconds(30));
    }

    public async Task DisposeAsync()
    {
        Http?.Dispose();
        People?.Dispose();
        if (_app is not null) await _app.DisposeAsync();
        if (_vendor is not null) await _vendor.DisposeAsync();
        await _postgres.DisposeAsync();
    }

    private static int FreePort()
    {
        using var probe = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        probe.Start();
        return ((System.Net.IPEndPoint)probe.LocalEndpoint).Port;
    }
}
