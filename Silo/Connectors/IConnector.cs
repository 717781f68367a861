namespace Q2C.Silo.Connectors;

/// <summary>
/// One connection to one external system, outbound. Implementations are called by one executor at a time per
/// connection, concurrently for different effects; they keep nothing but caches, and never throw for what a vendor or
/// a network does: that is a result.
/// </summary>
public interface IConnector
{
    string Connection { get; }

    /// <summary>
    /// The longest time after a request left within which the vendor may still apply it. A look-up that finds nothing
    /// proves something only after that.
    /// </summary>
    TimeSpan LongestProcessing { get; }

    /// <summary>How this operation is kept from happening twice. Throws <see cref="NotSupportedException"/> for one that this system cannot carry out.</summary>
    Guarantee GuaranteeOf(Operation operation);

    /// <param name="generation">
    /// 1 for the first attempt; rises only after a look-up has proved that the one before was not applied. The vendor's
    /// idempotency key is the effect's id and this number (<see cref="EffectKeys.IdempotencyKey"/>).
    /// </param>
    Task<SendResult> Send(EffectRequest effect, int generation, CancellationToken cancel);

    /// <summary>
    /// Was this effect applied, as it is now? Asked before and after <see cref="LongestProcessing"/> has passed; what is
    /// found counts at once, what is not found only afterwards.
    /// </summary>
    Task<LookUpResult> LookUp(EffectRequest effect, int generation, CancellationToken cancel);

    /// <summary>
    /// Whether a look-up can tell for good that this operation was applied. Not for one that leaves nothing behind, or whose
    /// repetition is harmless and is therefore never found.
    /// </summary>
    bool CanConfirm(Operation operation) => true;

    /// <summary>Credentials and reachability, by a request that changes nothing.</summary>
    Task<HealthReport> CheckHealth(CancellationToken cancel);
}

/// <summary>What keeps an operation from being applied twice.</summary>
public enum Guarantee
{
    /// <summary>The record carries our id as its key: the same request again meets the same record.</summary>
    NaturalKey,

    /// <summary>The vendor recognises our idempotency key.</summary>
    VendorIdempotency,

    /// <summary>We search first. A window remains between search and creation; reconciliation finds what falls in it.</summary>
    FindBeforeCreate,
}

public static class EffectKeys
{
    /// <summary>The vendor's idempotency key: stable over the retries of one generation.</summary>
    public static string IdempotencyKey(this EffectRequest effect, int generation) => $"{effect.Id}.{generation}";
}

/// <summary>What became of one request.</summary>
public abstract record SendResult
{
    private SendResult() { }

    public sealed record Accepted(string ExternalId, Answer? Answer = null) : SendResult;

    /// <summary>The system understood and refused; the same request again cannot help.</summary>
    public sealed record Refused(string Code, string Message, string Remedy, ErrorClass Class) : SendResult;

    /// <summary>Surely not applied; may be sent again. A null <paramref name="RetryAfter"/> leaves the pause to the executor.</summary>
    public sealed record Unavailable(string Code, string Message, TimeSpan? RetryAfter = null) : SendResult;

    /// <summary>The request left and its outcome is not known.</summary>
    public sealed record Unknown(string Message) : SendResult;
}

/// <summary>What a look-up found.</summary>
public abstract record LookUpResult
{
    private LookUpResult() { }

    /// <summary>The effect was applied.</summary>
    public sealed record Found(string ExternalId, Answer? Answer = null) : LookUpResult;

    /// <summary>The system shows no sign of the effect.</summary>
    public sealed record Absent : LookUpResult;

    public sealed record Unavailable(string Code, string Message, TimeSpan? RetryAfter = null) : LookUpResult;
}

/// <param name="Detail">For people; no secrets.</param>
public sealed record HealthReport(bool Healthy, string Detail);
