namespace Q2C.OperatorLogs;

/// <summary>What somebody did, or was not allowed to do, where no object's journal has it: to a delivery, to a connection.</summary>
/// <param name="Id">Its id in the audit: <c>delivery/12@3</c>.</param>
/// <param name="Subject"><c>delivery/12</c>, <c>connection/netsuite</c>; of what was denied the object that it was meant for, if it names one.</param>
/// <param name="Action"><c>delivery.retry</c>; of what was denied the mutation.</param>
/// <param name="Before">The subject before, as JSON; null where it tells nothing. So is <paramref name="After"/>.</param>
/// <param name="Denied">Why it was denied; null if it was done.</param>
/// <param name="Attempts">How often it was tried within a minute.</param>
[GenerateSerializer, Immutable, Alias("operator-act")]
public sealed record OperatorAct(
    string Id, string Subject, string Action, string By, string? Reason, string? Before, string? After, string? Denied, int Attempts,
    DateTimeOffset At);

/// <summary>Only Q2C itself sends it, in the name of whoever acted.</summary>
[GenerateSerializer, Immutable, Alias("operator-log.record.v1")]
public sealed record RecordAct(OperatorAct Act) : Command;

[GenerateSerializer, Immutable, Alias("operator-log.recorded.v1")]
public sealed record ActRecorded(OperatorAct Act) : Event;

/// <summary>
/// The acts on one subject, in the journal and so in its hash chain. Its id is derived from the subject.
/// </summary>
[Alias("q2c.operator-log-grain")]
public interface IOperatorLogGrain : IAggregateGrain;
