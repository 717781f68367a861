using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Npgsql;
using Spectre.Console;

namespace Q2C.Silo.Operations;

/// <summary>What runs, how far each part is, what waits and what is stuck.</summary>
internal static class Status
{
    private const int PipeWidth = 160;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <param name="Hub">The process that was started from the data folder, if it runs.</param>
    /// <param name="Silos">Processes that hold a lease now.</param>
    /// <param name="Database">Where, without credentials.</param>
    private sealed record Report(
        bool IsRunning, HubProcess? Hub, IReadOnlyList<string> Silos, string? Database, InstallationStatus? Installation);

    private sealed record HubProcess(int ProcessId, string Address, int SiloPort);

    /// <summary>0 if something runs, 1 if nothing does. Throws <see cref="OperationsException"/>.</summary>
    public static async Task<int> Run(DirectoryInfo data, bool json, TextWriter output, CancellationToken cancel)
    {
        var report = await Read(data, cancel);
        if (json) await output.WriteLineAsync(JsonSerializer.Serialize(report, Json));
        else Show(report, data, output);
        return report.IsRunning ? 0 : 1;
    }

    private static async Task<Report> Read(DirectoryInfo data, CancellationToken cancel)
    {
        var run = RunFile.Read(data);
        var named = Environment.GetEnvironmentVariable("Q2C_POSTGRES");
        if ((run?.Postgres ?? named) is not { Length: > 0 } postgres) return new(false, null, [], null, null);
        var installation = await InstallationStatus.Read(postgres, cancel);
        string[] silos = [.. installation.Leases.Where(lease => lease.IsHeld).Select(lease => lease.Owner).Distinct().Order()];
        var hub = run is null ? null : new HubProcess(run.ProcessId, $"http://localhost:{run.Port}", run.SiloPort);
        var server = new NpgsqlConnectionStringBuilder(postgres);
        return new(hub is not null || silos is not [], hub, silos, $"{server.Host}:{server.Port}/{server.Database}", installation);
    }

    private static void Show(Report report, DirectoryInfo data, TextWriter output)
    {
        var terminal = ReferenceEquals(output, System.Console.Out) && !System.Console.IsOutputRedirected;
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(output),
            Ansi = terminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = terminal ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
        });
        if (!terminal) console.Profile.Width = PipeWidth;
        console.WriteLine(report switch
        {
            { Hub: { } hub } => $"Q2C runs: process {hub.ProcessId}, {hub.Address}, silo port {hub.SiloPort}.",
            { IsRunning: true } => $"Q2C runs in {report.Silos.Count} process(es): {string.Join(", ", report.Silos)}.",
            { Database: null } => $"Nothing runs from {data.FullName}. ./q2c up starts it.",
            _ => "Nothing runs on this database.",
        });
        if (report.Installation is not { } installation) return;
        console.WriteLine($"PostgreSQL: {report.Database}");
        Show(console, installation, TimeProvider.System.GetUtcNow());
    }

    private static void Show(IAnsiConsole console, InstallationStatus status, DateTimeOffset now)
    {
        Table(console, "Journal", ["shard", "rows", "read models behind", "dispatch behind"],
            status.Shards.Select(one => new[] { $"{one.Shard}", $"{one.Seq}", $"{one.ReadModelsLag}", $"{one.DispatchLag}" }));
        Table(console, "Connections", ["connection", "state", "effects open", "oldest", "deliveries open", "oldest", "last outcome", "ago"],
            status.Connections.Select(one => new[]
            {
                one.Connection, one.HeldBecause is { } reason ? $"held: {reason}" : "sends", $"{one.OpenEffects}",
                Ago(one.OldestEffect, now), $"{one.OpenDeliveries}", Ago(one.OldestDelivery, now), one.LastOutcome ?? "",
                Ago(one.LastOutcomeAt, now),
            }));
        Table(console, "Inbox", ["connection", "status", "deliveries"],
            status.Inbox.Select(one => new[] { one.Connection, one.Status, $"{one.Deliveries}" }));
        Table(console, "Open exceptions", ["code", "who", "open", "money held", "oldest"],
            status.Exceptions.Select(one => new[] { one.Code, one.OwnerRole, $"{one.Open}", one.Held ?? "", Ago(one.Oldest, now) }));
        Table(console, "Leases", ["lease", "owner", "epoch", "expires"],
            status.Leases.Select(one => new[]
            {
                one.Lease, one.Owner, $"{one.Epoch}",
                one.IsHeld ? $"in {(one.ExpiresAt - now).TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture)} s" : "free",
            }));
    }

    private static void Table(IAnsiConsole console, string title, string[] columns, IEnumerable<string[]> rows)
    {
        var table = new Table().Title(title).Border(TableBorder.Simple).LeftAligned();
        foreach (var column in columns) table.AddColumn(new TableColumn(new Text(column)));
        foreach (var row in rows) table.AddRow(row.Select(cell => new Text(cell)));
        if (table.Rows.Count > 0) console.Write(table);
        else console.WriteLine($"{title}: none.");
    }

    private static string Ago(DateTimeOffset? time, DateTimeOffset now) => (now - time) switch
    {
        null => "",
        { TotalMinutes: < 1 } span => $"{Math.Max(0, span.TotalSeconds):0} s",
        { TotalHours: < 1 } span => $"{span.TotalMinutes:0} min",
        { TotalDays: < 2 } span => $"{span.TotalHours:0} h",
        { } span => $"{span.TotalDays:0} d",
    };
}
