namespace Q2C;

/// <summary>
/// A step outside that an event asks for. The executor of its connection carries it out, with a claim before each
/// attempt; the answer comes back as <see cref="ReportEffect"/>.
/// </summary>
/// <param name="Id">Unique in the installation, derived from the grain and step: the vendor's idempotency key.</param>
/// <param name="Connection">The connection's name in the installation: <c>netsuite</c>.</param>
/// <param name="Subject">The canonical object this is about; effects of one subject are carried out in order.</param>
[GenerateSerializer, Immutable, Alias("effect-request")]
public sealed record EffectRequest(string Id, string Connection, string Subject, Operation Operation);

/// <summary>What an external system made of one effect. Exactly these four; nothing else crosses the connector boundary.</summary>
[GenerateSerializer, Alias("effect-outcome")]
public abstract record EffectOutcome
{
    private EffectOutcome() { }

    /// <summary>Done, exactly once.</summary>
    [GenerateSerializer, Immutable, Alias("effect.accepted.v1")]
    public sealed record Accepted(string ExternalId, Answer? Answer) : EffectOutcome;

    /// <summary>The system understood and refused; the same request again cannot help.</summary>
    [GenerateSerializer, Immutable, Alias("effect.refused.v1")]
    public sealed record Refused(string Code, string Message, string Remedy, ErrorClass Class) : EffectOutcome;

    /// <summary>The system did not take the request; the executor keeps trying and says so once.</summary>
    [GenerateSerializer, Immutable, Alias("effect.unavailable.v1")]
    public sealed record Unavailable(string Code, string Message, DateTimeOffset RetryAt) : EffectOutcome;

    /// <summary>The request left and no answer came back; the executor looks it up before anything is sent again.</summary>
    [GenerateSerializer, Immutable, Alias("effect.unknown.v1")]
    public sealed record Unknown(string Message) : EffectOutcome;
}

[GenerateSerializer, Alias("error-class")]
public enum ErrorClass { Transient, Throttled, Business, Permanent, Ambiguous }
