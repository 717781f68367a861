using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Npgsql;
using Q2C.Simulators.AvaTax;
using Q2C.Simulators.Demo;
using Q2C.Simulators.Kantata;
using Q2C.Simulators.Salesforce;
using Q2C.Simulators.Stripe;

namespace Q2C.Chaos.Processes;

/// <summary>
/// The installation: two processes of silo and gateway, a silo and a gateway of their own, all on one database and none
/// knowing of the others but by it; the vendors in a process; a line that can be made bad between any two.
/// </summary>
internal sealed class Plant : IAsyncDisposable
{
    private static readonly string[] Vendors = ["salesforce", "netsuite", "kantata", "avatax", "stripe"];
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(90);

    private readonly DirectoryInfo _folder;
    private readonly int _vendorPort = FreePorts(Vendors.Length);
    private readonly int[] _gatewayPorts;
    private readonly List<TcpProxy> _lines = [];

    private Plant(DatabaseServer database, DirectoryInfo folder, int hubs)
    {
        (Database, _folder) = (database, folder);
        _gatewayPorts = [.. Enumerable.Range(0, hubs).Select(_ => FreePorts(1))];
        ToDatabase = [.. Enumerable.Range(0, hubs).Select(_ => Line(() => [database.Port]))];
        ToVendors = [.. Vendors.Select((_, i) => Line(() => [_vendorPort + i]))];
        var webhooks = Line(() => _gatewayPorts);
        Simulators = new(
            "simulators", ["Q2C.Simulators.dll", "--base-port", $"{_vendorPort}", "--data", Folder("vendors").FullName, "--webhooks", $"http://127.0.0.1:{webhooks.Port}"],
            new Dictionary<string, string>(), Folder("logs"));
    }

    public DatabaseServer Database { get; }

    public Part Simulators { get; }

    /// <summary>Silo and gateway in one process each.</summary>
    public List<Part> Hubs { get; } = [];

    /// <summary>A silo and a gateway apart from each other.</summary>
    public List<Part> Apart { get; } = [];

    /// <summary>One line for each hub.</summary>
    public IReadOnlyList<TcpProxy> ToDatabase { get; }

    /// <summary>One line for each vendor, for all hubs.</summary>
    public IReadOnlyList<TcpProxy> ToVendors { get; }

    public IReadOnlyList<Uri> Gateways => [.. _gatewayPorts.Select(port => new Uri($"http://localhost:{port}"))];

    public IEnumerable<Part> Parts => [.. Hubs, .. Apart, Simulators];

    public string Logs => Folder("logs").FullName;

    public VendorControl Vendor(string name) => new(new($"http://localhost:{_vendorPort + Array.IndexOf(Vendors, name)}"));

    /// <summary>Returns when every gateway is ready.</summary>
    /// <param name="hubs">Processes of silo and gateway.</param>
    /// <param name="apart">Also a silo and a gateway of their own.</param>
    public static async Task<Plant> Start(int hubs, bool apart, CancellationToken cancel)
    {
        var database = await DatabaseServer.Start(cancel);
        var plant = new Plant(database, Directory.CreateTempSubdirectory("q2c-chaos-"), hubs + (apart ? 1 : 0));
        try
        {
            plant.Simulators.Start();
            await plant.Answers(new($"http://localhost:{plant._vendorPort + Vendors.Length - 1}/_control/records"), cancel);
            await plant.StartHubs(hubs, apart, cancel);
            return plant;
        }
        catch
        {
            await plant.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var part in Parts) await part.DisposeAsync();
        foreach (var line in _lines) await line.DisposeAsync();
        await Database.DisposeAsync();
    }

    private async Task StartHubs(int hubs, bool apart, CancellationToken cancel)
    {
        var environment = await Environment(cancel);
        for (var i = 0; i < hubs; i++)
        {
            Hubs.Add(Part(
                $"hub-{i + 1}", ["Q2C.Silo.dll", "up", "--data", Folder($"hub-{i + 1}").FullName, "--port", $"{_gatewayPorts[i]}", "--silo-port", $"{FreePorts(1)}", .. Documents()],
                [.. environment, new("Q2C_POSTGRES", Postgres(i))]));
            // The first migrates; the others find it done.
            Hubs[i].Start();
            await Ready(i, cancel);
        }

        if (!apart) return;
        var (silo, key) = (FreePorts(1), Path.Combine(_folder.FullName, "cluster.key"));
        await File.WriteAllTextAsync(key, RandomNumberGenerator.GetHexString(64), cancel);
        KeyValuePair<string, string>[] cluster = [new("Q2C__Cluster__Key", key), new("Q2C__Cluster__Silos__0", $"127.0.0.1:{silo}")];
        Apart.Add(Part(
            "silo", ["Q2C.Silo.dll", "silo", "--data", Folder("silo").FullName, "--silo-port", $"{silo}", .. Documents()],
            [.. environment, .. cluster, new("Q2C_POSTGRES", Postgres(hubs))]));
        Apart.Add(Part("gateway", ["Q2C.Gateway.dll"],
        [
            .. environment, .. cluster, new("ConnectionStrings__Postgres", Postgres(hubs)), new("ASPNETCORE_URLS", $"http://localhost:{_gatewayPorts[hubs]}"),
            new("Q2C__Development", "true"),
            new("Q2C__Connections__salesforce__Webhook__Scheme", "salesforce-outbound"),
            new("Q2C__Connections__salesforce__Webhook__OrganizationId", new SalesforceOptions().OrganizationId),
            new("Q2C__Connections__stripe__Webhook__Scheme", "stripe"), new("Q2C__Connections__stripe__Webhook__Secrets__0", "env:Q2C_STRIPE_WEBHOOK_SECRET"),
        ]));
        foreach (var part in Apart) part.Start();
        await Ready(hubs, cancel);
    }

