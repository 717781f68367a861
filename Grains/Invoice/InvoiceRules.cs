using System.Collections.Immutable;
using Q2C.Invoices;
using Q2C.Numbering;
using Q2C.Policies;
using static Q2C.Grains.Invoices.InvoiceState;

namespace Q2C.Grains.Invoices;

/// <summary>The codes with which an invoice refuses a command. Listed in <c>docs/errors.md</c>.</summary>
public static class InvoiceProblems
{
    public const string NotAwaitingApproval = "NOT_AWAITING_APPROVAL";
    public const string ApproverIsPreparer = "APPROVER_IS_PREPARER";
    public const string InvoiceAlreadyIssued = "INVOICE_ALREADY_ISSUED";
    public const string PostingInProgress = "POSTING_IN_PROGRESS";
    public const string PaymentIdInvalid = "PAYMENT_ID_INVALID";
    public const string PaymentIdReused = "PAYMENT_ID_REUSED";
    public const string PaymentNotPositive = "PAYMENT_NOT_POSITIVE";
    public const string CurrencyMismatch = "CURRENCY_MISMATCH";
    public const string ForeignCurrencyNeeded = "FOREIGN_CURRENCY_NEEDED";
    public const string ExchangeRateInvalid = "EXCHANGE_RATE_INVALID";
    public const string NothingToCorrect = "NOTHING_TO_CORRECT";
    public const string CountryUnknown = "COUNTRY_UNKNOWN";
    public const string NotCorrectable = "EXCEPTION_NOT_CORRECTABLE";
    public const string NotRetryable = "EXCEPTION_NOT_RETRYABLE";
}

/// <summary>The codes with which an invoice refuses to be credited. Listed in <c>docs/errors.md</c>.</summary>
public static class CreditingProblems
{
    public const string InvoiceNotIssued = "INVOICE_NOT_ISSUED";
    public const string InvoiceLineUnknown = "INVOICE_LINE_UNKNOWN";
    public const string CreditBeforeInvoice = "CREDIT_BEFORE_INVOICE";
    public const string CreditLineDuplicate = "CREDIT_LINE_DUPLICATE";
    public const string CreditAmbiguous = "CREDIT_AMBIGUOUS";
    public const string CreditNotPositive = "CREDIT_NOT_POSITIVE";
    public const string CreditExceedsInvoice = "CREDIT_EXCEEDS_INVOICE";
    public const string ItemNotCreditable = "ITEM_NOT_CREDITABLE";
    public const string NothingToCredit = "NOTHING_TO_CREDIT";
    public const string CurrencyMismatch = InvoiceProblems.CurrencyMismatch;
}

/// <summary>The codes with which an issued invoice refuses to be written off or disputed. Listed in <c>docs/errors.md</c>.</summary>
public static class SettlementProblems
{
    public const string NothingOutstanding = "NOTHING_OUTSTANDING";
    public const string WriteOffExceedsOutstanding = "WRITE_OFF_EXCEEDS_OUTSTANDING";
    public const string NothingWrittenOff = "NOTHING_WRITTEN_OFF";
    public const string AlreadyDisputed = "INVOICE_DISPUTED";
    public const string NotDisputed = "INVOICE_NOT_DISPUTED";
    public const string NothingRetained = "NOTHING_RETAINED";
    public const string DueBeforeInvoice = "DUE_BEFORE_INVOICE";
    public const string WriteOffPending = "WRITE_OFF_PENDING";
    public const string NothingProposed = "NOTHING_PROPOSED";
    public const string ApproverIsPreparer = InvoiceProblems.ApproverIsPreparer;
}

/// <summary>The codes with which the estimate of a draft's tax is refused. Listed in <c>docs/errors.md</c>.</summary>
public static class TaxEstimateProblems
{
    public const string NotTaxing = "INVOICE_NOT_TAXING";
    public const string EngineAvailable = "TAX_ENGINE_AVAILABLE";
    public const string EstimateMissing = "TAX_ESTIMATE_MISSING";
}

/// <summary>The codes of work items that an invoice raises of itself or knows the meaning of.</summary>
public static class InvoiceExceptions
{
    /// <summary>A connector's refusal: the ERP has the invoice, with another total.</summary>
    public const string ErpTotalDiffers = "ERP_TOTAL_DIFFERS";

    public const string TaxAnswerIncomplete = "TAX_ANSWER_INCOMPLETE";
    public const string PostingAnswerIncomplete = "POSTING_ANSWER_INCOMPLETE";
    public const string PaymentWithoutInvoice = "PAYMENT_WITHOUT_INVOICE";
    public const string TaxEstimateDiffers = "TAX_ESTIMATE_DIFFERS";
    public const string TransferPriceMissing = "TRANSFER_PRICE_MISSING";
    public const string TransferCostMissing = "TRANSFER_COST_MISSING";

