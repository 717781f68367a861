using Q2C.Invoices;

namespace Q2C.Grains.Invoices;

/// <summary>What an invoice asks of tax engine, ERP, payment system and PSA.</summary>
internal static class InvoiceErrands
{
    private const string PaymentPrefix = "payment-posting/";
    private const string PsaPrefix = "psa-report/";

    public static string Key(InvoiceStep step) => step switch
    {
        InvoiceStep.Tax => "tax",
        InvoiceStep.Posting => "posting",
        InvoiceStep.TaxCommit => "tax-commit",
        InvoiceStep.TaxVoid => "tax-void",
        InvoiceStep.PaymentRequest => "payment-request",
        InvoiceStep.PsaReport => "psa-report",
        _ => throw new ArgumentOutOfRangeException(nameof(step), step, "Payments are posted one by one."),
    };

    public static string PaymentKey(string paymentId) => PaymentPrefix + paymentId;

    /// <summary>The PSA hears of each project by itself; the first one has the plain key.</summary>
    public static string PsaKey(InvoiceDraft draft, string projectId) =>
        projectId == draft.ProjectId ? Key(InvoiceStep.PsaReport) : PsaPrefix + projectId;

    public static InvoiceStep StepOf(string key) => key.StartsWith(PaymentPrefix, StringComparison.Ordinal)
        ? InvoiceStep.PaymentPosting
        : key.StartsWith(PsaPrefix, StringComparison.Ordinal)
        ? InvoiceStep.PsaReport
        : Enum.GetValues<InvoiceStep>().First(step => step != InvoiceStep.PaymentPosting && Key(step) == key);

    public static StuckStep Describe(InvoiceStep step, Money held) => step switch
    {
        InvoiceStep.Tax => new("Tax", Roles.Finance, held),
        InvoiceStep.Posting => new("Invoice in ERP", Roles.Finance, held),
        InvoiceStep.TaxCommit => new("Commit of the tax document", Roles.Finance),
        InvoiceStep.TaxVoid => new("Void of the tax document", Roles.Finance),
        InvoiceStep.PaymentRequest => new("Payment request", Roles.Finance, held),
        InvoiceStep.PsaReport => new("Billing status in PSA", Roles.Delivery),
        InvoiceStep.PaymentPosting => new("Payment in ERP", Roles.Finance, held),
        _ => throw new ArgumentOutOfRangeException(nameof(step)),
    };

    public static InvoiceStepAsked Tax(InvoiceHead head, DateTimeOffset now)
    {
        var draft = head.Draft;
        return Ask(head, InvoiceStep.Tax, draft.Routing.Tax, now, new RecordTax(draft.ForTax()));
    }

    public static InvoiceStepAsked Posting(InvoiceHead head, Taxes taxes, DateTimeOffset now)
    {
        var draft = head.Draft;
        var taxOf = taxes.Lines.ToDictionary(line => line.LineId, line => line.Tax);
        if (taxes.Total.Minor < 0)
            return Ask(head, InvoiceStep.Posting, draft.Routing.Erp, now, new PostErpCreditMemo(new(
                draft.InvoiceId, null, null, draft.CustomerId, draft.Routing.LegalEntity, draft.Currency, draft.Date,
                "Corrections of what was invoiced before", draft.Customer.BillTo,
                [.. draft.Lines.Select(line => new CreditMemoDocumentLine(
                    line.Id, line.Service, line.Description, -line.Net, line.TaxCategory, -taxOf[line.Id]))],
                -draft.Net, -taxes.Tax, -taxes.Total, head.Ticket?.Number)));
        return Ask(head, InvoiceStep.Posting, draft.Routing.Erp, now, new PostErpInvoice(new(
            draft.InvoiceId, draft.CustomerId, draft.ContractId, draft.ProjectId, draft.Routing.LegalEntity, draft.Currency,
            draft.Date, DueDate(draft), draft.PurchaseOrder, draft.Customer.BillTo,
            [.. draft.Lines.Select(line => new InvoiceDocumentLine(
                line.Id, line.Service, line.Description, line.Quantity, line.Rate, line.Net, line.TaxCategory, taxOf[line.Id],
                line.Priced))],
            draft.Net, taxes.Tax, taxes.Total, head.Ticket?.Number, draft.Exchange, draft.Exchange is null ? null : draft.Priced)));
    }

    public static InvoiceStepAsked TaxCommit(InvoiceHead head, DateTimeOffset now) =>
        Ask(head, InvoiceStep.TaxCommit, head.Draft.Routing.Tax, now, new CommitTax(head.Draft.InvoiceId));

    public static InvoiceStepAsked TaxVoid(InvoiceHead head, string reason, DateTimeOffset now) =>
        Ask(head, InvoiceStep.TaxVoid, head.Draft.Routing.Tax, now, new VoidTax(head.Draft.InvoiceId, reason));

    public static InvoiceStepAsked PaymentRequest(InvoiceState.Issued issued, DateTimeOffset now)
    {
        var draft = issued.Head.Draft;
        return Ask(issued.Head, InvoiceStep.PaymentRequest, draft.Routing.Payments, now, new RequestPayment(
            draft.InvoiceId, draft.CustomerId, draft.Customer.Name, draft.Customer.Email, issued.Number, issued.Outstanding,
            issued.DueDate));
    }

    public static InvoiceStepAsked PsaReport(InvoiceState.Issued issued, string projectId, DateTimeOffset now)
    {
        var draft = issued.Head.Draft;
        var lines = draft.Lines.Where(line => (line.ProjectId ?? draft.ProjectId) == projectId);
        return new(
            InvoiceStep.PsaReport,
            issued.Head.Errands.Request(PsaKey(draft, projectId), draft.Routing.Psa, draft.InvoiceId, new ReportPsaBilling(
                projectId, draft.InvoiceId, issued.Number, "invoiced",
                [.. lines.SelectMany(line => line.Items).Select(item => item.SourceId).Distinct()])),
            now);
    }

    public static InvoiceStepAsked PaymentPosting(
        InvoiceHead head, RecordPayment payment, Money applied, DateTimeOffset now, Money? gain = null) => new(
        InvoiceStep.PaymentPosting,
        head.Errands.Request(PaymentKey(payment.PaymentId), head.Draft.Routing.Erp, head.Draft.InvoiceId, new RecordErpPayment(
            payment.PaymentId, head.Draft.InvoiceId, head.Draft.CustomerId, payment.Amount, applied, payment.Date, payment.Reference,
            payment.Foreign?.Paid, gain)),
        now);

    /// <summary>When the last instalment is due.</summary>
    public static DateOnly DueDate(InvoiceDraft draft) => Terms(draft).Parts[^1].Due.On(draft.Date);

    public static PaymentTerms Terms(InvoiceDraft draft) => draft.Routing.Terms ?? PaymentTerms.Days(draft.Routing.PaymentDays);

    private static InvoiceStepAsked Ask(
        InvoiceHead head, InvoiceStep step, string connection, DateTimeOffset now, Operation operation) =>
        new(step, head.Errands.Request(Key(step), connection, head.Draft.InvoiceId, operation), now);
}
