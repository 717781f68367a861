namespace Q2C.Silo.Effects;

/// <summary>One effect as it stands. <see cref="Operation"/> is its stored form.</summary>
/// <param name="Attempt">Failures in a row, counting the request under way.</param>
/// <param name="Left">How long its last request could still be applied when this was read; null if there was none.</param>
/// <param name="Outcome">The last outcome that the grain was told, or is being told.</param>
/// <param name="Report">Its number.</param>
public sealed record EffectRow(
    string Id, string Connection, string Subject, ReadOnlyMemory<byte> Operation, string Grain, string Correlation,
    EffectStatus Status, int Attempt, int Generation, TimeSpan? Left, EffectOutcome? Outcome, int Report);

public enum EffectStatus { Pending, Sending, Waiting, Accepted, Refused }

/// <summary>What follows from one request or look-up.</summary>
/// <param name="Attempt">0 starts the back-off anew.</param>
/// <param name="Tell">The outcome to tell the grain; null if it knows.</param>
public sealed record EffectChange(
    EffectStatus Status, DateTimeOffset NextAt, int Attempt, int Generation, EffectOutcome? Tell, string? ExternalId = null);