    /// <summary>The refusal says that the ERP holds the document, though not as it should be.</summary>
    public static bool ErpHoldsIt(string code) => code is PostingAnswerIncomplete or ErpTotalDiffers;
}

/// <summary>What stands against a command to an invoice, all reasons at once.</summary>
internal static class InvoiceRules
{
    public const int MaxPaymentIdLength = 100;

    public static ImmutableArray<string> Cashiers { get; } = [Roles.Finance, Roles.Machine];

    private static readonly ImmutableArray<string> Rejecters =
        [Roles.FinanceApprover, Roles.Finance, Roles.Operator, Roles.Administrator];

    public static ImmutableArray<Problem> ProblemsOfApproval(Existing state, Actor actor) =>
    [
        .. OperatorRules.NeedsRole(actor, [Roles.FinanceApprover]),
        .. state.Head.Preparers.Contains(actor.Id)
            ? [new(InvoiceProblems.ApproverIsPreparer, "", $"{actor.Id} prepared or corrected this invoice and cannot approve it too.",
                "Let a second person approve it.")]
            : (Problem[])[],
        .. state is AwaitingApproval
            ? (Problem[])[]
            : [new(InvoiceProblems.NotAwaitingApproval, "", $"The invoice is not waiting for approval; it is {Invoice.StatusOf(state)}.",
                "Read the invoice again.")],
    ];

    public static ImmutableArray<Problem> ProblemsOfRejection(Existing state, RejectInvoice c, Actor actor) =>
    [
        .. OperatorRules.NeedsRole(actor, Rejecters),
        .. OperatorRules.NeedsReason(c.Reason),
        .. state switch
        {
            Issued issued => [AlreadyIssued(issued)],
            BeingPosted posting when ErpMayHaveIt(posting) => [InProgress()],
            Refreshing => [new(DraftProblems.RefreshInProgress, "", "The draft is being made anew.", "Wait until its projects have answered.")],
            _ => (Problem[])[],
        },
    ];

    public static ImmutableArray<Problem> ProblemsOfCorrection(Existing state, CorrectInvoice c, Actor actor)
    {
        var errands = state.Head.Errands;
        var isOfDraft = state is Taxing or BeingPosted && errands.Item(c.ExceptionId) is not null
            && errands.KeyOfItem(c.ExceptionId) is { } key && InvoiceErrands.StepOf(key) is InvoiceStep.Tax or InvoiceStep.Posting;
        return
        [
            .. OperatorRules.ProblemsOfRetry(errands, c.ExceptionId, c.Reason, actor),
            .. state switch
            {
                Issued issued => [AlreadyIssued(issued)],
                BeingPosted posting when ErpMayHaveIt(posting) => [InProgress()],
                _ when errands.Item(c.ExceptionId) is { } item && !isOfDraft => [new(InvoiceProblems.NotCorrectable, "exceptionId",
                    $"'{item.Step}' cannot be helped by correcting the draft.", "Retry it, or skip it with a reason.")],
                _ => (Problem[])[],
            },
            .. c is { BillTo: null, TaxNumber: null }
                ? [new(InvoiceProblems.NothingToCorrect, "", "The correction corrects nothing.",
                    "Give the address or the tax number, or retry the step as it is.")]
                : (Problem[])[],
            .. c.BillTo is { Country: var country } && !Countries.IsKnown(country)
                ? [new(InvoiceProblems.CountryUnknown, "billTo.country",
                    $"'{country}' is not a two-letter ISO 3166 country code.", "Use a code such as DE, FR or US.")]
                : (Problem[])[],
        ];
    }

    public static BillingPolicy? BillingOf(InvoiceDraft draft, PolicySet policies) =>
        policies.LegalEntities.GetValueOrDefault(draft.Routing.LegalEntity)?.Billing;

    /// <summary>The series of the document; null where the ERP numbers it.</summary>
    public static NumberFormat? NumberingOf(InvoiceDraft draft, PolicySet policies) =>
        BillingOf(draft, policies)?.Numbering is { } numbering ? draft.IsCredit ? numbering.CreditMemos : numbering.Invoices : null;

    /// <summary>Only what the ERP cannot have yet can be held.</summary>
    public static ImmutableArray<Problem> ProblemsOfHold(Existing state) => state switch
    {
        Issued issued => [AlreadyIssued(issued)],
        BeingPosted posting when ErpMayHaveIt(posting) => [InProgress()],
        _ => [],
    };

