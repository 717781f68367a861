using System.Collections.Immutable;
using Q2C.Grains.Invoices;
using Q2C.Invoices;
using static Q2C.Grains.Tests.Contracts.Samples;
using static Q2C.Grains.Tests.Invoices.InvoiceStory;

namespace Q2C.Grains.Tests.Invoices;

public sealed class InvoiceRefusalTests
{
    private static readonly Actor Anna = new("anna", [Roles.Auditor]);

    private static readonly Given<InvoiceState> Stuck = Taxed.Report("posting/1", Refused()).Accepted();

    private static readonly Given<InvoiceState> Stranded =
        Drafted.When(new RejectInvoice("mistake")).Accepted().When(Payment("p1", 100)).Accepted();

    private static (Given<InvoiceState>, Command, string[]) Case(Given<InvoiceState> given, Command command, params string[] refusals) =>
        (given, command, refusals);

    private static readonly ImmutableArray<(Given<InvoiceState> Given, Command Command, string[] Refusals)> Cases =
    [
        Case(Waiting.By(Nora), new ApproveInvoice(null), "FORBIDDEN", "APPROVER_IS_PREPARER"),
        Case(Drafted.By(Fiona), new ApproveInvoice(null), "NOT_AWAITING_APPROVAL"),
        Case(Waiting.By(Fiona).When(new ApproveInvoice(null)).Accepted(), new ApproveInvoice(null), "NOT_AWAITING_APPROVAL"),
        Case(Issued, new RejectInvoice("late"), "INVOICE_ALREADY_ISSUED"),
        Case(Taxed, new RejectInvoice("late"), "POSTING_IN_PROGRESS"),
        Case(Drafted.By(Anna), new RejectInvoice(""), "FORBIDDEN", "REASON_REQUIRED reason"),
        Case(Stuck, new CorrectInvoice($"{Id}/posting/1", null, null, "r"), "NOTHING_TO_CORRECT"),
        Case(Stuck, new CorrectInvoice($"{Id}/posting/1", Berlin with { Country = "Germany" }, null, "r"), "COUNTRY_UNKNOWN billTo.country"),
        Case(Stuck, new SkipStep($"{Id}/posting/1", "r"), "STEP_NOT_SKIPPABLE exceptionId"),
        Case(Stranded, new CorrectInvoice($"{Id}/held-payment/p1", null, "DE1", "r"), "EXCEPTION_NOT_CORRECTABLE exceptionId"),
        Case(Stranded, new RetryStep($"{Id}/held-payment/p1", "r"), "EXCEPTION_NOT_RETRYABLE exceptionId"),
        Case(Stuck, new RetryStep("elsewhere", "r"), "EXCEPTION_NOT_OPEN exceptionId"),
        Case(Drafted.Report("tax/1", Away()).Accepted(), new RetryStep($"{Id}/tax/1/waiting", "r"), "STEP_STILL_RUNNING exceptionId"),
        Case(Issued, Payment("", 1), "PAYMENT_ID_INVALID paymentId"),
        Case(Issued.By(Anna), Payment("p1", 1), "FORBIDDEN"),
        Case(Issued, Payment("p1", 0, "USD"), "CURRENCY_MISMATCH amount", "PAYMENT_NOT_POSITIVE amount"),
        Case(Issued.When(Payment("p1", 1)).Accepted(), Payment("p1", 2), "PAYMENT_ID_REUSED paymentId"),
        Case(Issued, Abroad("EUR", 0, 0.5m), "FOREIGN_CURRENCY_NEEDED paid", "PAYMENT_NOT_POSITIVE paid"),
        Case(Issued, Abroad("USD", 5, 0), "EXCHANGE_RATE_INVALID booked"),
        Case(New, Payment("p1", 1), "NOT_FOUND"),
        Case(Drafted, new Q2C.Contracts.CompensateActivation("r"), "UNSUPPORTED_COMMAND"),
    ];

    private static RecordForeignPayment Abroad(string currency, decimal paid, decimal rate) =>
        new("p9", "bank", Money.Of(paid, currency), null, new(rate, Date, "bank"), Date, "wire");

    public static TheoryData<int> Indexes => [.. Enumerable.Range(0, Cases.Length)];

    [Theory, MemberData(nameof(Indexes))]
    public void Refuses(int index) => Cases[index].Given.When(Cases[index].Command).ThenRefused(Cases[index].Refusals);

    [Fact]
    public void Every_refusal_has_an_example() => Assert.Equal(
        CodesOf(typeof(InvoiceProblems)).Concat(CodesOf(typeof(OperatorProblems)).Except([OperatorProblems.SecondPersonNeeded])).Order(StringComparer.Ordinal),
        Cases.SelectMany(one => one.Refusals).Select(refusal => refusal.Split(' ')[0]).Distinct()
            .Except([ProblemCodes.NotFound, ProblemCodes.UnsupportedCommand]).Order(StringComparer.Ordinal));
}
