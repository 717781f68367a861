using System.Collections.Immutable;
using Q2C.CreditMemos;
using Q2C.Customers;
using Q2C.Intercompany;
using Q2C.Invoices;
using Q2C.Revenues;

namespace Q2C.Silo.ReadModels;

/// <param name="Cause">Of an entry its cause; <c>document</c> for what an invoice, a credit memo, a payment or a settlement posts.</param>
internal sealed record LedgerLineRow(
    string Id, string ContractId, string EntryId, string LegalEntity, string Account, string Currency, long AmountMinor,
    string? ContractLineId, string? CostCentre, DateOnly Date, string Cause, DateTimeOffset KnownAt) : ReadRow(Id);

/// <summary>Every posting, with the day it is dated and the moment it became known.</summary>
internal sealed class LedgerModel() : Fold<LedgerLineRow>("ledger_line")
{
    private const string Document = "document";

    protected override IEnumerable<string> Keys(Fact fact) => Lines(fact).Select(line => line.Id);

    protected override LedgerLineRow? Next(LedgerLineRow? row, string key, Fact fact, Batch batch) =>
        Lines(fact).Single(line => line.Id == key);

    private static ImmutableArray<LedgerLineRow> Lines(Fact fact) => fact.Event switch
    {
        EntryPosted { Entry: var entry } e =>
        [
            .. entry.Lines.Select((line, i) => new LedgerLineRow(
                Key(fact, i), e.ContractId, entry.Id, entry.LegalEntity, line.Account, entry.Currency, line.Amount.Minor,
                line.ContractLineId, line.CostCentre, entry.Date, ReadModelJson.Name(entry.Cause), fact.At)),
        ],
        InvoiceIssued e => Posted(fact, e.ContractId, e.LegalEntity, e.Date, e.Postings),
        PaymentApplied e => Posted(fact, e.ContractId, e.LegalEntity, e.Payment.Date, e.Postings),
        CreditMemoIssued e => Posted(
            fact, e.Memo.Contracts is [var first, ..] ? first : "", e.Memo.Routing.LegalEntity, e.Memo.Date, e.Postings),
        IntercompanyMirrored { Document: var document } e =>
        [
            .. Posted(fact, document.ContractId, document.Seller, document.Date, e.SellerPostings),
            .. Posted(fact, document.ContractId, document.Deliverer, document.Date, e.DelivererPostings, e.SellerPostings.Length),
        ],
        TaxTruedUp e => Posted(fact, e.ContractId ?? "", e.LegalEntity, e.Date ?? DateOnly.FromDateTime(e.At.UtcDateTime), e.Postings),
        SettlementApplied e => Posted(fact, e.Contracts is [var first, ..] ? first : "", e.LegalEntity, e.Settlement.Date, e.Postings),
        CustomerPaymentReceived e => Posted(fact, "", e.Payment.LegalEntity, e.Payment.Date, e.Postings),
        CustomerRefunded e => Posted(fact, "", e.Refund.LegalEntity, e.Refund.Date, e.Postings),
        _ => [],
    };

    private static ImmutableArray<LedgerLineRow> Posted(
        Fact fact, string contract, string? entity, DateOnly date, ImmutableArray<Posting> postings, int first = 0) =>
    [
        .. postings.Select((posting, i) => new LedgerLineRow(
            Key(fact, first + i), contract, fact.Grain, entity ?? "", posting.Account, posting.Amount.Currency, posting.Amount.Minor,
            ContractLineId: null, CostCentre: null, date, Document, fact.At)),
    ];

    private static string Key(Fact fact, int line) => $"{fact.Grain}@{fact.Version}/{fact.Ordinal}/{line}";
}

internal sealed record ExpectedMonthRow(
    string Id, string ContractId, DateOnly MadeAt, DateOnly Month, string Currency, long BillingMinor, long RevenueMinor,
    long CashMinor) : ReadRow(Id);

/// <summary>Forecasts, one row per month that was looked at; a period that is recognised again is seen anew.</summary>
internal sealed class ForecastModel() : Fold<ExpectedMonthRow>("expected_month")
{
    protected override IEnumerable<string> Keys(Fact fact) =>
        fact.Event is RevenueRecognized e ? e.Expected.Select(month => Key(fact, e, month)) : [];

    protected override ExpectedMonthRow? Next(ExpectedMonthRow? row, string key, Fact fact, Batch batch)
    {
        var e = (RevenueRecognized)fact.Event;
        var month = e.Expected.Single(one => Key(fact, e, one) == key);
        return new(
            key, batch.ContractOf(fact.Grain) ?? "", e.PeriodEnd, month.Month, month.Revenue.Currency, month.Billing.Minor,
            month.Revenue.Minor, month.Cash.Minor);
    }

    private static string Key(Fact fact, RevenueRecognized e, ExpectedMonth month) => $"{fact.Grain}/{e.PeriodEnd:O}/{month.Month:O}";
}
