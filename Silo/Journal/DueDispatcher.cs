using Npgsql;
using Q2C.Grains.Journal;
using Q2C.Silo.Operations;
using Q2C.Silo.Streams;

namespace Q2C.Silo.Journal;

/// <summary>
/// Sends due commands to their grains. A row goes when the grain has answered; the key makes a command that is sent
/// again
/// count once.
/// </summary>
public sealed class DueDispatcher(
    NpgsqlDataSource database, LeaseKeeper leases, ICommandRouter router, JournalOptions options, TimeProvider clock,
    ILogger<DueDispatcher> log) : BackgroundService
{
    public const string LeaseName = "due";

    private const int MaxErrorLength = 1_000;

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => leases.RunWhileHeld(
        LeaseName,
        (lease, held) => new StepLoop(options, clock, log).Run(
            "Due commands", options.DueInterval, token => Step(lease, token), held),
        stoppingToken);

    internal async Task<bool> Step(Lease lease, CancellationToken cancel)
    {
        var due = await Due(cancel);
        var limits = options.SideBySide(cancel);
        await Parallel.ForEachAsync(due, limits, async (row, token) => await Send(lease, row, token));
        return due.Count == options.DueBatch;
    }

    private async Task Send(Lease lease, DueRow row, CancellationToken cancel)
    {
        using var scope = log.BeginScope(LogScope.Of(row.Correlation, row.Causation));
        try
        {
            var envelope = new CommandEnvelope(
                DueKeys.Prefix + row.Key, WireFormat.Read<Command>(row.Command), Actor.System, row.Correlation,
                row.Causation, row.At);
            using var span = Tracing.Pumps.Start("due command", row.Correlation, row.Causation);
            await router.Execute(row.Grain, envelope).WaitAsync(options.CommandTimeout, clock, cancel);
            FaultPoints.Pass(FaultPoints.DueExecuted);
        }
        catch (Exception failure) when (!cancel.IsCancellationRequested)
        {
            var nextAt = clock.GetUtcNow() + BackOff.After(row.Attempts, options);
            log.LogWarning(
                failure, "{Grain} did not take due command {Key}; again at {NextAt}", row.Grain, row.Key, nextAt);
            await lease.Write(
                database, transaction => Failed(transaction, row, failure.Message, nextAt, cancel), cancel);
            return;
        }

        await lease.Write(database, transaction => Done(transaction, row, cancel), cancel);
    }

    private async Task<List<DueRow>> Due(CancellationToken cancel)
    {
        await using var command = database.CreateCommand(
            """
            select grain, key, at, command, correlation, causation, attempts
            from q2c.due where next_at <= $1 order by next_at limit $2
            """);
        command.Parameters.Add(new() { Value = clock.GetUtcNow().UtcDateTime });
        command.Parameters.Add(new() { Value = options.DueBatch });
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var due = new List<DueRow>();
        while (await reader.ReadAsync(cancel))
            due.Add(new(
                reader.GetString(0), reader.GetString(1), reader.GetFieldValue<DateTimeOffset>(2),
                reader.GetFieldValue<byte[]>(3),
                reader.GetString(4), reader.GetString(5), reader.GetInt32(6)));
        return due;
    }

    /// <summary>Leaves a row alone that was scheduled anew since it was read.</summary>
    private static async Task Done(NpgsqlTransaction transaction, DueRow row, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            "delete from q2c.due where grain = $1 and key = $2 and at = $3", transaction.Connection, transaction);
        command.Parameters.Add(new() { Value = row.Grain });
        command.Parameters.Add(new() { Value = row.Key });
        command.Parameters.Add(new() { Value = row.At.UtcDateTime });
        await command.ExecuteNonQueryAsync(cancel);
    }

    private static async Task Failed(
        NpgsqlTransaction transaction, DueRow row, string error, DateTimeOffset nextAt, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            """
            update q2c.due set attempts = attempts + 1, next_at = $3, error = left($4, $5) where grain = $1 and key = $2
            """,
            transaction.Connection, transaction);
        command.Parameters.Add(new() { Value = row.Grain });
        command.Parameters.Add(new() { Value = row.Key });
        command.Parameters.Add(new() { Value = nextAt.UtcDateTime });
        command.Parameters.Add(new() { Value = error.Replace('\0', ' ') });
        command.Parameters.Add(new() { Value = MaxErrorLength });
        await command.ExecuteNonQueryAsync(cancel);
    }

    private sealed record DueRow(
        string Grain, string Key, DateTimeOffset At, ReadOnlyMemory<byte> Command, string Correlation, string Causation,
        int Attempts);
}
