using System.Collections.Immutable;
using System.Text.Json;
using Q2C.BulkActions;

namespace Q2C.Silo.ReadModels;

internal sealed record BulkActionRow(
    string Id, BulkActionKind Kind, JsonElement Query, string Reason, int PerMinute, int Total, BulkActionStatus Status, string ProposedBy,
    DateTimeOffset ProposedAt, int Checked, int Possible, string? ApprovalNeeded, string? DecidedBy, string? DecisionNote,
    DateTimeOffset? StartedAt, string? PausedReason, int Done, int Succeeded, int Failed, int Unsettled, DateTimeOffset? CompletedAt,
    DateTimeOffset UpdatedAt) : ReadRow(Id);

/// <summary>Actions on many exceptions and how far they are.</summary>
internal sealed class BulkActionsModel() : Fold<BulkActionRow>("bulk_action")
{
    protected override IEnumerable<string> Keys(Fact fact) => Ids.Is(fact.Grain, Ids.BulkAction) ? [fact.Grain] : [];

    protected override BulkActionRow? Next(BulkActionRow? row, string key, Fact fact, Batch batch) => fact.Event switch
    {
        BulkActionProposed { Order: var order } e => new(
            key, order.Kind, JsonDocument.Parse(order.Query).RootElement, order.Reason, order.PerMinute, order.Items.Length,
            BulkActionStatus.Checking, e.By.Id, e.At, Checked: 0, Possible: 0, ApprovalNeeded: null, DecidedBy: null, DecisionNote: null,
            StartedAt: null, PausedReason: null, Done: 0, Succeeded: 0, Failed: 0, Unsettled: 0, CompletedAt: null, e.At),
        BulkItemsChecked e => Existing(row, fact) with
        {
            Checked = row!.Checked + e.Findings.Length, Possible = row.Possible + e.Findings.Count(finding => finding.Possible), UpdatedAt = e.At,
        },
        BulkActionChecked e => Existing(row, fact) with
        {
            Status = e.ApprovalNeeded is null ? BulkActionStatus.Ready : BulkActionStatus.AwaitingApproval,
            ApprovalNeeded = e.ApprovalNeeded, UpdatedAt = e.At,
        },
        BulkActionApproved e => Existing(row, fact) with
        {
            Status = BulkActionStatus.Ready, DecidedBy = e.By, DecisionNote = e.Note, UpdatedAt = e.At,
        },
        BulkActionRejected e => Existing(row, fact) with
        {
            Status = BulkActionStatus.Rejected, DecidedBy = e.By, DecisionNote = e.Reason, CompletedAt = e.At, UpdatedAt = e.At,
        },
        BulkActionStarted e => Existing(row, fact) with { Status = BulkActionStatus.Running, StartedAt = e.At, UpdatedAt = e.At },
        BulkActionPaused e => Existing(row, fact) with { Status = BulkActionStatus.Paused, PausedReason = e.Reason, UpdatedAt = e.At },
        BulkActionResumed e => Existing(row, fact) with { Status = BulkActionStatus.Running, PausedReason = null, UpdatedAt = e.At },
        BulkActionCancelled e => Existing(row, fact) with { Status = BulkActionStatus.Cancelled, CompletedAt = e.At, UpdatedAt = e.At },
        BulkBatchDone e => Existing(row, fact) with
        {
            Done = row!.Done + e.Results.Length, Succeeded = row.Succeeded + Count(e, BulkOutcome.Succeeded),
            Failed = row.Failed + Count(e, BulkOutcome.Failed), Unsettled = row.Unsettled + Count(e, BulkOutcome.Unsettled), UpdatedAt = e.At,
        },
        BulkActionCompleted e => Existing(row, fact) with { Status = BulkActionStatus.Completed, CompletedAt = e.At, UpdatedAt = e.At },
        _ => null,
    };

    private static int Count(BulkBatchDone batch, BulkOutcome outcome) => batch.Results.Count(result => result.Outcome == outcome);
}

internal sealed record BulkItemRow(
    string Id, string BulkActionId, int Ordinal, string ExceptionId, long? HeldMinor, string? HeldCurrency, bool? Possible,
    ImmutableArray<string> Effects, string? Finding, BulkOutcome? Outcome, string? Message, DateTimeOffset? DoneAt) : ReadRow(Id);

/// <summary>The exceptions of each action: what the dry run found, and what became of them.</summary>
internal sealed class BulkItemsModel() : Fold<BulkItemRow>("bulk_item")
{
    protected override IEnumerable<string> Keys(Fact fact) => fact.Event switch
    {
        BulkActionProposed e => Range(fact, 0, e.Order.Items.Length),
        BulkItemsChecked e => Range(fact, e.From, e.Findings.Length),
        BulkBatchDone e => Range(fact, e.From, e.Results.Length),
        _ => [],
    };

    protected override BulkItemRow? Next(BulkItemRow? row, string key, Fact fact, Batch batch) => fact.Event switch
    {
        BulkActionProposed e => Selected(key, fact, e.Order.Items[OrdinalOf(key)]),
        BulkItemsChecked e when e.Findings[OrdinalOf(key) - e.From] is var finding => Existing(row, fact) with
        {
            Possible = finding.Possible, Effects = finding.Effects, Finding = finding.Message,
        },
        BulkBatchDone e when e.Results[OrdinalOf(key) - e.From] is var result => Existing(row, fact) with
        {
            Outcome = result.Outcome, Message = result.Message, DoneAt = e.At,
        },
        _ => null,
    };

    private static BulkItemRow Selected(string key, Fact fact, BulkItem item) => new(
        key, fact.Grain, OrdinalOf(key), item.ExceptionId, item.Held?.Minor, item.Held?.Currency, Possible: null, Effects: [],
        Finding: null, Outcome: null, Message: null, DoneAt: null);

    private static IEnumerable<string> Range(Fact fact, int from, int count) =>
        Enumerable.Range(from, count).Select(ordinal => $"{fact.Grain}/{ordinal}");

    private static int OrdinalOf(string key) => int.Parse(key.AsSpan(key.LastIndexOf('/') + 1));
}
