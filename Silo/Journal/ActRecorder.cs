using System.Collections.Immutable;
using Npgsql;
using Q2C.OperatorLogs;
using Q2C.Silo.Streams;

namespace Q2C.Silo.Journal;

/// <summary>
/// Journals what operators did, and were denied, where no object's journal has it. The act and its row in
/// <c>q2c.act</c> are one transaction; from there it is journaled once, under its own key, however often that is tried.
/// </summary>
public sealed class ActRecorder(
    NpgsqlDataSource database, ICommandRouter router, LeaseKeeper leases, JournalOptions options, TimeProvider clock,
    ILogger<ActRecorder> log) : BackgroundService
{
    public const string LeaseName = "acts";

    private const int BatchSize = 200;

    /// <summary>Denials are counted for a minute before they are journaled.</summary>
    private const string Waiting =
        """
        select id, ref, subject, action, actor, reason, before::text, after::text, denied, attempts, at, key
        from q2c.act where not journaled and (denied is null or at < now() - interval '1 minute') order by id limit $1
        """;

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => leases.RunWhileHeld(
        LeaseName, (_, held) => new StepLoop(options, clock, log).Run("Acts of operators", options.PollInterval, Record, held), stoppingToken);

    /// <summary>The id of the log of a subject.</summary>
    public static string LogOf(string region, string subject) => Ids.Derive(region, Ids.OperatorLog, subject);

    /// <summary>One batch; true if there may be more.</summary>
    internal async Task<bool> Record(CancellationToken cancel)
    {
        var waiting = await Read(cancel);
        foreach (var log in waiting.GroupBy(one => LogOf(options.Region, one.Act.Subject)))
        {
            await router.ExecuteMany(log.Key, [.. log.Select(one => new CommandEnvelope(
                $"act/{one.Act.Id}", new RecordAct(one.Act), new(one.Act.By, []), $"api/{one.Key}"))]);
            await Journaled([.. log.Select(one => one.Id)], cancel);
        }

        return waiting.Length == BatchSize;
    }

    private async Task<ImmutableArray<(long Id, string Key, OperatorAct Act)>> Read(CancellationToken cancel)
    {
        await using var command = database.CreateCommand(Waiting);
        command.Parameters.Add(new() { Value = BatchSize });
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var acts = ImmutableArray.CreateBuilder<(long, string, OperatorAct)>();
        while (await reader.ReadAsync(cancel))
            acts.Add((reader.GetInt64(0), reader.GetString(11), new(
                reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetString(4), Text(5), Text(6), Text(7), Text(8),
                reader.GetInt32(9), reader.GetFieldValue<DateTimeOffset>(10))));
        return acts.ToImmutable();

        string? Text(int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
    }

    private async Task Journaled(long[] ids, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("update q2c.act set journaled = true where id = any($1)");
        command.Parameters.Add(new() { Value = ids });
        await command.ExecuteNonQueryAsync(cancel);
    }
}
