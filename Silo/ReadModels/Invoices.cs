using System.Collections.Immutable;
using Q2C.Invoices;

namespace Q2C.Silo.ReadModels;

internal sealed record InvoiceRow(
    string Id, InvoiceStatus Status, string? Number, string RunId, string ProjectId, string ContractId, string CustomerId,
    string CustomerName, string LegalEntity, string Currency, DateOnly Date, DateOnly? DueDate, long NetMinor, long? TaxMinor,
    long? TotalMinor, long? OutstandingMinor, string PreparedBy, string? ApprovedBy, ImmutableArray<InvoiceLine> Lines,
    ImmutableArray<TaxAnswerLine> TaxLines, ImmutableArray<PaymentLine> Payments, DateTimeOffset DraftedAt,
    DateTimeOffset? IssuedAt, DateTimeOffset UpdatedAt, long CreditedMinor = 0, long WrittenOffMinor = 0, bool Disputed = false,
    bool TaxEstimated = false, string? ErpNumber = null, DateOnly? ReviewUntil = null, Money? Bill = null, AppliedRate? Exchange = null,
    Money? Priced = null) : ReadRow(Id);

/// <param name="Foreign">What was received, where it was in another currency.</param>
/// <param name="Gain">Realised on it; below zero for a loss.</param>
/// <param name="Excess">What was paid beyond what was owed; it became the customer's credit.</param>
internal sealed record PaymentLine(
    string PaymentId, string Connection, DateOnly Date, string Reference, Money Amount, Money Applied, Money Excess, DateTimeOffset At,
    Money? Foreign = null, Money? Gain = null);

/// <summary>Invoices with their lines, tax and payments.</summary>
internal sealed class InvoicesModel() : Fold<InvoiceRow>("invoice")
{
    protected override IEnumerable<string> Keys(Fact fact) => Ids.Is(fact.Grain, Ids.Invoice) ? [fact.Grain] : [];

    protected override InvoiceRow? Next(InvoiceRow? row, string key, Fact fact, Batch batch) => fact.Event switch
    {
        InvoiceDrafted e => Drafted(e),
        _ when row is null => null,
        InvoiceStepAsked { Step: InvoiceStep.Tax } => row with { Status = InvoiceStatus.Taxing, UpdatedAt = fact.At },
        InvoiceStepAsked { Step: InvoiceStep.Posting } => row with { Status = InvoiceStatus.Posting, UpdatedAt = fact.At },
        InvoiceTaxed e => row with
        {
            TaxMinor = e.Tax.Minor, TotalMinor = e.Total.Minor, TaxLines = e.Lines, TaxEstimated = e.Estimated ?? false, UpdatedAt = fact.At,
        },
        TaxTruedUp => row with { TaxEstimated = false, UpdatedAt = fact.At },
        ReviewStarted e => row with { ReviewUntil = e.Until, UpdatedAt = fact.At },
        InvoiceFinalized => row with { ReviewUntil = null, UpdatedAt = fact.At },
        InvoiceRefreshed e => row with { Lines = e.Draft.Lines, NetMinor = e.Draft.Net.Minor, Priced = e.Draft.Exchange is null ? null : e.Draft.Priced, UpdatedAt = fact.At },
        InvoiceLineOverridden e => Overridden(row, e) with { UpdatedAt = fact.At },
        ApprovalRequired => row with { Status = InvoiceStatus.AwaitingApproval, UpdatedAt = fact.At },
        InvoiceApproved e => row with { ApprovedBy = e.By, UpdatedAt = fact.At },
        InvoiceIssued e => row with
        {
            Status = InvoiceStatus.Issued, Number = e.Number, Date = e.Date, DueDate = e.DueDate, TaxMinor = e.Tax.Minor,
            TotalMinor = e.Total.Minor, OutstandingMinor = e.Total.Minor, IssuedAt = e.At, ErpNumber = e.ErpNumber, UpdatedAt = fact.At,
        },
        InvoiceRejected => row with { Status = InvoiceStatus.Rejected, UpdatedAt = fact.At },
        PaymentApplied e => Paid(row, e) with { UpdatedAt = fact.At },
        SettlementApplied e => Settled(row, e) with { UpdatedAt = fact.At },
        InvoiceDisputed => row with { Disputed = true, UpdatedAt = fact.At },
        DisputeEnded => row with { Disputed = false, UpdatedAt = fact.At },
        _ => row with { UpdatedAt = fact.At },
    };

    private static InvoiceRow Drafted(InvoiceDrafted e) => new(
        e.Draft.InvoiceId, InvoiceStatus.Draft, Number: null, e.Draft.RunId, e.Draft.ProjectId, e.Draft.ContractId,
        e.Draft.CustomerId, e.Draft.Customer.Name, e.Draft.Routing.LegalEntity, e.Draft.Currency, e.Draft.Date, DueDate: null,
        e.Draft.Net.Minor, TaxMinor: null, TotalMinor: null, OutstandingMinor: null, e.Draft.PreparedBy, ApprovedBy: null,
        e.Draft.Lines, TaxLines: [], Payments: [], e.At, IssuedAt: null, e.At, Bill: e.Draft.Bill, Exchange: e.Draft.Exchange,
        Priced: e.Draft.Exchange is null ? null : e.Draft.Priced);

    private static InvoiceRow Overridden(InvoiceRow row, InvoiceLineOverridden e)
    {
        var lines = row.Lines.Replace(row.Lines.Single(line => line.Id == e.Line.Id), e.Line);
        return row with { Lines = lines, NetMinor = lines.Sum(line => line.Net.Minor) };
    }

    private static InvoiceRow Paid(InvoiceRow row, PaymentApplied e) => row with
    {
        Status = StatusOf(row with { OutstandingMinor = e.Outstanding.Minor }),
        OutstandingMinor = e.Outstanding.Minor,
        Payments = row.Payments.Add(new(
            e.Payment.PaymentId, e.Payment.Connection, e.Payment.Date, e.Payment.Reference, e.Payment.Amount, e.Applied,
            e.Excess, e.At, e.Payment.Foreign?.Paid, e.Gain)),
    };

    private static InvoiceRow Settled(InvoiceRow row, SettlementApplied e)
    {
        var next = row with
        {
            OutstandingMinor = e.Outstanding.Minor,
            CreditedMinor = row.CreditedMinor + (e.Settlement.Kind == SettlementKind.CreditMemo ? e.Settlement.Amount.Minor : 0),
            WrittenOffMinor = row.WrittenOffMinor
                + (e.Settlement.Kind is SettlementKind.WriteOff or SettlementKind.WriteOffReversed ? e.Applied.Minor : 0),
        };
        return next with { Status = StatusOf(next) };
    }

    private static InvoiceStatus StatusOf(InvoiceRow row) => row switch
    {
        { TotalMinor: < 0 } => InvoiceStatus.Issued,
        _ when row.CreditedMinor != 0 && row.CreditedMinor == row.TotalMinor => InvoiceStatus.Credited,
        { OutstandingMinor: 0, WrittenOffMinor: 0 } => InvoiceStatus.Paid,
        { OutstandingMinor: 0 } => InvoiceStatus.WrittenOff,
        _ when row.OutstandingMinor == row.TotalMinor => InvoiceStatus.Issued,
        _ => InvoiceStatus.PartiallyPaid,
    };
}
