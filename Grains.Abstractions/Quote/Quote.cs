using System.Collections.Immutable;
using Q2C.Contracts;

namespace Q2C.Quotes;

/// <summary>A quote as sales or a CRM has it. A newer version takes the place of the older one until it is decided.</summary>
/// <param name="Offer">What becomes of the contract when the quote is approved.</param>
/// <param name="ValidUntil">The last day on which it can be approved.</param>
[GenerateSerializer, Immutable, Alias("quote.submit.v1")]
public sealed record SubmitQuote(AcceptQuote Offer, DateOnly? ValidUntil) : Command;

/// <summary>
/// The customer accepted and the firm agrees: the contract begins. A person does not approve what it submitted; a machine
/// reports what was decided in its system.
/// </summary>
[GenerateSerializer, Immutable, Alias("quote.approve.v1")]
public sealed record ApproveQuote(string? Note) : Command;

[GenerateSerializer, Immutable, Alias("quote.decline.v1")]
public sealed record DeclineQuote(string Reason) : Command;

[GenerateSerializer, Immutable, Alias("quote.submitted.v1")]
public sealed record QuoteSubmitted(string ContractId, SubmitQuote Quote, string By, DateTimeOffset At) : Event;

[GenerateSerializer, Immutable, Alias("quote.approved.v1")]
public sealed record QuoteApproved(string ContractId, AcceptQuote Offer, string By, string? Note, DateTimeOffset At) : Event, IDelivered
{
    public ImmutableArray<string> To => [ContractId];
}

[GenerateSerializer, Immutable, Alias("quote.declined.v1")]
public sealed record QuoteDeclined(string Reason, string By, DateTimeOffset At) : Event;

[Alias("q2c.quote-grain")]
public interface IQuoteGrain : IAggregateGrain
{
    /// <summary>Null for a quote that nobody submitted here.</summary>
    [Alias("read")]
    Task<QuoteView?> Read();
}

/// <param name="DecidedBy">Who approved or declined it.</param>
[GenerateSerializer, Immutable, Alias("quote-view")]
public sealed record QuoteView(
    string Id, long GrainVersion, QuoteStatus Status, string ContractId, AcceptQuote Offer, DateOnly? ValidUntil, string SubmittedBy,
    DateTimeOffset SubmittedAt, string? DecidedBy, DateTimeOffset? DecidedAt, string? Reason);

[GenerateSerializer, Alias("quote-status")]
public enum QuoteStatus { Submitted, Approved, Declined }
