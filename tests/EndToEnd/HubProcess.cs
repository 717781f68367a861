using System.Diagnostics;
using System.Text;
using Q2C.Silo.Tests;
using Q2C.Simulators.Salesforce;

namespace Q2C.EndToEnd;

/// <summary>The hub, a silo or a gateway as a process of its own, as a platform engineer runs it.</summary>
internal sealed class HubProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(90);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly DirectoryInfo _data;

    private HubProcess(Process process, DirectoryInfo data, Uri address) => (_process, _data, Address) = (process, data, address);

    public Uri Address { get; }

    public bool HasExited => _process.HasExited;

    /// <summary>What it wrote so far.</summary>
    public string Output
    {
        get
        {
            lock (_output) return _output.ToString();
        }
    }

    /// <summary>Returns when it is ready; throws if it ends before.</summary>
    /// <param name="more">Further environment variables.</param>
    public static async Task<HubProcess> Start(
        Town town, string postgres, int port, IReadOnlyDictionary<string, string>? more = null)
    {
        var hub = Launch(town, postgres, port, more);
        if (await hub.Ready()) return hub;
        var output = hub.Output;
        await hub.DisposeAsync();
        throw new InvalidOperationException($"The hub did not come up.\n{output}");
    }

    /// <summary>Returns at once.</summary>
    public static HubProcess Launch(
        Town town, string postgres, int port, IReadOnlyDictionary<string, string>? more = null)
    {
        var data = Directory.CreateTempSubdirectory("q2c-hub-");
        string[] arguments =
        [
            "Q2C.Silo.dll", "up", "--data", data.FullName, "--port", $"{port}", "--silo-port", $"{Town.FreePort()}",
            "--connections", Town.Connections.FullName,
        ];
        return Run(arguments, data, port, [.. town.Environment, .. more ?? new Dictionary<string, string>(), new("Q2C_POSTGRES", postgres)]);
    }

    /// <summary>A silo without a gateway; returns when it takes calls.</summary>
    /// <param name="keyFile">The key that silos and gateways share.</param>
    public static async Task<HubProcess> StartSilo(Town town, string postgres, int siloPort, string keyFile)
    {
        var data = Directory.CreateTempSubdirectory("q2c-silo-");
        string[] arguments =
            ["Q2C.Silo.dll", "silo", "--data", data.FullName, "--silo-port", $"{siloPort}", "--connections", Town.Connections.FullName];
        var silo = Run(arguments, data, siloPort, [.. town.Environment, .. Cluster(siloPort, keyFile), new("Q2C_POSTGRES", postgres)]);
        await Wait.Until(() => silo.HasExited || silo.Output.Contains("Application started", StringComparison.Ordinal));
        Assert.False(silo.HasExited, silo.Output);
        return silo;
    }

    /// <summary>A gateway without a silo, with the webhooks of the town.</summary>
    public static async Task<HubProcess> StartGateway(Town town, string postgres, int port, int siloPort, string keyFile)
    {
        var gateway = Run(["Q2C.Gateway.dll"], Directory.CreateTempSubdirectory("q2c-gateway-"), port,
        [
            .. town.Environment, .. Cluster(siloPort, keyFile),
            new("ConnectionStrings__Postgres", postgres), new("ASPNETCORE_URLS", $"http://localhost:{port}"), new("Q2C__Development", "true"),
            new("Q2C__Connections__salesforce__Webhook__Scheme", "salesforce-outbound"),
            new("Q2C__Connections__salesforce__Webhook__OrganizationId", new SalesforceOptions().OrganizationId),
            new("Q2C__Connections__stripe__Webhook__Scheme", "stripe"),
            new("Q2C__Connections__stripe__Webhook__Secrets__0", "env:Q2C_STRIPE_WEBHOOK_SECRET"),
        ]);
        Assert.True(await gateway.Ready(), gateway.Output);
        return gateway;
    }

    /// <summary>A command of the command line, to its end: what it returned and what it wrote.</summary>
    public static async Task<(int Code, string Output)> Command(string postgres, params string[] arguments)
    {
        var data = Directory.CreateTempSubdirectory("q2c-command-");
        await using var command = Run(["Q2C.Silo.dll", .. arguments, "--data", data.FullName], data, port: 0, [new("Q2C_POSTGRES", postgres)]);
        var code = await command.Exit(default);
        return (code, command.Output);
    }

    private static IEnumerable<KeyValuePair<string, string>> Cluster(int siloPort, string keyFile) =>
        [new("Q2C__Cluster__Key", keyFile), new("Q2C__Cluster__Silos__0", $"127.0.0.1:{siloPort}")];

    private static HubProcess Run(
        string[] arguments, DirectoryInfo data, int port, IEnumerable<KeyValuePair<string, string>> environment)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, arguments[0]), .. arguments[1..]])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // A hub in this process may have left its connections in the environment.
        foreach (var name in start.Environment.Keys.Where(Town.IsConnection).ToList()) start.Environment.Remove(name);
        foreach (var (name, value) in environment) start.Environment[name] = value;
        var hub = new HubProcess(new() { StartInfo = start }, data, new($"http://localhost:{port}"));
        hub._process.OutputDataReceived += hub.Keep;
        hub._process.ErrorDataReceived += hub.Keep;
        hub._process.Start();
        hub._process.BeginOutputReadLine();
        hub._process.BeginErrorReadLine();
        return hub;
    }

    /// <summary>False if it ends before, or takes too long.</summary>
    public async Task<bool> Ready()
    {
        using var http = new HttpClient { BaseAddress = Address };
        var since = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(since) < StartLimit && !_process.HasExited)
        {
            try
            {
                using var answer = await http.GetAsync("/health/ready");
                if (answer.IsSuccessStatusCode) return true;
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }

            await Task.Delay(50);
        }

        return false;
    }

    /// <summary>128 and the number of the signal that ended it, or what it returned.</summary>
    public async Task<int> Exit(CancellationToken cancel)
    {
        await _process.WaitForExitAsync(cancel);
        return _process.ExitCode;
    }

    /// <summary>As a crash would: at once, with nothing cleaned up.</summary>
    public void Kill() => _process.Kill();

    /// <summary>As a machine that was put to sleep; until <see cref="Resume"/>.</summary>
    public Task Stop() => Signal("STOP");

    public Task Resume() => Signal("CONT");

    private async Task Signal(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", $"{_process.Id}"]);
        await kill.WaitForExitAsync();
        Assert.Equal(0, kill.ExitCode);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _data.Delete(recursive: true);
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        lock (_output) _output.AppendLine(line.Data);
    }
}
