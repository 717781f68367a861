using Q2C.Contracts;
using Q2C.Invoices;

namespace Q2C.Grains.BillingRuns;

/// <summary>
/// A draft in the currency of its invoice, where that is not the contract's. Items and adjustments stay in the contract's: it
/// is the lines that are converted, each once.
/// </summary>
internal static class InvoiceExchange
{
    private const int RateDigits = 9;

    public static InvoiceDraft Convert(InvoiceDraft draft, InvoiceCurrency? agreed)
    {
        if (agreed is null) return draft;
        var applied = agreed.On(draft.Date);
        return draft with
        {
            Currency = agreed.Currency,
            Exchange = applied,
            Retention = draft.Retention is { Amount: { } held } retention ? retention with { Amount = In(held) } : draft.Retention,
            Lines =
            [
                .. draft.Lines.Select(line => line with
                {
                    Net = In(line.Net),
                    Priced = line.Net,
                    Rate = decimal.Round(line.Rate * applied.Rate, RateDigits),
                    Cost = line.Cost is { } cost ? In(cost) : null,
                }),
            ],
        };

        Money In(Money amount) => Money.Round(amount.Amount * applied.Rate, agreed.Currency, draft.Routing.Rounding);
    }
}
