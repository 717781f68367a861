using System.Runtime.InteropServices;
using Q2C.Simulators.AvaTax;
using Q2C.Simulators.BusinessCentral;
using Q2C.Simulators.Core;
using Q2C.Simulators.Demo;
using Q2C.Simulators.DocuSign;
using Q2C.Simulators.Jira;
using Q2C.Simulators.Kantata;
using Q2C.Simulators.NetSuite;
using Q2C.Simulators.Salesforce;
using Q2C.Simulators.Stripe;

namespace Q2C.Simulators;

/// <summary>Runs the simulators as one process until Ctrl-C or SIGTERM.</summary>
internal static class CommandLine
{
    private static readonly string[] Vendors = ["salesforce", "netsuite", "kantata", "avatax", "stripe", "jira", "businesscentral", "docusign", SecondOrg];

    private const string SecondOrg = "salesforce-us";
    private const int PubSubOffset = 20;

    private const string Help =
        """
        Simulators of the vendors' APIs that Q2C talks to.

        usage: Q2C.Simulators [--base-port 5090] [--data DIR] [--webhooks URL] [--only NAME[,NAME]] [--any-interface] [--empty]
               Q2C.Simulators demo --hub URL [--base-port 5090] [--story NAME] [--faults]
                                   plays against a running hub: first-run, managed-services or post-merger;
                                   --faults goes with the first run: four more that three faults stop

          --base-port N     salesforce N, netsuite N+1, kantata N+2, avatax N+3, stripe N+4, jira N+5,
                            businesscentral N+6, docusign N+7, salesforce-us N+8: a second org (default 5090);
                            the orgs' Pub/Sub APIs N+20 and N+28
          --data DIR        keeps each vendor's state in DIR/<vendor>.jsonl, the second org's in DIR/us, and DIR/netsuite-key.pem, DIR/docusign-key.pem
          --webhooks URL    base address of the hub; salesforce posts to URL/webhooks/salesforce; stripe, jira and docusign likewise
                            (businesscentral to where it is subscribed)
          --only NAMES      salesforce, netsuite, kantata, avatax, stripe, jira, businesscentral, docusign, salesforce-us
          --any-interface   listens on every interface instead of loopback only
          --empty           starts without the demo engagement

        Environment: SIM_SALESFORCE_CLIENT_SECRET, SIM_NETSUITE_PUBLIC_KEY (PEM file), SIM_KANTATA_TOKEN,
        SIM_AVATAX_LICENSE_KEY, SIM_STRIPE_SECRET_KEY, SIM_STRIPE_WEBHOOK_SECRET, SIM_JIRA_API_TOKEN, SIM_JIRA_WEBHOOK_SECRET,
        SIM_BUSINESSCENTRAL_CLIENT_SECRET, SIM_DOCUSIGN_HMAC_KEY replace the default test credentials.
        Each simulator documents and serves its control API under /_control/.
        """;

    public static async Task<int> RunAsync(string[] args)
    {
        if (args.Contains("--help") || args.Contains("-h"))
        {
            Console.WriteLine(Help);
            return 0;
        }
        try
        {
            return args is ["demo", .. var rest] ? await PlayAsync(rest) : await ServeAsync(Parse(args));
        }
        catch (Exception error) when (error is FormatException or IOException)
        {
            await Console.Error.WriteLineAsync(error.Message);
            return 1;
        }
    }

    private static async Task<int> PlayAsync(string[] args)
    {
        var faults = args.Contains("--faults");
        args = [.. args.Where(arg => arg != "--faults")];
        var hub = new Uri("http://localhost:5080");
        var (basePort, story) = (5090, DemoPlayer.FirstRun);
        for (var i = 0; i + 1 < args.Length; i += 2)
        {
            if (args[i] == "--hub") hub = Address(args[i + 1]);
            else if (args[i] == "--base-port") basePort = Port(args[i + 1]);
            else if (args[i] == "--story") story = Story(args[i + 1]);
            else throw new FormatException($"'{args[i]}' is unknown; see --help");
        }
        using var stop = new CancellationTokenSource();
        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        return await new DemoPlayer(hub, basePort, story, faults).Run(stop.Token);
    }

    private static string Story(string text) => DemoPlayer.Stories.Contains(text)
        ? text
        : throw new FormatException($"'{text}' is none of {string.Join(", ", DemoPlayer.Stories)}");

    private sealed record Settings(int BasePort, SimulatorOptions Common, IReadOnlyList<string> Only);

    private static Settings Parse(string[] args)
    {
        var settings = new Settings(5090, new SimulatorOptions(), Vendors);
        for (var i = 0; i < args.Length; i++)
        {
            var common = settings.Common;
            string Value() => ++i < args.Length ? args[i] : throw new FormatException($"{args[i - 1]} needs a value; see --help");
            settings = args[i] switch
            {
                "--base-port" => settings with { BasePort = Port(Value()) },
                "--data" => settings with { Common = common with { DataDirectory = Path.GetFullPath(Value()) } },
                "--webhooks" => settings with { Common = common with { Webhooks = Address(Value()) } },
                "--only" => settings with { Only = Names(Value()) },
                "--any-interface" => settings with { Common = common with { AnyInterface = true } },
                "--empty" => settings with { Common = common with { Demo = false } },
                var unknown => throw new FormatException($"'{unknown}' is unknown; see --help"),
            };
        }
        return settings;
    }

    private static int Port(string text) => int.TryParse(text, out var port) && port is > 0 and < 65_530
        ? port
        : throw new FormatException($"'{text}' is not a port");

    private static Uri Address(string text) => Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
        ? uri
        : throw new FormatException($"'{text}' is not an http address");