    private Part Part(string name, IReadOnlyList<string> arguments, IEnumerable<KeyValuePair<string, string>> environment) =>
        new(name, arguments, environment.ToDictionary(), Folder("logs")) { MayEnd = () => Database.IsDisturbed || ToDatabase.Any(line => line.State != LineState.Good) };

    /// <summary>The sample policies, at a pace that does not hold up the load.</summary>
    private string[] Documents()
    {
        var policies = Folder("policies");
        foreach (var file in Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Policies", "sample")))
            File.Copy(file, Path.Combine(policies.FullName, Path.GetFileName(file)), overwrite: true);
        File.WriteAllLines(
            Path.Combine(policies.FullName, "limits.yaml"),
            Vendors.SelectMany(vendor => new[] { $"{vendor}:", "  concurrency: 8", "  per-second: 100", "  burst: 50" }));
        return ["--policies", policies.FullName, "--connections", Path.Combine(AppContext.BaseDirectory, "Demo", "connections.json")];
    }

    private async Task<IReadOnlyList<KeyValuePair<string, string>>> Environment(CancellationToken cancel) =>
    [
        .. Vendors.SelectMany((vendor, i) => new KeyValuePair<string, string>[]
        {
            new($"Q2C__Connections__{vendor}__BaseAddress", $"http://127.0.0.1:{ToVendors[i].Port}"),
            new($"Q2C__Connections__{vendor}__Options__longestProcessingSeconds", "2"),
        }),
        new("Q2C_SALESFORCE_CLIENT_ID", new SalesforceOptions().ClientId), new("Q2C_SALESFORCE_CLIENT_SECRET", new SalesforceOptions().ClientSecret),
        new("Q2C_NETSUITE_PRIVATE_KEY", await File.ReadAllTextAsync(Path.Combine(Folder("vendors").FullName, "netsuite-key.pem"), cancel)),
        new("Q2C_KANTATA_TOKEN", new KantataOptions().Token), new("Q2C_AVATAX_LICENSE_KEY", new AvaTaxOptions().LicenseKey),
        new("Q2C_STRIPE_API_KEY", new StripeOptions().SecretKey), new("Q2C_STRIPE_WEBHOOK_SECRET", new StripeOptions().WebhookSecret),
        new("Logging__LogLevel__Default", "Warning"),
    ];

    private string Postgres(int hub) => new NpgsqlConnectionStringBuilder(Database.ConnectionString)
    {
        Port = ToDatabase[hub].Port, Pooling = true, MaxPoolSize = 25, Timeout = 5,
    }.ConnectionString;

    private Task Ready(int gateway, CancellationToken cancel) => Answers(new(Gateways[gateway], "/health/ready"), cancel);

    private async Task Answers(Uri address, CancellationToken cancel)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(2) };
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(StartLimit);
        while (true)
        {
            try
            {
                using var answer = await http.GetAsync(address, limit.Token);
                if (answer.IsSuccessStatusCode) return;
            }
            catch (Exception failure) when (failure is HttpRequestException or OperationCanceledException)
            {
                if (limit.IsCancellationRequested) throw new TimeoutException($"{address} does not answer; the logs are in {Logs}.", failure);
            }

            await Task.Delay(100, cancel);
        }
    }

    private TcpProxy Line(Func<IEnumerable<int>> targets)
    {
        var line = new TcpProxy(targets).Start();
        _lines.Add(line);
        return line;
    }

    private DirectoryInfo Folder(string name) => _folder.CreateSubdirectory(name);

    /// <summary>The first of so many in a row that nobody listens at.</summary>
    private static int FreePorts(int count)
    {
        while (true)
        {
            var first = Random.Shared.Next(20_000, 30_000);
            if (Enumerable.Range(first, count).All(IsFree)) return first;
        }

        static bool IsFree(int port)
        {
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return true;
            }
            catch (SocketException)
            {
                return false;
            }
        }
    }
}
