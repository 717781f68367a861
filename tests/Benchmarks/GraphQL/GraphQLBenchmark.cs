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
/// with server and client on cores of their own. And the gateway as it is delivered, with its own schema, sign-in, limits
/// and statements, over the same rows.
/// </summary>
internal static partial class GraphQLBenchmark
{
    private const string Contract = "eu_ct_bench";
    private const int Entries = 40;
    private const int Connections = 64;
    private const double WarmUpSeconds = 5;

    // HotChocolate 15.1 and mercurius side by side on a machine of this kind: 45,000 and 54,000; 21,000 and 16,000.
    private const double HelloOrientation = 45.0 / 54;
    private const double ListOrientation = 21.0 / 16;
    private const double TimelineGoal = 2;

    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "GraphQL");

    private const string Timeline = "timeline";

    private static readonly (string Name, string Query)[] Scenarios =
    [
        ("hello", "{ hello }"),
        ("50 invoices", "{ invoices { id number status issued total currency } }"),
        ("50 invoices, customers", "{ invoices { id number status issued total currency customer { id name } } }"),
        (Timeline, TimelineQuery),
    ];

    private const string TimelineQuery =
        """
        query ($id: ID!) { engagement(contractId: $id) { timeline(first: 20) {
        nodes { cursor at stage title detail system amount { amount currency } actor } pageInfo { hasNextPage endCursor } } } }
        """;

    private static readonly (string Name, string Query)[] OfTheGateway =
    [
        ("viewer", "{ viewer { name } }"),
        ("50 invoices, customers", "{ invoices(first: 50) { nodes { id number status date total { amount currency } customer { id name } } } }"),
        (Timeline, TimelineQuery),
    ];

    public static async Task<BenchReport> Run(int rounds, TimeSpan length, bool pinned, bool gatewayOnly, CancellationToken cancel)
    {
        await RequireTool("wrk", "apt-get install wrk", cancel);
        if (pinned) await RequireTool("taskset", "apt-get install util-linux, or --pinned false", cancel);
        if (!gatewayOnly) await InstallPackages(cancel);
        await using var server = await BenchServer.Start(cancel);
        await server.Prepare(cancel);
        await Seed(server.ConnectionString, cancel);

        var figures = new List<Figure>();
        var goals = new List<Goal>();
        foreach (var isPinned in pinned && Environment.ProcessorCount > 1 ? new[] { false, true } : [false])
        {
            var results = await Measure(server, gatewayOnly, isPinned, rounds, length, cancel);
            var mode = isPinned ? "pinned" : "unpinned";
            foreach (var result in results)
            {
                var best = results.Where(r => r.Server is Candidate.Mercurius or Candidate.Yoga && r.Scenario == result.Scenario).MaxBy(r => r.PerSecond);
                figures.Add(result.Figure(mode, result.PerSecond / best?.PerSecond));
            }

            if (gatewayOnly) continue;
            foreach (var (scenario, _) in Scenarios) goals.AddRange(Goals(mode, scenario, results));
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
            case Timeline:
                yield return new($"{scenario}, {mode}, to the better", ours / Math.Max(Of(Candidate.Mercurius), Of(Candidate.Yoga)), TimelineGoal);
                break;
        }
    }

    private static async Task<IReadOnlyList<Result>> Measure(
        BenchServer server, bool gatewayOnly, bool pinned, int rounds, TimeSpan length, CancellationToken cancel) =>
    [
        .. gatewayOnly
            ? []
            : await Measure(server, [Candidate.Q2C, Candidate.Mercurius, Candidate.Yoga], Scenarios, pinned, rounds, length, cancel),
        .. await Measure(server, [Candidate.Gateway], OfTheGateway, pinned, rounds, length, cancel),
    ];

    /// <summary>The candidates take turns, so that what else the machine does meets them alike.</summary>
    private static async Task<IReadOnlyList<Result>> Measure(
        BenchServer server, string[] names, (string Name, string Query)[] scenarios, bool pinned, int rounds, TimeSpan length,
        CancellationToken cancel)
    {
        var results = new List<Result>();
        var candidates = new List<Candidate>();
        try
        {
            foreach (var name in names) candidates.Add(await Candidate.Start(name, Folder, server.ConnectionString, pinned, cancel));
            foreach (var (scenario, query) in scenarios)
            {
                var body = new JsonObject { ["query"] = query, ["variables"] = new JsonObject { ["id"] = Contract } }.ToJsonString();
                foreach (var candidate in candidates) await Drive(candidate, body, WarmUpSeconds, pinned, cancel);
                var runs = new List<Result>();
                for (var round = 0; round < rounds; round++)
                {
                    foreach (var candidate in candidates)
                        runs.Add(await Measure(candidate, scenario, body, server.Postmaster, pinned, length, cancel));
                }

                await AnswersAlike(candidates, scenario, body, cancel);
                results.AddRange(runs.GroupBy(run => run.Server).Select(of => of.OrderBy(run => run.PerSecond).ElementAt(rounds / 2)));
            }
        }
        finally
        {
            foreach (var candidate in candidates) await candidate.DisposeAsync();
        }

        return results;
    }

    private static async Task<Result> Measure(
        Candidate candidate, string scenario, string body, int? postmaster, bool pinned, TimeSpan length, CancellationToken cancel)
    {
        var (allocated, cpu) = (await candidate.Allocated(cancel), candidate.Cpu(postmaster));
        var run = await Drive(candidate, body, length.TotalSeconds, pinned, cancel);
        return new(
            candidate.Name, scenario, run.PerSecond, run.P50, run.P99, run.Requests, candidate.Cpu(postmaster) - cpu,
            await candidate.Allocated(cancel) - allocated);
    }

    /// <summary>After the load: what is compiled on the way must answer like the others, too.</summary>
    private static async Task AnswersAlike(IEnumerable<Candidate> candidates, string scenario, string body, CancellationToken cancel)
    {
        string? expected = null;
        foreach (var candidate in candidates)
        {
            var answer = await candidate.Ask(body, cancel);
            expected ??= answer;
            if (answer != expected || answer.Contains("\"errors\"", StringComparison.Ordinal))
                throw new InvalidOperationException($"{candidate.Name} answers {scenario} with {answer} instead of {expected}.");
        }
    }

    private static async Task<(double PerSecond, double P50, double P99, long Requests)> Drive(
        Candidate candidate, string body, double seconds, bool pinned, CancellationToken cancel)
    {
        var whole = Math.Max(1, (int)Math.Round(seconds));
        string[] arguments =
            ["-t1", $"-c{Connections}", $"-d{whole}s", "--latency", "-s", Path.Combine(Folder, "wrk.lua"), $"{candidate.Url}/graphql"];
        var start = Candidate.Command("wrk", arguments, pinned ? Candidate.ClientCore : null);
        start.Environment["Q2C_BENCH_BODY"] = body;
        start.Environment["Q2C_BENCH_KEY"] = Candidate.Key;
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
            insert into q2c_read.contract (
                id, version, name, status, customer_id, customer_name, legal_entity, project_id, opportunity_id, quote_id, currency,
                terms_version, start_date, billed_minor, paid_minor, open_exceptions, accepted_at, updated_at)
            values ('{Contract}', 1, 'Rollout', 'active', 'eu_cus_1', 'Customer 1', 'DE01', 'eu_prj_1', '006', 'q', 'EUR', 1,
                '2026-03-02', 0, 0, 0, now(), now());
            insert into q2c_read.customer (id, version, name, currency, "references", contracts, outstanding, credit, updated_at)
            select 'eu_cus_' || i, 1, 'Customer ' || i, 'EUR', '[]', array[]::text[], '[]', '[]', now() from generate_series(0, 9) i;
            insert into q2c_read.invoice (
                id, version, status, number, run_id, project_id, contract_id, customer_id, customer_name, legal_entity, currency, date,
                due_date, net_minor, tax_minor, total_minor, outstanding_minor, prepared_by, lines, tax_lines, payments, drafted_at, updated_at)
            select 'eu_inv_' || i, 1, 'issued', '2026-' || i, 'eu_run_1', 'eu_prj_1', '{Contract}', 'eu_cus_' || i % 10,
                'Customer ' || i % 10, 'DE01', 'EUR', '2026-03-31', '2026-04-30', 125050, 23760, 148810, 148810, 'fiona', '[]', '[]', '[]',
                now() + i * interval '1 second', now()
            from generate_series(1, 1000) i;
            analyze
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

    private sealed record Result(
        string Server, string Scenario, double PerSecond, double P50, double P99, long Requests, CpuTime Cpu, long? Allocated)
    {
        public Figure Figure(string mode, double? ratio) => new(
            $"{Scenario}, {Server}, {mode}", PerSecond, "requests/s", P50, P99, string.Join("; ", Notes(ratio)));

        private IEnumerable<string> Notes(double? ratio)
        {
            yield return $"CPU per request {Cpu.Silo / Requests:0.0} µs, PostgreSQL {Cpu.Postgres / Requests:0.0} µs";
            if (Allocated is not { } bytes) yield break;
            yield return $"{bytes / Requests:#,0} bytes allocated";
            if (ratio is { } times) yield return $"{times:0.00}x the better";
        }
    }
}

