using System.Collections.Immutable;

namespace Q2C.Silo.Connectors;

/// <summary>
/// One thing that arrived, as it arrived: a webhook's body or one item of a poll. Kept before anything is made of it.
/// </summary>
/// <param name="Feed">Which stream of the connection: the webhook's or poller's name.</param>
/// <param name="Key">The source's own id of the delivery, unique per connection: the root of the commands' keys.</param>
public sealed record InboxDelivery(
    long Id, string Connection, string Feed, string Key, ReadOnlyMemory<byte> Body, DateTimeOffset ReceivedAt)
{
    /// <summary>Of everything that the delivery causes; the gateway knew it before there was an id.</summary>
    public string Correlation => $"{Connection}/{Key}";

    /// <summary>Of the commands that it becomes.</summary>
    public string Causation => $"inbox/{Id}";
}

/// <summary>Turns what arrived into commands. May read back from the vendor; changes nothing anywhere.</summary>
public interface IInboundMap
{
    Task<InboundResult> Map(InboxDelivery delivery, CancellationToken cancel);
}

public abstract record InboundResult
{
    private InboundResult() { }

    /// <summary>The commands that follow, in order; none if the delivery is of no interest.</summary>
    public sealed record Commands(ImmutableArray<GrainCommand> Items) : InboundResult;

    /// <summary>Cannot be understood as it is: kept for a person, with every problem found.</summary>
    public sealed record Parked(ImmutableArray<ParseProblem> Problems) : InboundResult;

    /// <summary>Cannot be mapped yet (the vendor is away, a record that it refers to has not come): tried again later.</summary>
    public sealed record Waits(string Code, string Reason, TimeSpan? RetryAfter = null) : InboundResult;
}

/// <param name="Envelope">Its key is the delivery's key, with <c>/i</c> when one delivery brings several commands for one grain.</param>
public sealed record GrainCommand(string Grain, CommandEnvelope Envelope);

/// <summary>A problem of a delivered body and where it is; both null where no position can be given.</summary>
/// <param name="Line">1 for the first.</param>
/// <param name="Column">1 for the first.</param>
public sealed record ParseProblem(Problem Problem, long? Line = null, long? Column = null);

/// <summary>Asks a system for what is new, where it does not tell by itself. Watermark and inbox rows are stored together.</summary>
public interface IPoller
{
    /// <summary>Stable: the watermark is kept under connection and feed.</summary>
    string Feed { get; }

    TimeSpan Interval { get; }

    /// <summary>
    /// The watermark from which the feed brings everything since then once more, whoever received it before: for an
    /// installation that was restored and has lost it. Null if the feed's own watermark, which was restored as well, does that.
    /// </summary>
    string? Since(DateTimeOffset moment) => null;

    /// <param name="watermark">What the last page returned; null for the first time.</param>
    Task<PollResult> Poll(string? watermark, CancellationToken cancel);
}

public abstract record PollResult
{
    private PollResult() { }

    /// <param name="More">True asks for the next page at once.</param>
    public sealed record Page(ImmutableArray<PolledDelivery> Deliveries, string? Watermark, bool More = false) : PollResult;

    public sealed record Unavailable(string Code, string Message, TimeSpan? RetryAfter = null) : PollResult;
}

/// <param name="Key">Unique per connection; a repeat is dropped.</param>
public sealed record PolledDelivery(string Key, ReadOnlyMemory<byte> Body);
