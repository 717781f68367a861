using System.Collections.Immutable;

namespace Q2C.Silo.Connectors.Reconciliation;

/// <summary>
/// Lists what a system holds under ids of ours, to find what nobody sent and what is there twice. What is missing there is
/// found without it, by looking up what was sent.
/// </summary>
public interface IRecordLister
{
    /// <param name="since">What changed there since then is listed; more does no harm.</param>
    /// <param name="page">What the page before returned; null for the first.</param>
    Task<ListResult> List(DateTimeOffset since, string? page, CancellationToken cancel);
}

public abstract record ListResult
{
    private ListResult() { }

    /// <param name="Next">Null after the last.</param>
    public sealed record Records(ImmutableArray<HeldRecord> Items, string? Next = null) : ListResult;

    public sealed record Unavailable(string Code, string Message) : ListResult;
}

/// <param name="Kind">For people: <c>invoice</c>.</param>
/// <param name="Subject">Our id of the object, as effects about it carry it.</param>
/// <param name="ExternalId">The system's own id or number, by which people find it.</param>
public sealed record HeldRecord(string Kind, string Subject, string ExternalId);
