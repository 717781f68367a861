using System.Collections.Immutable;
using Q2C.Grains.Billing.Receivables;
using Q2C.Invoices;
using static Q2C.Grains.Invoices.InvoiceState;

namespace Q2C.Grains.Invoices;

/// <summary>
/// Money of another currency for an invoice. What is owed, at the agreed rate, and what came are matched in the foreign
/// currency; what both are worth in the books differs by a realised gain or loss.
/// </summary>
internal static class ForeignPayments
{
    public static ImmutableArray<Problem> ProblemsOf(InvoiceHead head, RecordForeignPayment c, Actor actor) =>
    [
        .. OperatorRules.MayReport(actor, InvoiceRules.Cashiers),
        .. c.Paid.Currency == head.Draft.Currency || !Currencies.IsKnown(c.Paid.Currency)
            ? [new(InvoiceProblems.ForeignCurrencyNeeded, "paid", $"The money is in '{c.Paid.Currency}', the invoice in '{head.Draft.Currency}'.",
                "Record money of the invoice's currency as a payment; name the currency by its ISO 4217 code.")]
            : (Problem[])[],
        .. c.Paid.Minor <= 0
            ? [new(InvoiceProblems.PaymentNotPositive, "paid", $"The payment is of {c.Paid.Minor} minor units.", "Record money received; what is paid back is a refund.")]
            : (Problem[])[],
        .. ProblemsOf(c.Booked, "booked"), .. c.Agreed is { } agreed ? ProblemsOf(agreed, "agreed") : [],
    ];

    /// <summary>The payment with what it is worth in the currency of the invoice.</summary>
    public static RecordPayment Convert(InvoiceDraft draft, RecordForeignPayment c) => new(
        c.PaymentId, c.Connection, Money.Round(c.Paid.Amount * c.Booked.Rate, draft.Currency, draft.Routing.Rounding), c.Date, c.Reference,
        new(c.Paid, c.Agreed ?? c.Booked, c.Booked));

    /// <summary>What is beyond what is owed becomes the customer's, at what it is worth in the books.</summary>
    public static ImmutableArray<Event> Pay(Issued state, RecordPayment payment, ForeignMoney foreign, DateTimeOffset now)
    {
        var draft = state.Head.Draft;
        var settles = Money.Round(foreign.Paid.Amount * foreign.Agreed.Rate, draft.Currency, draft.Routing.Rounding);
        var recovered = InvoiceSettlement.Recover(state, settles, payment.Date, payment.PaymentId, now);
        var outstanding = state.Outstanding + InvoiceSettlement.Recovered(recovered, draft.Currency);
        var owed = Money.Round(outstanding.Amount / foreign.Agreed.Rate, foreign.Paid.Currency, draft.Routing.Rounding);
        var match = owed.IsZero
            ? new(outstanding, owed, Money.Zero(outstanding.Currency), new(outstanding, owed), new(payment.Amount, foreign.Paid))
            : ForeignMatching.Match(new(outstanding, owed), new(payment.Amount, foreign.Paid), draft.Routing.Rounding);
        var (applied, excess) = (outstanding - match.ReceivableLeft.Company, match.PaymentLeft.Company);
        return
        [
            .. recovered,
            new PaymentApplied(
                draft.InvoiceId, draft.ContractId, draft.CustomerId, payment, applied, excess, outstanding - applied,
                Postings.Of(
                    (Accounts.Cash, payment.Amount), (Accounts.Receivable, -applied), (Accounts.CustomerCredit, -excess),
                    (Accounts.ExchangeGainLoss, -match.Gain)),
                now, draft.Routing.LegalEntity, InvoiceSettlement.Contracts(draft) is { Length: > 1 } several ? several : null,
                InvoiceSettlement.WaitingProjects(draft), match.Gain.IsZero ? null : match.Gain),
            .. InvoiceSettlement.EarlyDiscount(state, outstanding - applied, payment, now),
        ];
    }

    private static IEnumerable<Problem> ProblemsOf(AppliedRate rate, string path)
    {
        if (rate.Rate <= 0 || string.IsNullOrWhiteSpace(rate.Source))
            yield return new(InvoiceProblems.ExchangeRateInvalid, path, $"A rate of {rate.Rate} by '{rate.Source}' converts nothing that could be checked.",
                "Give the rate for one unit of the money received, the day it is of, and who gave it.");
    }
}
