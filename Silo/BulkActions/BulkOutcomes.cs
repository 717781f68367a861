using Npgsql;
using Q2C.BulkActions;
using Q2C.Grains.Journal;

namespace Q2C.Silo.BulkActions;

/// <summary>
/// What became of what was asked for: waits until the other system has answered, so that a batch that goes wrong is known
/// before the next one. What is not answered in time stays unsettled; nothing is lost by that.
/// </summary>
public sealed class BulkOutcomes(NpgsqlDataSource database, TimeProvider clock)
{
    /// <summary>For each item of a batch.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);

    /// <summary>Effects by what they stem from, and whether all of them can be there.</summary>
    private const string Effects =
        """
        select coalesce((select c.seq from q2c.cursor c where c.name = 'dispatch' and c.shard = $3), 0) >= $4 as complete, e.status,
               e.settled_at is not null as settled, e.outcome
        from (values (1)) one left join q2c.effect e on e.grain = $1 and e.correlation = $2
        """;

    public async Task<string?> DeliveryStatus(long delivery, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("select status from q2c.inbox where id = $1");
        command.Parameters.Add(new() { Value = delivery });
        return (string?)await command.ExecuteScalarAsync(cancel);
    }

    internal Task<BulkResult> OfDelivery(long delivery, CancellationToken cancel) => Await(async () =>
        await DeliveryStatus(delivery, cancel) switch
        {
            "received" => null,
            "parked" => new(BulkOutcome.Failed, "It could not be processed again: its exception says why."),
            _ => new BulkResult(BulkOutcome.Succeeded, null),
        }, cancel);

    internal Task<BulkResult> OfEffects(string grain, string correlation, string token, CancellationToken cancel)
    {
        var ((_, shard), seq) = FreshnessToken.Parse(token).Positions.Single();
        return Await(async () =>
        {
            await using var command = database.CreateCommand(Effects);
            foreach (var value in (object[])[grain, correlation, shard, seq]) command.Parameters.Add(new() { Value = value });
            await using var reader = await command.ExecuteReaderAsync(cancel);
            var (complete, open, refused) = (true, false, (string?)null);
            while (await reader.ReadAsync(cancel))
            {
                complete &= reader.GetBoolean(0);
                if (reader.IsDBNull(1)) continue;
                open |= !reader.GetBoolean(2);
                if (reader.GetString(1) == "refused") refused = Message(reader);
            }

            return (complete, open, refused) switch
            {
                (_, _, { } why) => new BulkResult(BulkOutcome.Failed, why),
                (true, false, _) => new BulkResult(BulkOutcome.Succeeded, null),
                _ => null,
            };
        }, cancel);
    }

    private static string Message(NpgsqlDataReader reader) =>
        !reader.IsDBNull(3) && WireFormat.Read<EffectOutcome>(reader.GetFieldValue<byte[]>(3)) is EffectOutcome.Refused refused
            ? refused.Message
            : "The other system refused.";

    private async Task<BulkResult> Await(Func<Task<BulkResult?>> look, CancellationToken cancel)
    {
        var started = clock.GetTimestamp();
        while (true)
        {
            if (await look() is { } result) return result;
            if (clock.GetElapsedTime(started) > Patience) return new(BulkOutcome.Unsettled, "The other system has not answered yet.");
            await Task.Delay(Poll, clock, cancel);
        }
    }
}
