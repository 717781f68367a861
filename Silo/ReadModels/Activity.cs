using Npgsql;
using NpgsqlTypes;
using Q2C.Alerts;
using Q2C.BillingRuns;
using Q2C.BulkActions;
using Q2C.Contracts;
using Q2C.CreditMemos;
using Q2C.Customers;
using Q2C.ExceptionCases;
using Q2C.Grains.Journal;
using Q2C.Invoices;
using Q2C.OperatorLogs;
using Q2C.Policies;
using Q2C.Projects;
using Q2C.Quotes;
using Q2C.Revenues;
using Q2C.Silo.Journal;

namespace Q2C.Silo.ReadModels;

/// <summary>The audit: every command that was answered, who sent it, what became of it and why.</summary>
internal sealed class ActivityModel : IReadModel
{
    private const string NoProblems = "[]";

    public IReadOnlyList<string> Tables => ["activity"];

    public async ValueTask Apply(NpgsqlConnection connection, NpgsqlTransaction transaction, Batch batch, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            """
            insert into q2c_read.activity (
                grain, version, kind, contract_id, key, at, actor, outcome, events, problems, reason, correlation, causation, act)
            select grain, version, kind, contract_id, key, at, actor, outcome, events::text[], problems::jsonb, reason, correlation,
                   causation, act::jsonb
            from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) as a(
                grain, version, kind, contract_id, key, at, actor, outcome, events, problems, reason, correlation, causation, act)
            on conflict (grain, version) do nothing
            """, connection, transaction);
        Texts(row => row.Row.Grain);
        command.Parameters.Add(new() { Value = Each(row => row.Row.Version) });
        Texts(row => Ids.KindOf(row.Row.Grain));
        Texts(row => batch.ContractOf(row.Row.Grain));
        Texts(row => row.Row.Key);
        command.Parameters.Add(new() { Value = Each(row => row.Row.RecordTime.UtcDateTime) });
        Texts(row => row.Row.Actor);
        Texts(row => ReadModelJson.Name(row.Row.Outcome));
        // The literal of an array; stored names have no letter that would have to be quoted in it.
        Texts(row => $"{{{string.Join(',', row.Body.Events.Select(WireFormat.NameOf))}}}");
        Texts(row => row.Body.Problems.IsEmpty ? NoProblems : ReadModelJson.Write(row.Body.Problems));
        Texts(row => row.Body.Events.Select(ReasonOf).FirstOrDefault(reason => reason is not null));
        Texts(row => row.Row.Correlation);
        Texts(row => row.Row.Causation);
        Texts(row => row.Body.Events is [ActRecorded { Act: var act }] ? ReadModelJson.Write(act) : null);
        await command.ExecuteNonQueryAsync(cancel);

        T[] Each<T>(Func<PumpedRow, T> value) => [.. batch.Rows.Select(value)];

        void Texts(Func<PumpedRow, string?> value) => command.Parameters.Add(new NpgsqlParameter<string?[]>
        {
            TypedValue = Each(row => value(row) is { } text ? StorableText.Of(text) : null),
            NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text,
        });
    }

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
        CreditGranted e => e.Memo.Reason,
        CreditMemoApproved e => e.Note,
        CreditMemoRejected e => e.Reason,
        SettlementApplied e => e.Settlement.Reason,
        InvoiceDisputed e => e.Reason,
        DisputeEnded e => e.Reason,
        CustomerRefunded e => e.Refund.Reason,
        RefundProposed e => e.Proposed.Refund.Reason,
        RefundApproved e => e.Note,
        RefundDeclined e => e.Reason,
        ReceivableWriteOffProposed e => e.WriteOff.Reason,
        ReceivableWriteOffApproved e => e.Note,
        ReceivableWriteOffDeclined e => e.Reason,
        BillingHeld e => e.Hold.Reason,
        BillingHoldReleased e => e.Reason,
        InvoiceCorrected e => e.Correction.Reason,
        InvoiceFinalized e => e.Reason,
        InvoiceLineOverridden e => e.Reason,
        RefreshAsked e => e.Reason,
        ProjectClosed e => e.Reason,
        ProjectReopened e => e.Reason,
        ItemsReleased e => e.Reason,
        EstimateRevised e => e.Reason,
        CaseAssigned e => e.Reason,
        AlertRaised e => e.Title,
        AlertAcknowledged e => e.Note,
        BulkActionProposed e => e.Order.Reason,
        BulkActionApproved e => e.Note,
        BulkActionRejected e => e.Reason,
        BulkActionStarted e => e.Reason,
        BulkActionPaused e => e.Reason,
        BulkActionResumed e => e.Reason,
        BulkActionCancelled e => e.Reason,
        PolicyProposed e => e.Reason,
        PolicySubmitted e => e.Reason,
        PolicyApproved e => e.Note,
        PolicyRejected e => e.Reason,
        PolicyWithdrawn e => e.Reason,
        PolicyRolledBack e => e.Reason,
        CaseNoted e => e.Text,
        ActRecorded e => e.Act.Reason,
        CaseTagged e => e.Reason,
        CaseSnoozed e => e.Reason,
        _ => null,
    };
}
