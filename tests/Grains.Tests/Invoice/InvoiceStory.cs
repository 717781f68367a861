using System.Collections.Immutable;
using Q2C.BillingRuns;
using Q2C.Contracts;
using Q2C.Grains.Invoices;
using Q2C.Invoices;
using static Q2C.Grains.Tests.Contracts.Samples;

namespace Q2C.Grains.Tests.Invoices;

/// <summary>One invoice of Alder AG over two lines, 1,000.00 net and 1,190.00 with tax; plays the outside world to it.</summary>
internal static class InvoiceStory
{
    public const string Id = "eu_inv_1";

    public static readonly DateOnly Date = new(2026, 3, 1);
    public static readonly Actor Fiona = new("fiona", [Roles.FinanceApprover]);
    public static readonly Actor Nora = new("nora", [Roles.Finance, Roles.Operator]);

    public static readonly Routing Routing = new(
        "DE01", "salesforce", "netsuite", "kantata", "avatax", "stripe", Rounding.HalfUp, Eur(20_000), 30, "Europe/Berlin", Berlin,
        Northwind.TaxCategories, []);

    public static readonly InvoiceDraft Draft = new(
        Id, "eu_run_1", ProjectId, ContractId, CustomerId, Alder, Routing, "EUR", Date, "nora",
        [
            new("1", "L2", "consulting", "S-CONS", "Advice", 5m, 150m, Eur(750), [new("t/1@1", "t/1", Eur(450)), new("t/2@1", "t/2", Eur(300))]),
            new("2", "L3", "travel", "S-TRAV", "Train", 1m, 250m, Eur(250), [new("e/1@1", "e/1", Eur(250))]),
        ],
        "PO-77");

    public static readonly ImmutableArray<TaxAnswerLine> TaxLines =
        [new("1", Eur(142.50m), 0.19m, "DE"), new("2", Eur(47.50m), 0.19m, "DE")];

    public static readonly TaxAnswer Answered = new(TaxLines, Eur(190));

    public static Given<InvoiceState> New => Invoice.Decider.Given().In(Id).By(Nora);

    public static Given<InvoiceState> Drafted => New.When(Made(Draft)).Accepted();

    public static Given<InvoiceState> Taxed => Drafted.Report("tax/1", Accepted(Answered)).Accepted();

    public static Given<InvoiceState> Issued => Taxed.Report("posting/1", Accepted(new ErpInvoiceAnswer("INV-1001"))).Accepted();

    /// <summary>Above a threshold of 500.00: waits for a second person.</summary>
    public static Given<InvoiceState> Waiting => New
        .When(Made(Draft with { Routing = Routing with { ApprovalThreshold = Eur(500) } })).Accepted()
        .Report("tax/1", Accepted(Answered)).Accepted();

    public static Observe Made(InvoiceDraft draft) => new(draft.RunId, [new DraftMade(draft, DeciderSpec.Noon)]);

    public static EffectOutcome Accepted(Answer? answer = null) => new EffectOutcome.Accepted("ext", answer);

    public static When<InvoiceState> Report(this Given<InvoiceState> given, string effect, EffectOutcome? outcome = null) =>
        given.When(new ReportEffect($"{Id}/{effect}", outcome ?? Accepted()));

    public static RecordPayment Payment(string id, decimal amount, string currency = "EUR") =>
        new(id, "stripe", Money.Of(amount, currency), Date.AddDays(10), $"ref {id}");

    public static InvoiceView View(this Given<InvoiceState> given) => Invoice.Render(given.State, given.History.Length)!;

    public static string[] Asked(this Given<InvoiceState> given) =>
        [.. given.History.OfType<IAsksEffect>().Select(asked => asked.Effect.Id[(Id.Length + 1)..])];

    public static Money Sum(this IEnumerable<Posting> postings) =>
        postings.Aggregate(Eur(0), (sum, posting) => sum + posting.Amount);
}
