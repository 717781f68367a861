using Q2C.BillingRuns;
using Q2C.Contracts;
using Q2C.CreditMemos;
using Q2C.Intercompany;
using Q2C.Invoices;
using Q2C.Numbering;
using Q2C.Projects;
using Q2C.Quotes;
using Q2C.Revenues;

namespace Q2C.Silo.ReadModels;

/// <summary>The stages of an engagement, from quote to cash.</summary>
internal enum Stage { Quote, Activation, Delivery, Billing, Cash }

/// <summary>An event in plain language. <paramref name="System"/> is the connection that it came from or went to.</summary>
internal sealed record Told(Stage Stage, string Title, string? Detail = null, string? System = null, Money? Amount = null);

/// <summary>What each event means to the people of an engagement; null for bookkeeping that tells them nothing.</summary>
internal static class Story
{
    public static Told? Tell(string grain, Event @event) =>
        OfContract(@event) ?? OfProject(@event) ?? OfInvoice(@event) ?? OfRevenue(@event) ?? OfWorkItem(StageOf(grain), @event);

    private static Told? OfContract(Event @event) => @event switch
    {
        QuoteSubmitted { Quote.Offer: var offer } e => new(
            Stage.Quote, "Quote submitted", $"{offer.Name}: {Count(offer.Lines.Length, "line")} for {offer.Customer.Name}", offer.Connection),
        QuoteApproved e => new(Stage.Quote, "Quote approved", e.Note is null ? e.By : $"{e.By}: {e.Note}"),
        QuoteDeclined e => new(Stage.Quote, "Quote declined", $"{e.By}: {e.Reason}"),
        QuoteAccepted e => new(
            Stage.Quote, "Quote accepted", $"{e.Quote.Name}: {Count(e.Quote.Lines.Length, "line")} for {e.Quote.Customer.Name}",
            e.Quote.Connection),
        ContractCorrected e => new(Stage.Activation, "Contract corrected", e.Correction.Reason),
        ContractValidated e => new(
            Stage.Activation, "Contract validated", $"Legal entity {e.Routing.LegalEntity}, policies {e.PolicyVersion}"),
        StepAsked e => new(Stage.Activation, $"{Name(e.Step)}: asked for", Subject(e.Effect), e.Effect.Connection),
        StepConfirmed e => new(
            Stage.Activation, $"{Name(e.Step)}: confirmed", $"{e.Reference.Type} {e.Reference.Id}", e.Reference.System),
        StepCompleted { Skipped: true } e => new(Stage.Activation, $"{Name(e.Step)}: skipped by an operator"),
        StepCompleted e => new(Stage.Activation, $"{Name(e.Step)}: done"),
        BillingScheduled e => new(
            Stage.Activation, "Billing schedule made", Count(e.Entries.Length, "entry", "entries")),
        ContractActivated => new(Stage.Activation, "Engagement is running", "The project is open for work"),
        ContractAmended e => new(
            Stage.Delivery, "Contract amended", $"Version {e.Terms.Version} from {e.Terms.EffectiveFrom:yyyy-MM-dd}: {e.Reason}"),
        UpdateAsked e => new(Stage.Delivery, "Update sent", e.Purpose, e.Effect.Connection),
        CompensationStarted e => new(Stage.Activation, "Activation is being undone", e.Reason),
        StepUndone e => new(Stage.Activation, $"{Name(e.Step)}: undone"),
        ContractWithdrawn e => new(Stage.Activation, "Contract withdrawn", e.Reason),
        _ => null,
    };

