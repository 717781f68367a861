using Q2C.Quotes;

namespace Q2C.Silo.ReadModels;

internal sealed record OfferRow(
    string Id, string ContractId, QuoteStatus Status, string Name, string Source, string QuoteId, string OpportunityId,
    string CustomerId, string CustomerName, string LegalEntity, string Currency, DateOnly StartDate, DateOnly? EndDate,
    DateOnly? ValidUntil, string SubmittedBy, DateTimeOffset SubmittedAt, string? DecidedBy, DateTimeOffset? DecidedAt,
    string? Reason) : ReadRow(Id);

/// <summary>Quotes that were submitted here, with what was decided. Those that a CRM decided are known by their contracts.</summary>
internal sealed class OffersModel() : Fold<OfferRow>("offer")
{
    protected override IEnumerable<string> Keys(Fact fact) => Ids.Is(fact.Grain, Ids.Quote) ? [fact.Grain] : [];

    protected override OfferRow? Next(OfferRow? row, string key, Fact fact, Batch batch) => fact.Event switch
    {
        QuoteSubmitted { Quote: { Offer: var offer } quote } e => new(
            key, e.ContractId, QuoteStatus.Submitted, offer.Name, offer.Connection, offer.QuoteId, offer.OpportunityId,
            offer.CustomerId, offer.Customer.Name, offer.LegalEntity, offer.Currency, offer.Start, offer.End, quote.ValidUntil,
            e.By, e.At, DecidedBy: null, DecidedAt: null, Reason: null),
        QuoteApproved e => Existing(row, fact) with
        {
            Status = QuoteStatus.Approved, DecidedBy = e.By, DecidedAt = e.At, Reason = e.Note,
        },
        QuoteDeclined e => Existing(row, fact) with
        {
            Status = QuoteStatus.Declined, DecidedBy = e.By, DecidedAt = e.At, Reason = e.Reason,
        },
        _ => null,
    };
}
