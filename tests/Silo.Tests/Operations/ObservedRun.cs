using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Q2C.Silo.Operations;
using Q2C.Silo.Tests.Connectors;
using Q2C.Simulators.AvaTax;
using Q2C.Simulators.Core;
using Q2C.Simulators.Demo;
using Q2C.Simulators.Kantata;
using Q2C.Simulators.NetSuite;
using Q2C.Simulators.Salesforce;
using Q2C.Simulators.Stripe;

namespace Q2C.Silo.Tests.Operations;

/// <summary>
/// One activation on a whole hub against simulated vendors, with everything that the hub shows of itself: its log, spans,
/// measurements, and what <c>status</c> said at the end. The hub has stopped when tests look.
/// </summary>
public sealed class ObservedRun : IAsyncLifetime
{
    private static readonly SalesforceOptions Salesforce = new();
    private static readonly KantataOptions Kantata = new();
    private static readonly AvaTaxOptions AvaTax = new();
    private static readonly StripeOptions Stripe = new();

    private static readonly JsonSerializerOptions WithoutNulls = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    private readonly PostgresFixture _postgres = new();
    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("q2c-observed-");
    private readonly StringWriter _console = new();
    private readonly ConcurrentQueue<Activity> _spans = new();
    private readonly ConcurrentQueue<string> _measured = new();

    /// <summary>What must not be in the log: credentials, and a text from the bodies that go in and out.</summary>
    public List<string> Forbidden { get; } =
        [Salesforce.ClientSecret, Kantata.Token, AvaTax.LicenseKey, Stripe.SecretKey, Stripe.WebhookSecret, "Kranich"];

    public IReadOnlyCollection<Activity> Spans => _spans;

    /// <summary>Instrument and tags of every measurement of ours: <c>q2c.effect.outcomes connection=netsuite outcome=accepted</c>.</summary>
    public IReadOnlyCollection<string> Measured => _measured;

    public string Log { get; private set; } = "";

    /// <summary>Of the delivery that began the activation.</summary>
    public string Correlation { get; private set; } = "";

    public (int ExitCode, string Text) Table { get; private set; }

    public (int ExitCode, JsonNode Json) Status { get; private set; }

    public async Task InitializeAsync()
    {
        await _postgres.InitializeAsync();
        using var spans = ListenToSpans();
        using var meters = ListenToMeters();
        var (port, siloPort) = (LocalSilo.FreePort(), LocalSilo.FreePort());
        var hubAddress = new Uri($"http://localhost:{port}");
        await using var salesforce = await SalesforceSimulator.StartAsync(Salesforce with { Webhooks = hubAddress });
        await using var netSuite = await NetSuiteSimulator.StartAsync(new());
        await using var kantata = await KantataSimulator.StartAsync(Kantata);
        await using var avaTax = await AvaTaxSimulator.StartAsync(AvaTax);
        await using var stripe = await StripeSimulator.StartAsync(Stripe with { Webhooks = hubAddress });
        var connections = await WriteConnections(salesforce, netSuite, kantata, avaTax, stripe);

        var console = Console.Out;
        Console.SetOut(TextWriter.Synchronized(_console));
        try
        {
            await using var hub = await Hub.Build(
                new(_postgres.ConnectionString, port, siloPort, null, connections, _data, Development: true), default);
            await hub.StartAsync();
            new RunFile(Environment.ProcessId, port, siloPort, _postgres.ConnectionString).Write(_data);
            await Activate(hubAddress, salesforce);
            await LookAtStatus();
            meters.RecordObservableInstruments();
            await hub.StopAsync();
        }
        finally
        {
            Console.SetOut(console);
        }

        Log = _console.ToString();
    }

    public async Task DisposeAsync()
    {
        await _postgres.DisposeAsync();
        _data.Delete(recursive: true);
    }

    private async Task Activate(Uri hub, Simulator salesforce)
    {
        using var sales = new VendorControl(salesforce.BaseAddress);
        await sales.Do("close-won", new() { ["opportunityId"] = DemoEngagement.Opportunity });
        await Wait.Until(() => _postgres.Database.Scalar<bool>("select exists (select from q2c_read.contract where lower(status) = 'active')"));
        Correlation = await _postgres.Database.Scalar<string>(
            "select correlation from q2c.journal where correlation like 'salesforce/%' order by record_time limit 1");
        using var http = new HttpClient { BaseAddress = hub };
        using var forged = await http.PostAsync("/webhooks/stripe", new StringContent("{}", Encoding.UTF8, "application/json"));
        Assert.Equal(HttpStatusCode.Unauthorized, forged.StatusCode);
    }

    private async Task LookAtStatus()
    {
        await using var table = new StringWriter();
        Table = (await Silo.Operations.Status.Run(_data, json: false, table, default), table.ToString());
        await using var json = new StringWriter();
        Status = (await Silo.Operations.Status.Run(_data, json: true, json, default), JsonNode.Parse(json.ToString())!);
    }

    private async Task<FileInfo> WriteConnections(
        Simulator salesforce, NetSuiteSimulator netSuite, Simulator kantata, Simulator avaTax, Simulator stripe)
    {
        var key = netSuite.CreateKey();
        Forbidden.AddRange(key.Split('\n').Where(line => line.Length > 40));
        object Connection(string vendor, Simulator at, object options, object secrets, object? webhook = null) =>
            new { Vendor = vendor, at.BaseAddress, Options = options, Secrets = secrets, Webhook = webhook };
        var settings = new
        {
            Q2C = new
            {
                Logging = new { Json = true },
                Connections = new
                {
                    salesforce = Connection("salesforce", salesforce, new { },
                        new { clientId = Vendors.SecretFile(Salesforce.ClientId), clientSecret = Vendors.SecretFile(Salesforce.ClientSecret) },
                        new { Scheme = "salesforce-outbound", Salesforce.OrganizationId }),
                    netsuite = Connection("netsuite", netSuite,
                        new { clientId = "simulator-client", certificateId = "simulator-certificate" },
                        new { privateKey = Vendors.SecretFile(key) }),
                    kantata = Connection("kantata", kantata, new { }, new { token = Vendors.SecretFile(Kantata.Token) }),
                    avatax = Connection("avatax", avaTax, new { account = "2000000001", companyCode = "Q2C-DE" },
                        new { licenseKey = Vendors.SecretFile(AvaTax.LicenseKey) }),
                    stripe = Connection("stripe", stripe, new { }, new { apiKey = Vendors.SecretFile(Stripe.SecretKey) },
                        new { Scheme = "stripe", Secrets = new[] { Vendors.SecretFile(Stripe.WebhookSecret) } }),
                },
            },
        };
        var file = new FileInfo(Path.Combine(_data.FullName, "connections.json"));
        await File.WriteAllTextAsync(file.FullName, JsonSerializer.Serialize(settings, WithoutNulls));
        return file;
    }

    private ActivityListener ListenToSpans()
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name.StartsWith("Q2C.", StringComparison.Ordinal),
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = _spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }

    private MeterListener ListenToMeters()
    {
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, all) =>
            {
                if (instrument.Meter.Name.StartsWith("Q2C.", StringComparison.Ordinal)) all.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<int>((instrument, _, tags, _) => Add(instrument, tags));
        listener.SetMeasurementEventCallback<long>((instrument, _, tags, _) => Add(instrument, tags));
        listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Add(instrument, tags));
        listener.Start();
        return listener;

        void Add(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
            _measured.Enqueue(string.Join(' ', [instrument.Name, .. tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}")]));
    }
}
