using System.Runtime.InteropServices;
using System.Text.Json;
using Npgsql;
using Spectre.Console;

namespace Q2C.Benchmarks;

/// <param name="Value">In <paramref name="Unit"/>; of several rounds, their median.</param>
/// <param name="P50">Milliseconds from call to answer.</param>
internal sealed record Figure(string Name, double Value, string Unit, double? P50 = null, double? P99 = null, string? Note = null);

/// <param name="Required">What the value has to reach.</param>
internal sealed record Goal(string Name, double Value, double Required)
{
    public bool Met => Value >= Required;
}

/// <summary>What one bench found, with the machine that it was found on.</summary>
internal sealed record BenchReport(
    string Bench, IReadOnlyDictionary<string, string> Machine, double FsyncMilliseconds,
    IReadOnlyDictionary<string, string> Settings, IReadOnlyList<Figure> Figures, double? RatioToBaseline, double? RatioToLimit,
    IReadOnlyList<Goal> Goals)
{
    private static readonly string[] ServerSettings =
        ["server_version", "fsync", "synchronous_commit", "full_page_writes", "shared_buffers", "max_wal_size"];

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static async Task<BenchReport> Create(
        string bench, BenchServer server, IReadOnlyDictionary<string, string> settings, IReadOnlyList<Figure> figures,
        double? ratioToBaseline, double? ratioToLimit, params Goal[] goals)
    {
        var all = new Dictionary<string, string>(settings);
        await using var database = NpgsqlDataSource.Create(server.ConnectionString);
        foreach (var name in ServerSettings) all[name] = await database.Scalar<string>($"show {name}");
        return new(bench, ThisMachine(), server.FsyncMilliseconds(), all, figures, ratioToBaseline, ratioToLimit, goals);
    }

    /// <summary>Prints the tables, and writes the file if one is named.</summary>
    public async Task Publish(FileInfo? file, CancellationToken cancel)
    {
        var table = new Table().Title($"q2c bench {Bench}").AddColumns("what", "value", "p50 ms", "p99 ms", "");
        foreach (var figure in Figures)
            table.AddRow(
                Markup.Escape(figure.Name), $"{figure.Value:#,0.##} {figure.Unit}", $"{figure.P50:0.00}", $"{figure.P99:0.00}",
                Markup.Escape(figure.Note ?? ""));
        AnsiConsole.Write(table);
        foreach (var goal in Goals)
            AnsiConsole.WriteLine($"{(goal.Met ? "met   " : "missed")} {goal.Name}: {goal.Value:#,0.##} of {goal.Required:#,0.##}");
        AnsiConsole.WriteLine($"fsync {FsyncMilliseconds:0.000} ms; {Line(Machine)}");
        AnsiConsole.WriteLine(Line(Settings));
        if (file is not null) await File.WriteAllTextAsync(file.FullName, JsonSerializer.Serialize(this, Json), cancel);
    }

    private static string Line(IReadOnlyDictionary<string, string> values) =>
        string.Join("; ", values.Select(pair => $"{pair.Key} {pair.Value}"));

    private static Dictionary<string, string> ThisMachine() => new()
    {
        ["processors"] = $"{Environment.ProcessorCount}",
        ["cpu"] = Proc("/proc/cpuinfo", "model name"),
        ["memory"] = Proc("/proc/meminfo", "MemTotal"),
        ["load"] = File.Exists("/proc/loadavg") ? string.Join(' ', File.ReadAllText("/proc/loadavg").Split(' ')[..3]) : "unknown",
        ["os"] = RuntimeInformation.OSDescription,
        ["runtime"] = RuntimeInformation.FrameworkDescription,
    };

    private static string Proc(string file, string member) => !File.Exists(file)
        ? "unknown"
        : File.ReadLines(file).FirstOrDefault(line => line.StartsWith(member, StringComparison.Ordinal))?.Split(':')[1].Trim() ?? "unknown";
}