/// <summary>One server in a process of its own.</summary>
internal sealed class Candidate : IAsyncDisposable
{
    public const string Q2C = "q2c";
    public const string Gateway = "gateway";
    public const string Mercurius = "mercurius";
    public const string Yoga = "yoga";
    public const string ClientCore = "1";
    public const string Key = "bench";
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
        var start = name is Q2C or Gateway
            ? Command(
                "dotnet", [typeof(Candidate).Assembly.Location, "graphql-server", name, "--port", $"{port}", "--postgres", postgres], core)
            : Command("node", [Path.Combine(folder, "npm", "server.mjs"), name, $"{port}", ToUri(postgres)], core);
        var candidate = new Candidate(name, $"http://127.0.0.1:{port}", Process.Start(start)!);
        var limit = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                await candidate.Ask("""{"query":"{ __typename }"}""", cancel);
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
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{Url}/graphql")
        {
            Content = new StringContent(body, System.Text.Encoding.UTF8, "application/json"),
            Headers = { Authorization = new("Bearer", Key) },
        };
        using var answer = await _client.SendAsync(request, cancel);
        return (await answer.Content.ReadFromJsonAsync<JsonNode>(cancel))!.ToJsonString();
    }

    /// <summary>Bytes so far; null for a server that does not tell.</summary>
    public async Task<long?> Allocated(CancellationToken cancel) =>
        Name is Q2C or Gateway ? await _client.GetFromJsonAsync<long>($"{Url}/allocated", cancel) : null;

    public CpuTime Cpu(int? postmaster)
    {
        _process.Refresh();
        return CpuTime.Of(_process, postmaster);
    }

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
