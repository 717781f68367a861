using System.Collections.Immutable;
using Npgsql;
using Q2C.Contracts;
using Q2C.Grains.Journal;
using Q2C.Invoices;
using Q2C.Projects;
using Q2C.Quotes;
using Q2C.Revenues;

namespace Q2C.Silo.ReadModels;

internal sealed record ActivityRow(
    string Id, string Grain, string Kind, string? ContractId, string Key, DateTimeOffset At, string Actor, Outcome Outcome,
    ImmutableArray<string> Events, ImmutableArray<Problem> Problems, string? Reason, string Correlation, string? Causation)
    : ReadRow(Id);

/// <summary>The audit: every command that was answered, who sent it, what became of it and why.</summary>
internal sealed class ActivityModel : IReadModel
{
    public IReadOnlyList<string> Tables => ["activity"];

    public async ValueTask Apply(NpgsqlConnection connection, NpgsqlTransaction transaction, Batch batch, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            """
            insert into q2c_read.activity
            select * from jsonb_populate_recordset(null::q2c_read.activity, $1) on conflict (id) do nothing
            """, connection, transaction)
        {
            Parameters = { ReadModelJson.Parameter([.. batch.Rows.Select(row => Row(row.Row, row.Body, batch))]) },
        };
        await command.ExecuteNonQueryAsync(cancel);
    }

    private static ActivityRow Row(RecordedRow row, RowBody body, Batch batch) => new(
        $"{row.Grain}@{row.Version}", row.Grain, Ids.KindOf(row.Grain), batch.ContractOf(row.Grain), row.Key, row.RecordTime,
        row.Actor, row.Outcome, [.. body.Events.Select(WireFormat.NameOf)], body.Problems,
        body.Events.Select(ReasonOf).FirstOrDefault(reason => reason is not null), row.Correlation, row.Causation)
    {
        Version = row.Version,
    };

    private static string? ReasonOf(Event @event) => @event switch
    {
        ExceptionResolved e => e.Reason,
        ContractCorrected e => e.Correction.Reason,
        ContractAmended e => e.Reason,
        CompensationStarted e => e.Reason,
        ContractWithdrawn e => e.Reason,
        QuoteApproved e => e.Note,
        QuoteDeclined e => e.Reason,
        InvoiceApproved e => e.Note,
        InvoiceRejected e => e.Reason,
        InvoiceCorrected e => e.Correction.Reason,
        ProjectClosed e => e.Reason,
        ProjectReopened e => e.Reason,
        ItemsReleased e => e.Reason,
        EstimateRevised e => e.Reason,
        _ => null,
    };
}
