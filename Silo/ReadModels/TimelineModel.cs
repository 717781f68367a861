using Npgsql;

namespace Q2C.Silo.ReadModels;

internal sealed record TimelineRow(
    string ContractId, string Grain, long Version, int Ordinal, string Event, DateTimeOffset At, Stage Stage, string Title,
    string? Detail, string? System, long? AmountMinor, string? Currency, string Actor, string Correlation);

/// <summary>
/// The story of each engagement. Positions are dense per engagement and assigned under the lock of its head row, so
/// a subscriber that has seen position n has seen all before it. They follow the order in which the pumps came, which after
/// a rebuild is none: then they are given anew, by time.
/// </summary>
internal sealed class TimelineModel : IReadModel
{
    private const string Append =
        """
        with told as (
            select e.place as told_at, t.* from jsonb_array_elements($1) with ordinality as e(row, place),
            lateral jsonb_to_record(e.row) as t(
                contract_id text, grain text, version bigint, ordinal int, event text, at timestamptz, stage text,
                title text, detail text, system text, amount_minor bigint, currency text, actor text, correlation text)
            where not exists (
                select from q2c_read.timeline seen
                where (seen.grain, seen.version, seen.ordinal) = (t.grain, t.version, t.ordinal))
        ), heads as (
            insert into q2c_read.engagement as e (contract_id, head)
            select contract_id, count(*) from told group by contract_id order by contract_id
            on conflict (contract_id) do update set head = e.head + excluded.head
            returning contract_id, head
        ), numbered as (
            select told.*,
                   row_number() over (partition by contract_id order by told_at)
                       - count(*) over (partition by contract_id) as place
            from told
        )
        insert into q2c_read.timeline (
            contract_id, position, grain, version, ordinal, event, at, stage, title, detail, system, amount_minor,
            currency, actor, correlation)
        select n.contract_id, heads.head + n.place, n.grain, n.version, n.ordinal, n.event, n.at, n.stage, n.title, n.detail,
               n.system, n.amount_minor, n.currency, n.actor, n.correlation
        from numbered n join heads using (contract_id)
        """;

    // Nobody appends to a story meanwhile. By way of negative numbers, as no two entries may have the same.
    private const string Renumber =
        """
        lock table q2c_read.engagement in exclusive mode;
        update q2c_read.timeline t set position = -n.place
        from (
            select contract_id, position, row_number() over (partition by contract_id order by at, position) as place
            from q2c_read.timeline) n
        where (t.contract_id, t.position) = (n.contract_id, n.position) and t.position <> n.place;
        update q2c_read.timeline set position = -position where position < 0;
        """;

    public IReadOnlyList<string> Tables => ["timeline", "engagement", "engagement_member"];

    public async ValueTask Apply(NpgsqlConnection connection, NpgsqlTransaction transaction, Batch batch, CancellationToken cancel)
    {
        var rows = batch.Facts.SelectMany(fact => Rows(fact, batch)).ToList();
        if (rows.Count == 0) return;
        await using var command = new NpgsqlCommand(Append, connection, transaction)
        {
            Parameters = { ReadModelJson.Parameter(rows) },
        };
        await command.ExecuteNonQueryAsync(cancel);
    }

    public async ValueTask Rebuilt(NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(Renumber, connection, transaction) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancel);
    }

    private static IEnumerable<TimelineRow> Rows(Fact fact, Batch batch)
    {
        if (batch.ContractOf(fact.Grain) is not { } contract || Story.Tell(fact.Grain, fact.Event) is not { } told) yield break;
        yield return new(
            contract, fact.Grain, fact.Version, fact.Ordinal, fact.Name, fact.At, told.Stage, told.Title, told.Detail,
            told.System, told.Amount?.Minor, told.Amount?.Currency, fact.Row.Actor, fact.Row.Correlation);
    }
}