    private static string[] Names(string text)
    {
        var names = text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return names.FirstOrDefault(name => !Vendors.Contains(name)) is { } unknown
            ? throw new FormatException($"'{unknown}' is none of {string.Join(", ", Vendors)}")
            : names;
    }

    private static async Task<int> ServeAsync(Settings settings)
    {
        var running = new List<Simulator>();
        try
        {
            foreach (var name in settings.Only) running.Add(await StartAsync(name, settings));
            foreach (var (name, simulator) in settings.Only.Zip(running)) Console.WriteLine($"{name,-15} {simulator.BaseAddress}");
            await StoppedAsync();
            return 0;
        }
        finally
        {
            foreach (var simulator in running) await simulator.DisposeAsync();
        }
    }

    private static async Task<Simulator> StartAsync(string name, Settings settings)
    {
        var port = settings.BasePort + Array.IndexOf(Vendors, name);
        var common = settings.Common;
        return name switch
        {
            "salesforce" => await SalesforceSimulator.StartAsync(
                Filled(new SalesforceOptions { PubSubPort = port + PubSubOffset }, common, port) with
                {
                    ClientSecret = Secret("SALESFORCE_CLIENT_SECRET", new SalesforceOptions().ClientSecret),
                }),
            // It tells of its changes by events only.
            SecondOrg => await SalesforceSimulator.StartAsync(
                Filled(new SalesforceOptions { PubSubPort = port + PubSubOffset, OrganizationId = SalesforceId.Of("00D", 2) }, common, port) with
                {
                    ClientSecret = Secret("SALESFORCE_CLIENT_SECRET", new SalesforceOptions().ClientSecret),
                    DataDirectory = common.DataDirectory is { } folder ? Directory.CreateDirectory(Path.Combine(folder, "us")).FullName : null,
                    Webhooks = null,
                }),
            "netsuite" => await NetSuiteAsync(Filled(new NetSuiteOptions(), common, port)),
            "kantata" => await KantataSimulator.StartAsync(
                Filled(new KantataOptions(), common, port) with { Token = Secret("KANTATA_TOKEN", new KantataOptions().Token) }),
            "avatax" => await AvaTaxSimulator.StartAsync(
                Filled(new AvaTaxOptions(), common, port) with { LicenseKey = Secret("AVATAX_LICENSE_KEY", new AvaTaxOptions().LicenseKey) }),
            "jira" => await JiraSimulator.StartAsync(Filled(new JiraOptions(), common, port) with
            {
                ApiToken = Secret("JIRA_API_TOKEN", new JiraOptions().ApiToken),
                WebhookSecret = Secret("JIRA_WEBHOOK_SECRET", new JiraOptions().WebhookSecret),
            }),
            "businesscentral" => await BusinessCentralSimulator.StartAsync(Filled(new BusinessCentralOptions(), common, port) with
            {
                ClientSecret = Secret("BUSINESSCENTRAL_CLIENT_SECRET", new BusinessCentralOptions().ClientSecret),
                // The vendor's half minute is longer than somebody watches for.
                NotificationDelay = TimeSpan.FromSeconds(2),
            }),
            "docusign" => await DocuSignAsync(Filled(new DocuSignOptions(), common, port)),
            _ => await StripeSimulator.StartAsync(Filled(new StripeOptions(), common, port) with
            {
                SecretKey = Secret("STRIPE_SECRET_KEY", new StripeOptions().SecretKey),
                WebhookSecret = Secret("STRIPE_WEBHOOK_SECRET", new StripeOptions().WebhookSecret),
            }),
        };
    }

    /// <summary>Without a public key of the hub's own, a key pair is made once and its private half left for the hub.</summary>
    private static async Task<NetSuiteSimulator> NetSuiteAsync(NetSuiteOptions options)
    {
        if (Environment.GetEnvironmentVariable("SIM_NETSUITE_PUBLIC_KEY") is { Length: > 0 } file)
            return await NetSuiteSimulator.StartAsync(options with { PublicKeyPem = await File.ReadAllTextAsync(file) });
        var simulator = await NetSuiteSimulator.StartAsync(options);
        await LeaveKeyAsync(options, "netsuite-key.pem", () => simulator.CreateKey());
        return simulator;
    }

    private static async Task<DocuSignSimulator> DocuSignAsync(DocuSignOptions options)
    {
        var simulator = await DocuSignSimulator.StartAsync(options with { HmacKeys = [Secret("DOCUSIGN_HMAC_KEY", options.HmacKeys[0])] });
        await LeaveKeyAsync(options, "docusign-key.pem", simulator.CreateKey);
        return simulator;
    }

    private static async Task LeaveKeyAsync(SimulatorOptions options, string name, Func<string> create)
    {
        if (options.DataDirectory is not { } folder) return;
        var path = Path.Combine(folder, name);
        if (!File.Exists(path)) await WritePrivatelyAsync(path, create());
    }

    private static async Task WritePrivatelyAsync(string path, string text)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        await using var writer = new StreamWriter(path, options);
        await writer.WriteAsync(text);
    }

    private static T Filled<T>(T options, SimulatorOptions common, int port) where T : SimulatorOptions => (T)(options with
    {
        Port = port,
        AnyInterface = common.AnyInterface,
        DataDirectory = common.DataDirectory,
        Webhooks = common.Webhooks,
        Demo = common.Demo,
    });

    private static string Secret(string name, string fallback) =>
        Environment.GetEnvironmentVariable("SIM_" + name) is { Length: > 0 } value ? value : fallback;

    private static async Task StoppedAsync()
    {
        var stopped = new TaskCompletionSource();
        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stopped.TrySetResult();
        }
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        await stopped.Task;
    }
}
