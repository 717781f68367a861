using Q2C.Silo.Connectors;

namespace Q2C.Silo.Effects;

/// <summary>The life of an effect: what a result makes of it. Pure.</summary>
public static class EffectStep
{
    public const int TellAfterAttempts = 3;

    public static readonly TimeSpan TellIfPausedFor = TimeSpan.FromMinutes(1);

    public static EffectChange After(EffectRow effect, SendResult result, RetryPause pause, DateTimeOffset now) => result switch
    {
        SendResult.Accepted e => Done(effect, e.ExternalId, e.Answer, now),
        SendResult.Refused e => new(
            EffectStatus.Refused, now, effect.Attempt, effect.Generation,
            new EffectOutcome.Refused(e.Code, e.Message, e.Remedy, e.Class)),
        SendResult.Unavailable e => Later(effect, e.Code, e.Message, now + pause.After(effect.Attempt, e.RetryAfter), now),
        // Nothing ambiguous is sent again before a look-up.
        SendResult.Unknown e => new(
            EffectStatus.Waiting, now + pause.After(1), 0, effect.Generation, TellUnknown(effect, e.Message)),
        _ => throw new ArgumentOutOfRangeException(nameof(result)),
    };

    public static EffectChange After(EffectRow effect, LookUpResult result, RetryPause pause, DateTimeOffset now) => result switch
    {
        LookUpResult.Found e => Done(effect, e.ExternalId, e.Answer, now),
        LookUpResult.Absent when effect.Left is not { Ticks: > 0 } => new(EffectStatus.Pending, now, 0, effect.Generation + 1, null),
        LookUpResult.Absent => new(
            EffectStatus.Waiting, Earlier(now + pause.After(effect.Attempt), now + effect.Left.Value), effect.Attempt,
            effect.Generation, TellUnknown(effect, "The request may still be applied; it is looked up until it no longer can be.")),
        LookUpResult.Unavailable e => new(
            EffectStatus.Waiting, now + pause.After(effect.Attempt, e.RetryAfter), effect.Attempt, effect.Generation,
            TellUnknown(effect, e.Message)),
        _ => throw new ArgumentOutOfRangeException(nameof(result)),
    };

    private static EffectChange Done(EffectRow effect, string externalId, Answer? answer, DateTimeOffset now) => new(
        EffectStatus.Accepted, now, effect.Attempt, effect.Generation, new EffectOutcome.Accepted(externalId, answer), externalId);

    /// <summary>A hiccup is nobody's business. What lasts is told once, not with each attempt.</summary>
    private static EffectChange Later(EffectRow effect, string code, string message, DateTimeOffset at, DateTimeOffset now)
    {
        var lasts = effect.Attempt >= TellAfterAttempts || at - now >= TellIfPausedFor;
        var known = effect.Outcome is EffectOutcome.Unavailable;
        return new(
            EffectStatus.Pending, at, effect.Attempt, effect.Generation,
            lasts && !known ? new EffectOutcome.Unavailable(code, message, at) : null);
    }

    private static EffectOutcome.Unknown? TellUnknown(EffectRow effect, string message) =>
        effect.Outcome is EffectOutcome.Unknown ? null : new(message);

    private static DateTimeOffset Earlier(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;
}
