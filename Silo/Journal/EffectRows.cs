using Npgsql;
using NpgsqlTypes;
using Q2C.Grains.Journal;
using Q2C.Silo.Operations;

namespace Q2C.Silo.Journal;

/// <summary>Effects that rows of the journal ask for, on their way into the table of effects.</summary>
internal static class EffectRows
{
    public sealed record AskedEffect(RecordedRow Row, EffectRequest Request);

    public static IReadOnlyList<AskedEffect> From(IEnumerable<PumpedRow> rows) =>
    [
        .. rows.SelectMany(
            row => row.Body.Events.OfType<IAsksEffect>(), (row, asks) => new AskedEffect(row.Row, asks.Effect)),
    ];

    /// <summary>
    /// In order, to the connection that takes over where there is one; one that is there already stays as it is. After a restoration each is looked up before it is sent.
    /// </summary>
    public static async Task Insert(
        NpgsqlConnection connection, IReadOnlyList<AskedEffect> effects, DateTimeOffset now, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            $"""
            insert into q2c.effect (
                id, connection, subject, operation, grain, version, correlation, status, next_at, created_at, updated_at)
            select e.id,
                   coalesce((select r.target from q2c.effect_route r where r.grain = e.grain and r.connection = e.connection), e.connection),
                   e.subject, e.operation, e.grain, e.version, e.correlation,
                   case when {Restoration.MayBeRepeated} then 'waiting' else 'pending' end, $8, $8, $8
            from unnest($1, $2, $3, $4, $5, $6, $7) with ordinality
                as e(id, connection, subject, operation, grain, version, correlation, position)
            order by e.position
            on conflict (id) do nothing
            """, connection);
        command.Parameters.Add(new() { Value = Each(effect => effect.Request.Id) });
        command.Parameters.Add(new() { Value = Each(effect => effect.Request.Connection) });
        command.Parameters.Add(new() { Value = Each(effect => effect.Request.Subject) });
        command.Parameters.Add(new()
        {
            Value = Each(effect => WireFormat.Write(effect.Request.Operation)),
            NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea,
        });
        command.Parameters.Add(new() { Value = Each(effect => effect.Row.Grain) });
        command.Parameters.Add(new() { Value = Each(effect => effect.Row.Version) });
        command.Parameters.Add(new() { Value = Each(effect => effect.Row.Correlation) });
        command.Parameters.Add(new() { Value = now.UtcDateTime });
        await command.ExecuteNonQueryAsync(cancel);

        T[] Each<T>(Func<AskedEffect, T> value) => [.. effects.Select(value)];
    }
}
