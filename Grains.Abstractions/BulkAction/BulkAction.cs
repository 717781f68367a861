using System.Collections.Immutable;

namespace Q2C.BulkActions;

/// <summary>What is done to each of many exceptions, or to each of many deliveries.</summary>
[GenerateSerializer, Alias("bulk-action-kind")]
public enum BulkActionKind
{
    Retry,
    Skip,
    Compensate,
    Assign,
    Tag,
    Snooze,

    /// <summary>Billing of the object, or of the engagement that it belongs to, is held; once, however many items name it.</summary>
    Hold,

    /// <summary>Every hold that was placed on it is released.</summary>
    Release,

    /// <summary>Another connection takes the delivery, or what the object asks of the exception's connection.</summary>
    Reroute,

    /// <summary>A delivery that was processed is processed again, under fresh keys.</summary>
    Replay,
}

/// <summary>What a kind needs besides the reason; what it does not need is null or empty.</summary>
/// <param name="Assignee">Null takes it from whoever has it.</param>
/// <param name="Until">Null ends a snooze.</param>
/// <param name="Connection">Where to.</param>
[GenerateSerializer, Immutable, Alias("bulk-arguments")]
public sealed record BulkArguments(
    string? Assignee, ImmutableArray<string> Add, ImmutableArray<string> Remove, DateTimeOffset? Until, string? Connection)
{
    public static BulkArguments None { get; } = new(null, [], [], null, null);
}

[GenerateSerializer, Alias("bulk-action-status")]
public enum BulkActionStatus { Checking, AwaitingApproval, Ready, Running, Paused, Completed, Rejected, Cancelled }

/// <summary>One exception or delivery of the selection, as it was found.</summary>
/// <param name="ExceptionId"><c>{object}/{item}</c>, of a delivery <c>delivery/{number}</c>.</param>
/// <param name="Held">The money that waits for it, if it is known.</param>
/// <param name="ContractId">The engagement that it belongs to; null if it belongs to none.</param>
/// <param name="CaseId">What people do about it is there.</param>
/// <param name="Connection">The system that it is about, if it is about one.</param>
[GenerateSerializer, Immutable, Alias("bulk-item")]
public sealed record BulkItem(
    string ExceptionId, Money? Held, string? ContractId = null, string? CaseId = null, string? Connection = null);

/// <summary>What somebody wants done to many exceptions.</summary>
/// <param name="Query">The filter that found the items, as JSON.</param>
/// <param name="PerMinute">At most so many items a minute.</param>
[GenerateSerializer, Immutable, Alias("bulk-order")]
public sealed record BulkOrder(
    BulkActionKind Kind, string Query, ImmutableArray<BulkItem> Items, string Reason, int PerMinute, BulkArguments? Arguments = null);

/// <summary>What the dry run says of one item.</summary>
/// <param name="Possible">Whether the action would be accepted now; an item of which it would not is left out.</param>
/// <param name="Effects">What would be asked of other systems, <c>connection operation</c>.</param>
/// <param name="Message">Why not, if it is not possible.</param>
[GenerateSerializer, Immutable, Alias("bulk-finding")]
public sealed record BulkFinding(bool Possible, ImmutableArray<string> Effects, string? Message);

[GenerateSerializer, Alias("bulk-outcome")]
public enum BulkOutcome
{
    /// <summary>Accepted, and every step that it asked for is done.</summary>
    Succeeded,

    /// <summary>Refused, here or by the other system: the exception waits again.</summary>
    Failed,

    /// <summary>Accepted; a step that it asked for is not answered yet.</summary>
    Unsettled,

    /// <summary>Not tried: the dry run said that it is not possible.</summary>
    LeftOut,
}

[GenerateSerializer, Immutable, Alias("bulk-result")]
public sealed record BulkResult(BulkOutcome Outcome, string? Message);

[GenerateSerializer, Immutable, Alias("bulk-action.propose.v1")]
public sealed record ProposeBulkAction(BulkOrder Order) : Command;

/// <summary>The dry run of the items from an index on; only Q2C itself reports it.</summary>
[GenerateSerializer, Immutable, Alias("bulk-action.record-checks.v1")]
public sealed record RecordBulkChecks(int From, ImmutableArray<BulkFinding> Findings) : Command;

[GenerateSerializer, Immutable, Alias("bulk-action.approve.v1")]
public sealed record ApproveBulkAction(string? Note) : Command;