    private static Told? OfProject(Event @event) => @event switch
    {
        ProjectOpened e => new(Stage.Delivery, "Project opened", e.Contract.Name),
        ItemAdded e => new(Stage.Delivery, $"{Name(e.Item)} received", Explain(e.Item), Amount: e.Item.Amount),
        ItemReplaced e => new(Stage.Delivery, $"{Name(e.Item)} corrected at its source", Explain(e.Item), Amount: e.Item.Amount),
        ItemRepriced e => new(
            Stage.Delivery, $"{Name(e.Item)} priced anew", $"{e.Cause}. {Explain(e.Item)}", Amount: e.Item.Amount),
        ItemWithdrawn e => new(Stage.Delivery, "Work taken back", $"{e.SourceId}: {e.Reason}"),
        ItemReversed e => new(Stage.Delivery, "Invoiced work reversed", Explain(e.Reversal), Amount: e.Reversal.Amount),
        DownPaymentAsked e => new(
            Stage.Billing, "Down payment due", e.Items[0].Explanation, Amount: e.Items.Skip(1).Aggregate(e.Items[0].Amount, (sum, item) => sum + item.Amount)),
        DownPaymentPaid => new(Stage.Cash, "Down payment paid"),
        PeriodCharged e => new(Stage.Billing, $"{Name(e.Item)} due", Explain(e.Item), Amount: e.Item.Amount),
        RetainerToppedUp e => new(Stage.Billing, "Prepaid", $"{e.TopUp.Quantity:0.##} more to draw from, {e.TopUp.Id}", Amount: e.TopUp.Value),
        RetainerDrawn e => new(Stage.Delivery, "Drawn from what is prepaid", Explain(e.Item), Amount: e.Item.Amount),
        RetainerExpired e => new(
            Stage.Billing, e.CarriedInto is null ? "Prepaid expired" : "Prepaid carried over", $"{e.Quantity:0.##} of {e.TopUpId} left on {e.LastDay:yyyy-MM-dd}",
            Amount: e.Value),
        RetainerPaid e => new(Stage.Cash, "Invoice paid from what is prepaid", e.Number, Amount: e.Amount),
        RetainerReturned e => new(Stage.Cash, "Prepaid money back in its retainer", e.Settlement, Amount: e.Amount),
        WorkRefused e => new(
            Stage.Delivery, "Work could not be taken", $"{e.Record.SourceId}: {string.Join(" ", e.Problems.Select(problem => problem.Message))}"),
        WorkHeld e => new(Stage.Delivery, "Work waits", $"{e.Record.SourceId}: {e.Reason}", e.Connection),
        WorkRetracted e => new(Stage.Delivery, "Work taken back", $"{e.SourceId}: {e.Reason}"),
        WorkStale e => new(
            Stage.Delivery, "Older version of work ignored",
            $"{e.SourceId}: version {e.SourceVersion} came after version {e.AppliedVersion}"),
        CapWarned e => new(
            Stage.Delivery, $"Not-to-exceed cap at {e.Percent} %", $"Work worth {e.Value} against a cap of {e.Cap}", Amount: e.Cap),
        ItemsReserved e => new(
            Stage.Billing, "Work set aside for billing", Count(e.Items.Length, "item"), Amount: Sum(e)),
        ItemsReleased e => new(Stage.Billing, "Work released from billing", e.Reason),
        ProjectClosed e => new(Stage.Delivery, "Project closed", e.Reason),
        ProjectReopened e => new(Stage.Delivery, "Project opened again", e.Reason),
        _ => null,
    };

