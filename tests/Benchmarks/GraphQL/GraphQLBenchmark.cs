using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Npgsql;
using Q2C.Silo.Tests;

namespace Q2C.Benchmarks.GraphQL;

/// <summary>
/// The GraphQL engine beside mercurius (JIT on) and graphql-yoga: the same schema, data, SQL and client (wrk), unpinned and
/// with server and client on cores of their own.
/// </summary>
internal static partial class GraphQLBenchmark
{
    private const string Contract = "eu_ct_bench";
    private const int Entries = 40;
    private const int Connections = 64;
    private const double WarmUpSeconds = 2;

    // HotChocolate 15.1 and mercurius side by side on a machine of this kind: 45,000 and 54,000; 21,000 and 16,000.
    private const double HelloOrientation = 45.0 / 54;
    private const double ListOrientation = 21.0 / 16;
    private const double TimelineGoal = 2;

    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "GraphQL");

    private static readonly (string Name, string Query)[] Scenarios =
    [
        ("hello", "{ hello }"),
        ("50 invoices", "{ invoices { id number status issued total currency } }"),
        ("50 invoices, customers", "{ invoices { id number status issued total currency customer { id name } } }"),
        ("timeline", """
            query ($id: ID!) { engagement(contractId: $id) { timeline(first: 20) {
            nodes { cursor at stage title detail system amount { amount currency } actor } pageInfo { hasNextPage endCursor } } } }
            """),
    ];

    public static async Task<BenchReport> Run(int rounds, TimeSpan length, bool pinned, CancellationToken cancel)
    {
        await RequireTool("wrk", "apt-get install wrk", cancel);
        if (pinned) await RequireTool("taskset", "apt-get install util-linux, or --pinned false", cancel);
        await InstallPackages(cancel);
        await using var server = await BenchServer.Start(cancel);
        await server.Prepare(cancel);
        await Seed(server.ConnectionString, cancel);

        var figures = new List<Figure>();
        var goals = new List<Goal>();
        foreach (var isPinned in pinned && Environment.ProcessorCount > 1 ? new[] { false, true } : [false])
        {
            var results = await Measure(server.ConnectionString, isPinned, rounds, length, cancel);
            var mode = isPinned ? "pinned" : "unpinned";
            foreach (var (scenario, _) in Scenarios)
            {
                var best = results.Where(r => r.Server != Candidate.Q2C && r.Scenario == scenario).MaxBy(r => r.PerSecond)!;
                foreach (var result in results.Where(r => r.Scenario == scenario))
                    figures.Add(result.Figure(mode, result.PerSecond / best.PerSecond));
                goals.AddRange(Goals(mode, scenario, results));
            }
        }

        return await BenchReport.Create(
            "graphql", server, new Dictionary<string, string> { ["connections"] = $"{Connections}", ["rounds"] = $"{rounds}", ["seconds"] = $"{length.TotalSeconds}" },
            figures, goals.FirstOrDefault(goal => goal.Name.StartsWith("timeline", StringComparison.Ordinal))?.Value, null, [.. goals]);
    }

    private static IEnumerable<Goal> Goals(string mode, string scenario, IReadOnlyList<Result> results)
    {
        double Of(string server) => results.Single(r => r.Server == server && r.Scenario == scenario).PerSecond;
        var ours = Of(Candidate.Q2C);
        switch (scenario)
        {
            case "hello":
                yield return new($"{scenario}, {mode}, to mercurius", ours / Of(Candidate.Mercurius), HelloOrientation);
                break;
            case "50 invoices":
                yield return new($"{scenario}, {mode}, to mercurius", ours / Of(Candidate.Mercurius), ListOrientation);
                break;
            case "timeline":
                yield return new($"{scenario}, {mode}, to the better", ours / Math.Max(Of(Candidate.Mercurius), Of(Candidate.Yoga)), TimelineGoal);
                break;
        }
    }

    private static async Task<IReadOnlyList<Result>> Measure(
        string postgres, bool pinned, int rounds, TimeSpan length, CancellationToken cancel)
    {
        var results = new List<Result>();
        var answers = new Dictionary<string, string>();
        foreach (var name in new[] { Candidate.Q2C, Candidate.Mercurius, Candidate.Yoga })
        {
            await using var candidate = await Candidate.Start(name, Folder, postgres, pinned, cancel);
            foreach (var (scenario, query) in Scenarios)
            {
                var body = new JsonObject { ["query"] = query, ["variables"] = new JsonObject { ["id"] = Contract } }.ToJsonString();
                await Drive(candidate, body, WarmUpSeconds, pinned, cancel);
                var runs = new List<Result>();
                for (var round = 0; round < rounds; round++)
                {
                    var before = await candidate.Allocated(cancel);
                    var run = await Drive(candidate, body, length.TotalSeconds, pinned, cancel);
                    var allocated = (await candidate.Allocated(cancel) - before) / run.Requests;
                    runs.Add(new(name, scenario, run.PerSecond, run.P50, run.P99, name == Candidate.Q2C ? allocated : null));
                }

                // After the load: what is compiled on the way must answer like the others, too.
                var answer = await candidate.Ask(body, cancel);
                if (!answers.TryAdd(scenario, answer) && answers[scenario] != answer)
                    throw new InvalidOperationException($"{name} answers {scenario} with {answer} instead of {answers[scenario]}.");
                results.Add(runs.OrderBy(run => run.PerSecond).ElementAt(rounds / 2));
            }
        }

        return results;
    }

    private static async Task<(double PerSecond, double P50, double P99, long Requests)> Drive(
        Candidate candidate, string body, double seconds, bool pinned, CancellationToken cancel)
    {
        var whole = Math.Max(1, (int)Math.Round(seconds));
        string[] arguments =
            ["-t1", $"-c{Connections}", $"-d{whole}s", "--latency", "-s", Path.Combine(Folder, "wrk.lua"), $"{candidate.Url}/graphql"];
        var start = Candidate.Command("wrk", arguments, pinned ? Candidate.ClientCore : null);
        start.Environment["Q2C_BENCH_BODY"] = body;
        start.RedirectStandardOutput = true;
        using var wrk = Process.Start(start)!;
        var output = await wrk.StandardOutput.ReadToEndAsync(cancel);
        await wrk.WaitForExitAsync(cancel);
        if (wrk.ExitCode != 0 || output.Contains("Non-2xx", StringComparison.Ordinal) || !PerSecond().IsMatch(output))
            throw new InvalidOperationException($"wrk on {candidate.Name}: {output}");
        return (
            double.Parse(PerSecond().Match(output).Groups[1].Value, CultureInfo.InvariantCulture), Milliseconds(output, "50"),
            Milliseconds(output, "99"), long.Parse(Requests().Match(output).Groups[1].Value, CultureInfo.InvariantCulture));
    }

    private static double Milliseconds(string output, string percentile)
    {
        var match = Regex.Match(output, $@"^\s+{percentile}%\s+([\d.]+)(us|ms|s)\b", RegexOptions.Multiline);
        return double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)
            * match.Groups[2].Value switch { "us" => 0.001, "ms" => 1, _ => 1000 };
    }

    private static async Task Seed(string postgres, CancellationToken cancel)
    {
        await using var database = NpgsqlDataSource.Create(postgres);
        await database.Execute(
            $"""
            insert into q2c_read.timeline (
                contract_id, position, grain, version, ordinal, event, at, stage, title, detail, system, amount_minor, currency,
                actor, correlation)
            select '{Contract}' || case when c = 0 then '' else c::text end, i, 'eu_ct_' || c, i, 0, 'contract.activated.v1',
                '2026-03-01T08:00:00Z'::timestamptz + i * interval '1 minute', (array['quote', 'activation', 'delivery', 'billing'])[1 + i % 4],
                'Something happened ' || i, 'It happened to the engagement, and this is the sentence that says so: ' || i,
                case when i % 3 = 0 then 'netsuite' end, case when i % 2 = 0 then 125050 + i * 100 end,
                case when i % 2 = 0 then 'EUR' end, 'fiona', 'correlation-' || i
            from generate_series(0, 999) c, generate_series(1, {Entries}) i;
            analyze q2c_read.timeline
            """, cancel);
    }

    private static async Task InstallPackages(CancellationToken cancel)
    {
        var npm = Path.Combine(Folder, "npm");
        if (Directory.Exists(Path.Combine(npm, "node_modules", "mercurius"))) return;
        await RequireTool("npm", "install Node.js 20 or newer", cancel);
        using var process = Process.Start(new ProcessStartInfo("npm", ["ci", "--no-fund", "--no-audit", "--silent"]) { WorkingDirectory = npm })!;
        await process.WaitForExitAsync(cancel);
        if (process.ExitCode != 0) throw new InvalidOperationException($"npm ci failed in {npm}.");
    }

    private static async Task RequireTool(string name, string remedy, CancellationToken cancel)
    {
        using var which = Process.Start(new ProcessStartInfo("which", [name]) { RedirectStandardOutput = true })!;
        await which.WaitForExitAsync(cancel);
        if (which.ExitCode != 0) throw new InvalidOperationException($"{name} is not on this machine: {remedy}.");
    }

    [GeneratedRegex(@"Requests/sec:\s+([\d.]+)")]
    private static partial Regex PerSecond();

    [GeneratedRegex(@"(\d+) requests in")]
    private static partial Regex Requests();

    private sealed record Result(string Server, string Scenario, double PerSecond, double P50, double P99, long? Allocated)
    {
        public Figure Figure(string mode, double ratio) => new(
            $"{Scenario}, {Server}, {mode}", PerSecond, "requests/s", P50, P99,
            Server == Candidate.Q2C ? $"{ratio:0.00}x the better; {Allocated:#,0} bytes allocated per request" : null);
    }
}