    /// <summary>Money that settled the invoice, or waits to.</summary>
    public static Money Received(Existing state)
    {
        var zero = Money.Zero(state.Head.Draft.Currency);
        return state is Issued issued
            ? issued.Head.Payments.Select(payment => issued.Applied.GetValueOrDefault(payment.PaymentId, payment.Amount))
                .Concat(issued.Ledger.CustomerMoney.Select(money => money.Amount)).Aggregate(zero, (sum, amount) => sum + amount)
            : state.Head.Payments.Aggregate(zero, (sum, payment) => sum + payment.Amount);
    }

    /// <summary>What the ERP can count as paid without other money than we know of: what came, and what need not come any more.</summary>
    public static Money Covered(Existing state) => (state as Issued)?.Ledger.Settled.Values
        .Where(settlement => settlement.Kind is SettlementKind.EarlyPaymentDiscount or SettlementKind.Prepaid)
        .Aggregate(Received(state), (sum, settlement) => sum + settlement.Amount) ?? Received(state);

    public static IEnumerable<Problem> ProblemsOfPayment(InvoiceHead head, RecordPayment c)
    {
        if (string.IsNullOrWhiteSpace(c.PaymentId) || c.PaymentId.Length > MaxPaymentIdLength)
            yield return new(InvoiceProblems.PaymentIdInvalid, "paymentId",
                $"A payment has an id of 1 to {MaxPaymentIdLength} characters.", "Send the payment system's id of the payment.");
        if (c.Amount.Currency != head.Draft.Currency)
            yield return new(InvoiceProblems.CurrencyMismatch, "amount",
                $"The payment is in '{c.Amount.Currency}', the invoice in '{head.Draft.Currency}'.",
                $"Convert the payment to {head.Draft.Currency} with a recorded rate, or assign it to another invoice.");
        if (c.Amount.Minor <= 0)
            yield return new(InvoiceProblems.PaymentNotPositive, "amount", $"The payment is of {c.Amount.Minor} minor units.",
                "Record money received; what is paid back is a refund.");
        if (head.Payments.Any(known => known.PaymentId == c.PaymentId && known != c))
            yield return new(InvoiceProblems.PaymentIdReused, "paymentId",
                $"Payment '{c.PaymentId}' was recorded already, with other contents.", "Give each payment its own id.");
    }

    public static IEnumerable<Problem> ProblemsOfRetry(InvoiceHead head, RetryStep c)
    {
        if (head.Errands.Item(c.ExceptionId) is { } item && head.Errands.KeyOfItem(c.ExceptionId) is null)
            yield return new(InvoiceProblems.NotRetryable, "exceptionId", $"'{item.Step}' is no step that could be tried again.",
                item.Remedy);
    }

    /// <summary>Exactly the lines of the draft, in its currency, summing to the total that the engine names.</summary>
    public static bool Covers(TaxAnswer answer, InvoiceDraft draft) =>
        !answer.Lines.IsDefault
        && answer.Lines.Select(line => line.LineId).Order(StringComparer.Ordinal)
            .SequenceEqual(draft.Lines.Select(line => line.Id).Order(StringComparer.Ordinal))
        && answer.Lines.All(line => line.Tax.Currency == draft.Currency)
        && answer.Lines.Aggregate(Money.Zero(draft.Currency), (sum, line) => sum + line.Tax) == answer.Total;

    public static Problem NotIssued(Existing state) => new(
        CreditingProblems.InvoiceNotIssued, "", $"The invoice is not issued; it is {Invoice.StatusOf(state)}.",
        "Reject or correct a draft; this is for issued invoices.");

    public static Problem NotFound(string id) => new(
        ProblemCodes.NotFound, "", $"There is no invoice '{id}'.", "Check the id; an invoice begins with a billing run.");

    internal static bool ErpMayHaveIt(BeingPosted posting) =>
        posting.Head.ErpHolds || posting.Head.Errands.Is(InvoiceErrands.Key(InvoiceStep.Posting), ErrandStatus.Waiting);

    private static Problem AlreadyIssued(Issued issued) => new(
        InvoiceProblems.InvoiceAlreadyIssued, "", $"The invoice is issued as {issued.Number} and no longer changes.",
        "Correct it with a credit memo.");

    internal static Problem InProgress() => new(
        InvoiceProblems.PostingInProgress, "", "The invoice is on its way to the ERP, which may have taken it.",
        "Wait for the ERP's answer; if it was incomplete or its total differs, put that right there and retry the step.");
}