    private static Told? OfInvoice(Event @event) => @event switch
    {
        InvoiceDrafted e => new(
            Stage.Billing, "Invoice drafted", $"{Count(e.Draft.Lines.Length, "line")} before tax", Amount: e.Draft.Net),
        InvoiceTaxed { Estimated: true } e => new(
            Stage.Billing, "Tax estimated", $"The tax engine does not answer. Tax {e.Tax}, total {e.Total}", Amount: e.Total),
        IntercompanyMirrored { Document: var document } => new(
            Stage.Billing, document.IsCredit ? "Intercompany credit" : "Intercompany invoice",
            $"{document.Deliverer} gets {document.Percent:0.##} % of {document.DocumentNumber} from {document.Seller}", Amount: document.Amount),
        IntercompanyStepAsked e => new(Stage.Billing, "Intercompany document in ERP: asked for", null, e.Effect.Connection),
        IntercompanyStepConfirmed e => new(Stage.Billing, "Intercompany document in ERP: confirmed", e.ExternalId),
        ReviewStarted e => new(Stage.Billing, "Draft in review", $"Goes on by itself on {e.Until:yyyy-MM-dd}"),
        InvoiceFinalized e => new(Stage.Billing, "Review of the draft is over", e.Reason is null ? null : $"{e.By}: {e.Reason}"),
        InvoiceRefreshed e => new(Stage.Billing, "Draft made anew", $"{Count(e.Draft.Lines.Length, "line")} before tax", Amount: e.Draft.Net),
        InvoiceLineOverridden e => new(Stage.Billing, "Line set by a person", $"{e.By}: {e.Line.Description}. {e.Reason}", Amount: e.Line.Net),
        RefreshRefused e => new(Stage.Billing, "Draft stays as it was", e.Why),
        TaxTruedUp e => new(Stage.Billing, "Estimated tax trued up", $"Estimated {e.Estimated}, owed {e.Tax}", Amount: e.Difference),
        DocumentNumbered e => new(Stage.Billing, "Number given", e.Number),
        BillingHeld e => new(Stage.Billing, "Billing held", $"{e.Hold.By}: {e.Hold.Reason}"),
        BillingHoldReleased e => new(Stage.Billing, "Hold of billing released", $"{e.By}: {e.Reason}"),
        ReceivableWriteOffProposed e => new(
            Stage.Cash, "Write-off waits for a second person", $"{e.WriteOff.By}: {e.WriteOff.Reason}", Amount: e.WriteOff.Amount),
        ReceivableWriteOffDeclined e => new(Stage.Cash, "Write-off declined", $"{e.By}: {e.Reason}"),
        InvoiceTaxed e => new(Stage.Billing, "Tax calculated", $"Tax {e.Tax}, total {e.Total}", Amount: e.Total),
        ApprovalRequired e => new(Stage.Billing, "Approval needed", $"Above {e.Threshold}: a second person decides"),
        InvoiceApproved e => new(Stage.Billing, "Invoice approved", e.Note is null ? e.By : $"{e.By}: {e.Note}"),
        InvoiceCorrected e => new(Stage.Billing, "Invoice corrected", $"{e.By}: {e.Correction.Reason}"),
        InvoiceStepAsked { Step: InvoiceStep.PaymentPosting } e => new(
            Stage.Cash, "Payment sent to the ledger", Subject(e.Effect), e.Effect.Connection),
        InvoiceStepAsked e => new(Stage.Billing, $"{Name(e.Step)}: asked for", Subject(e.Effect), e.Effect.Connection),
        InvoiceStepConfirmed e => new(
            e.Step == InvoiceStep.PaymentPosting ? Stage.Cash : Stage.Billing, $"{Name(e.Step)}: confirmed", e.ExternalId),
        InvoiceIssued { Total.Minor: < 0 } e => new(Stage.Billing, "Credit memo issued", $"{e.Number}, of corrections", Amount: e.Total),
        InvoiceIssued e => new(
            Stage.Billing, "Invoice issued", $"{e.Number}, due {e.DueDate:yyyy-MM-dd}", Amount: e.Total),
        InvoiceRejected e => new(Stage.Billing, "Invoice rejected", $"{e.By}: {e.Reason}"),
        PaymentHeld e => new(
            Stage.Cash, "Payment waits for its invoice", e.Payment.Reference, e.Payment.Connection, e.Payment.Amount),
        PaymentApplied e => new(
            Stage.Cash, e.Outstanding.IsZero ? "Invoice paid in full" : "Payment received",
            e.Outstanding.IsZero ? e.Payment.Reference : $"{e.Outstanding} still open", e.Payment.Connection, e.Applied),
        InvoiceDisputed e => new(Stage.Cash, "Invoice disputed", e.Reason, Amount: e.Amount),
        DisputeEnded e => new(Stage.Cash, e.Credited ? "Dispute ended by a credit" : "Dispute released", e.Reason),
        SettlementApplied e => new(Stage.Cash, Name(e.Settlement.Kind), e.Settlement.Reason ?? $"{e.Outstanding} still open", Amount: e.Applied),
        CreditMemoDrafted e => new(Stage.Billing, "Credit memo prepared", e.Memo.Reason, Amount: e.Memo.Total),
        CreditApprovalRequired e => new(Stage.Billing, "Approval of the credit needed", $"Above {e.Threshold}: a second person decides"),
        CreditMemoApproved e => new(Stage.Billing, "Credit memo approved", e.Note is null ? e.By : $"{e.By}: {e.Note}"),
        CreditMemoIssued e => new(Stage.Billing, "Credit memo issued", $"{e.Number} for invoice {e.Memo.InvoiceNumber}", Amount: e.Total),
        CreditMemoRejected e => new(Stage.Billing, "Credit memo rejected", $"{e.By}: {e.Reason}"),
        _ => null,
    };

    private static Told? OfRevenue(Event @event) => @event switch
    {
        EntryPosted { Entry: var entry } => new(
            Stage.Billing, Name(entry.Cause), $"{entry.Text}, dated {entry.Date:yyyy-MM-dd}", Amount: Debits(entry)),
        EstimateRevised e => new(Stage.Delivery, "Estimate revised", e.Reason),
        JournalAsked e => new(Stage.Billing, "Journal sent to the ledger", e.EntryId, e.Effect.Connection),
        JournalConfirmed e => new(Stage.Billing, "Journal in ERP: confirmed", e.ExternalId),
        _ => null,
    };

