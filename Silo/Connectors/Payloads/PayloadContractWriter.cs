using System.Collections.Immutable;
using Npgsql;
using Q2C.Silo.Journal;

namespace Q2C.Silo.Connectors.Payloads;

/// <summary>Keeps what is learnt of vendors' records in the database, beside what the mappings do.</summary>
public sealed class PayloadContractWriter(
    PayloadContracts contracts, NpgsqlDataSource database, JournalOptions options, TimeProvider clock, ILogger<PayloadContractWriter> log)
    : BackgroundService
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>What could not be written yet.</summary>
    private ImmutableArray<PayloadChange> _open = [];

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await Read(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await Write(cancellationToken);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        new StepLoop(options, clock, log).Run("Payload contracts", Interval, Write, stoppingToken);

    /// <summary>
    /// Whatever has changed. A field that somebody else wrote before is no news. Returns false: there is nothing more to do at
    /// once.
    /// </summary>
    internal async Task<bool> Write(CancellationToken cancel)
    {
        _open = _open.AddRange(contracts.TakeChanges());
        foreach (var change in _open)
        {
            await using var command = database.CreateCommand(
                """
                with contract as (
                    insert into q2c.payload_contract as c (connection, object, records, learnt_at) values ($1, $2, $3, case when $4 then $5 end)
                    on conflict (connection, object) do update
                    set records = greatest(c.records, excluded.records), learnt_at = coalesce(c.learnt_at, excluded.learnt_at))
                insert into q2c.payload_field as f (connection, object, field, relied, optional, state, first_seen_at, noticed_at)
                select $1, $2, g.field, g.relied, g.optional,
                       case when g.missing then 'missing' when g.new then 'new' else 'known' end, $5, case when g.missing or g.new then $5 end
                from unnest($6, $7, $8, $9, $10) as g(field, relied, optional, missing, new)
                on conflict (connection, object, field) do update
                set relied = excluded.relied, optional = f.optional or excluded.optional,
                    state = case
                        when excluded.state = 'missing' and not f.optional then 'missing'
                        when f.state = 'missing' then 'known'
                        else f.state end,
                    noticed_at = case when excluded.state = 'missing' and f.state <> 'missing' and not f.optional then $5 else f.noticed_at end
                """);
            foreach (var value in (object[])
                [
                    change.Connection, change.Object, change.Records, change.IsLearnt, clock.GetUtcNow().UtcDateTime, Each(field => field.Path),
                    Each(field => field.IsRelied), Each(field => field.IsOptional), Each(field => field.IsMissing), Each(field => field.IsNew),
                ])
                command.Parameters.Add(new() { Value = value });
            await command.ExecuteNonQueryAsync(cancel);
            _open = _open.Remove(change);

            T[] Each<T>(Func<PayloadField, T> value) => [.. change.Fields.Select(value)];
        }

        return false;
    }

    internal async Task Read(CancellationToken cancel)
    {
        await using var command = database.CreateCommand(
            """
            select c.connection, c.object, c.records, c.learnt_at is not null,
                   array(select f.field from q2c.payload_field f where (f.connection, f.object) = (c.connection, c.object) order by f.field),
                   array(select f.optional from q2c.payload_field f where (f.connection, f.object) = (c.connection, c.object) order by f.field),
                   array(select f.state = 'missing' from q2c.payload_field f where (f.connection, f.object) = (c.connection, c.object) order by f.field)
            from q2c.payload_contract c
            """);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            var (fields, optional, missing) = (reader.GetFieldValue<string[]>(4), reader.GetFieldValue<bool[]>(5), reader.GetFieldValue<bool[]>(6));
            contracts.Remember(
                reader.GetString(0), reader.GetString(1), reader.GetInt64(2), reader.GetBoolean(3),
                fields.Select((field, i) => new PayloadField(field, IsRelied: false, optional[i], missing[i])));
        }
    }
}