[GenerateSerializer, Immutable, Alias("bulk-action.reject.v1")]
public sealed record RejectBulkAction(string Reason) : Command;

[GenerateSerializer, Immutable, Alias("bulk-action.start.v1")]
public sealed record StartBulkAction(string Reason) : Command;

[GenerateSerializer, Immutable, Alias("bulk-action.pause.v1")]
public sealed record PauseBulkAction(string Reason) : Command;

[GenerateSerializer, Immutable, Alias("bulk-action.resume.v1")]
public sealed record ResumeBulkAction(string Reason) : Command;

[GenerateSerializer, Immutable, Alias("bulk-action.cancel.v1")]
public sealed record CancelBulkAction(string Reason) : Command;

/// <summary>What became of the items from an index on; only Q2C itself reports it.</summary>
[GenerateSerializer, Immutable, Alias("bulk-action.record-results.v1")]
public sealed record RecordBulkResults(int From, ImmutableArray<BulkResult> Results) : Command;

[GenerateSerializer, Immutable, Alias("bulk-action.proposed.v1")]
public sealed record BulkActionProposed(BulkOrder Order, Actor By, DateTimeOffset At) : Event;

[GenerateSerializer, Immutable, Alias("bulk-action.items-checked.v1")]
public sealed record BulkItemsChecked(int From, ImmutableArray<BulkFinding> Findings, DateTimeOffset At) : Event;

/// <summary>The dry run is complete.</summary>
/// <param name="ApprovalNeeded">Why a second person has to decide; null if none has to.</param>
[GenerateSerializer, Immutable, Alias("bulk-action.checked.v1")]
public sealed record BulkActionChecked(int Possible, string? ApprovalNeeded, DateTimeOffset At) : Event;

[GenerateSerializer, Immutable, Alias("bulk-action.approved.v1")]
public sealed record BulkActionApproved(string? Note, string By, DateTimeOffset At) : Event;

[GenerateSerializer, Immutable, Alias("bulk-action.rejected.v1")]
public sealed record BulkActionRejected(string Reason, string By, DateTimeOffset At) : Event;

[GenerateSerializer, Immutable, Alias("bulk-action.started.v1")]
public sealed record BulkActionStarted(string Reason, string By, DateTimeOffset At) : Event;

[GenerateSerializer, Immutable, Alias("bulk-action.paused.v1")]
public sealed record BulkActionPaused(string Reason, string By, DateTimeOffset At) : Event;

[GenerateSerializer, Immutable, Alias("bulk-action.resumed.v1")]
public sealed record BulkActionResumed(string Reason, string By, DateTimeOffset At) : Event;

[GenerateSerializer, Immutable, Alias("bulk-action.cancelled.v1")]
public sealed record BulkActionCancelled(string Reason, string By, DateTimeOffset At) : Event;

[GenerateSerializer, Immutable, Alias("bulk-action.batch-done.v1")]
public sealed record BulkBatchDone(int From, ImmutableArray<BulkResult> Results, DateTimeOffset At) : Event;

[GenerateSerializer, Immutable, Alias("bulk-action.completed.v1")]
public sealed record BulkActionCompleted(DateTimeOffset At) : Event;

/// <summary>One action on many exceptions: selected, tried dry, approved where policy asks for it, and done in growing batches.</summary>
[Alias("q2c.bulk-action-grain")]
public interface IBulkActionGrain : IAggregateGrain
{
    [Alias("read")]
    Task<BulkActionView?> Read();

    /// <summary>What is to be done next; null while nothing is.</summary>
    [Alias("next-batch")]
    Task<BulkBatch?> NextBatch();
}

/// <param name="Next">How many items the next batch has.</param>
[GenerateSerializer, Immutable, Alias("bulk-action-view")]
public sealed record BulkActionView(
    string Id, long GrainVersion, BulkOrder Order, string By, BulkActionStatus Status, int Checked, int Possible, int Done,
    int Succeeded, int Failed, int Unsettled, int Next);

/// <summary>The items from an index on, to be checked or to be done.</summary>
/// <param name="Possible">Of each item, whether it is to be tried; empty for a dry run.</param>
[GenerateSerializer, Immutable, Alias("bulk-batch")]
public sealed record BulkBatch(
    bool IsDryRun, int From, ImmutableArray<BulkItem> Items, ImmutableArray<bool> Possible, BulkActionKind Kind, string Reason, Actor By,
    int PerMinute, BulkArguments Arguments);