    private static string Name(SettlementKind kind) => kind switch
    {
        SettlementKind.CreditMemo => "Credit memo applied",
        SettlementKind.CustomerMoney => "Customer's money applied",
        SettlementKind.EarlyPaymentDiscount => "Early-payment discount given",
        SettlementKind.WriteOff => "Receivable written off",
        SettlementKind.WriteOffReversed => "Write-off taken back",
        SettlementKind.Refund => "Payment paid back",
        SettlementKind.Prepaid => "Paid from a retainer",
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    private static Told? OfWorkItem(Stage stage, Event @event) => @event switch
    {
        ExceptionRaised { Item: var item } => new(
            stage, $"Paused at: {item.Step}", $"{item.Message} {item.Remedy}", item.Connection, item.Held),
        ExceptionResolved e => new(
            stage, $"Exception {e.Resolution}", e.Reason is null ? e.By : $"{e.By}: {e.Reason}"),
        _ => null,
    };

    private static Stage StageOf(string grain) => Ids.KindOf(grain) switch
    {
        Ids.Project => Stage.Delivery,
        Ids.Invoice or Ids.Revenue or Ids.Intercompany => Stage.Billing,
        _ => Stage.Activation,
    };

    private static string Name(ActivationStep step) => step switch
    {
        ActivationStep.Validation => "Validation",
        ActivationStep.ErpCustomer => "Customer in ERP",
        ActivationStep.ErpContract => "Contract in ERP",
        ActivationStep.ErpJob => "Job in ERP",
        ActivationStep.PsaProject => "Project in PSA",
        ActivationStep.PsaMilestones => "Milestone in PSA",
        ActivationStep.PsaTasks => "Task in PSA",
        ActivationStep.PsaRoles => "Role in PSA",
        ActivationStep.BillingSchedule => "Billing schedule",
        ActivationStep.Publication => "Publication",
        _ => step.ToString(),
    };

    private static string Name(InvoiceStep step) => step switch
    {
        InvoiceStep.Tax => "Tax calculation",
        InvoiceStep.Posting => "Invoice in ERP",
        InvoiceStep.TaxCommit => "Tax document made final",
        InvoiceStep.TaxVoid => "Tax document voided",
        InvoiceStep.PaymentRequest => "Payment request",
        InvoiceStep.PsaReport => "Billing status in PSA",
        InvoiceStep.PaymentPosting => "Payment in ERP",
        _ => step.ToString(),
    };

    private static string Name(EntryCause cause) => cause switch
    {
        EntryCause.Invoice => "Invoice set off against revenue",
        EntryCause.Recognition => "Revenue recognised",
        EntryCause.PriceChange => "Revenue caught up after a change order",
        EntryCause.Credit => "Revenue reversed by a credit memo",
        EntryCause.Breakage => "Unused prepayment recognised",
        EntryCause.Cost => "Cost recorded",
        EntryCause.Reversal => "Entry taken back",
        EntryCause.Reclassification => "Entry made anew",
        EntryCause.Prepaid => "Prepayment used for an invoice",
        _ => cause.ToString(),
    };

    private static Money Debits(LedgerEntry entry) => entry.Lines.Where(line => line.Amount.Minor > 0)
        .Aggregate(Money.Zero(entry.Currency), (sum, line) => sum + line.Amount);

    private static string Name(BillableItem item) => item.Kind switch
    {
        ItemKind.Time => "Time",
        ItemKind.Expense => "Expense",
        ItemKind.Milestone => "Milestone",
        ItemKind.Period => "Period",
        ItemKind.Usage => "Usage",
        _ => "Adjustment",
    };

    private static string Explain(BillableItem item) => $"{item.Description}: {item.Explanation}";

    private static string? Subject(EffectRequest effect) => effect.Operation switch
    {
        UpsertErpCustomer operation => operation.Name,
        UpsertErpContract operation => operation.Name,
        UpsertErpJob operation => operation.Name,
        EnsurePsaProject operation => operation.Name,
        EnsurePsaMilestone operation => operation.Name,
        EnsurePsaTask operation => operation.Name,
        EnsurePsaRole operation => operation.Role,
        RecordErpPayment operation => operation.Reference,
        _ => null,
    };

    private static Money? Sum(ItemsReserved e) =>
        e.Items.IsEmpty ? null : e.Items.Aggregate(Money.Zero(e.Items[0].Amount.Currency), (sum, item) => sum + item.Amount);

    private static string Count(int count, string one, string? many = null) => count == 1 ? $"1 {one}" : $"{count} {many ?? one + "s"}";
}