/// <summary>One server in a process of its own.</summary>
internal sealed class Candidate : IAsyncDisposable
{
    public const string Q2C = "q2c";
    public const string Mercurius = "mercurius";
    public const string Yoga = "yoga";
    public const string ClientCore = "1";
    private const string ServerCore = "0";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly HttpClient _client = new();

    private Candidate(string name, string url, Process process) => (Name, Url, _process) = (name, url, process);

    public string Name { get; }

    public string Url { get; }

    public static async Task<Candidate> Start(string name, string folder, string postgres, bool pinned, CancellationToken cancel)
    {
        var port = LocalSilo.FreePort();
        var core = pinned ? ServerCore : null;
        var start = name == Q2C
            ? Command("dotnet", [typeof(Candidate).Assembly.Location, "graphql-server", "--port", $"{port}", "--postgres", postgres], core)
            : Command("node", [Path.Combine(folder, "npm", "server.mjs"), name, $"{port}", ToUri(postgres)], core);
        var candidate = new Candidate(name, $"http://127.0.0.1:{port}", Process.Start(start)!);
        var limit = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                await candidate.Ask("""{"query":"{ hello }"}""", cancel);
                return candidate;
            }
            catch (HttpRequestException) when (limit.Elapsed < Patience && !candidate._process.HasExited)
            {
                await Task.Delay(100, cancel);
            }
        }
    }

    public static ProcessStartInfo Command(string file, IReadOnlyList<string> arguments, string? core) =>
        core is null ? new(file, arguments) : new("taskset", ["-c", core, file, .. arguments]);

    /// <summary>The answer, in one form whoever gives it.</summary>
    public async Task<string> Ask(string body, CancellationToken cancel)
    {
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        using var answer = await _client.PostAsync($"{Url}/graphql", content, cancel);
        return (await answer.Content.ReadFromJsonAsync<JsonNode>(cancel))!.ToJsonString();
    }

    public async Task<long> Allocated(CancellationToken cancel) =>
        Name == Q2C ? await _client.GetFromJsonAsync<long>($"{Url}/allocated", cancel) : 0;

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static string ToUri(string postgres)
    {
        var settings = new NpgsqlConnectionStringBuilder(postgres);
        return $"postgres://{Uri.EscapeDataString(settings.Username!)}:{Uri.EscapeDataString(settings.Password ?? "")}@{settings.Host}:{settings.Port}/{settings.Database}";
    }
}
