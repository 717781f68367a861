using Npgsql;
using Q2C.ExceptionCases;

namespace Q2C.Silo.ReadModels;

internal sealed record ChangeRow(string Topic, int Shard, long Seq, string Subject, string? ContractId);

/// <summary>
/// Which exceptions and billing runs changed in which row, in the order of each shard: what subscribers follow.
/// </summary>
internal sealed class ChangesModel : IReadModel
{
    private const string Append =
        """
        insert into q2c_read.change (topic, shard, seq, subject, contract_id)
        select topic, shard, seq, subject, contract_id from jsonb_populate_recordset(null::q2c_read.change, $1)
        on conflict do nothing
        """;

    public IReadOnlyList<string> Tables => ["change"];

    public async ValueTask Apply(NpgsqlConnection connection, NpgsqlTransaction transaction, Batch batch, CancellationToken cancel)
    {
        var rows = batch.Facts.Select(fact => Row(fact, batch)).OfType<ChangeRow>().Distinct().ToList();
        if (rows.Count == 0) return;
        await using var command = new NpgsqlCommand(Append, connection, transaction) { Parameters = { ReadModelJson.Parameter(rows) } };
        await command.ExecuteNonQueryAsync(cancel);
    }

    private static ChangeRow? Row(Fact fact, Batch batch) => fact.Event switch
    {
        ExceptionRaised e => Of("exception", $"{fact.Grain}/{e.Item.Id}", fact, batch),
        ExceptionResolved e => Of("exception", $"{fact.Grain}/{e.ItemId}", fact, batch),
        CaseOpened or CaseAssigned or CaseNoted or CaseTagged or CaseSnoozed => Of("exception-case", fact.Grain, fact, batch),
        _ when Ids.Is(fact.Grain, Ids.Alert) => Of("alert", fact.Grain, fact, batch),
        _ when Ids.Is(fact.Grain, Ids.BulkAction) => Of("bulk-action", fact.Grain, fact, batch),
        _ when Ids.Is(fact.Grain, Ids.BillingRun) => Of("billing-run", fact.Grain, fact, batch),
        _ => null,
    };

    private static ChangeRow Of(string topic, string subject, Fact fact, Batch batch) =>
        new(topic, fact.Row.Shard, fact.Row.Seq, subject, batch.ContractOf(fact.Grain));
}
