using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using Q2C.CreditMemos;
using Q2C.Grains.CreditMemos;
using Q2C.Grains.Invoices;
using Q2C.Grains.Tests.Invoices;
using Q2C.Invoices;
using Q2C.Revenues;
using static Q2C.Grains.Tests.Contracts.Samples;
using static Q2C.Grains.Tests.Invoices.InvoiceStory;

namespace Q2C.Grains.Tests.CreditMemos;

public sealed class CreditMemoTests
{
    private static readonly CreditInvoice Everything = new([], Date.AddDays(5), true, "wrong rate");

    private static CreditGranted Granted => Issued.When(Everything).Accepted().History.OfType<CreditGranted>().Single();

    private static Given<CreditMemoState> New => CreditMemo.Decider.Given().In(Granted.Memo.CreditMemoId).By(Nora);

    private static Given<CreditMemoState> Posted => New.When(new Observe(Id, [Granted])).Accepted();

    private static Given<CreditMemoState> Waiting => New.When(new Observe(Id, [new CreditGranted(
        Granted.Memo with { Routing = Routing with { ApprovalThreshold = Eur(500) } }, DeciderSpec.Noon)])).Accepted();

    private static ReportEffect Report(string effect, EffectOutcome? outcome = null) =>
        new($"{Granted.Memo.CreditMemoId}/{effect}", outcome ?? Accepted(new ErpInvoiceAnswer("C-1")));

    [Fact]
    public void The_invoice_decides_the_amounts_and_the_memo_goes_to_the_erp()
    {
        var memo = Granted.Memo;
        Assert.Equal((Eur(1000), Eur(190), Eur(1190)), (memo.Net, memo.Tax, memo.Total));
        Assert.Equal([("1", Eur(750), Eur(142.50m)), ("2", Eur(250), Eur(47.50m))], memo.Lines.Select(line => (line.LineId, line.Net, line.Tax)));
        Assert.Equal(["t/1@1", "t/2@1", "e/1@1"], memo.Lines.SelectMany(line => line.Items).Select(item => item.ItemId));
        New.When(new Observe(Id, [Granted])).Then(
            new CreditMemoDrafted(memo, DeciderSpec.Noon),
            new CreditMemoStepAsked(
                CreditMemoStep.Posting,
                new($"{memo.CreditMemoId}/posting/1", "netsuite", memo.CreditMemoId, new PostErpCreditMemo(new(
                    memo.CreditMemoId, Id, "INV-1001", CustomerId, "DE01", "EUR", Date.AddDays(5), "wrong rate", Berlin,
                    [
                        new("1", "consulting", "Advice", Eur(750), "S-CONS", Eur(142.50m)),
                        new("2", "travel", "Train", Eur(250), "S-TRAV", Eur(47.50m)),
                    ],
                    Eur(1000), Eur(190), Eur(1190)))),
                DeciderSpec.Noon));
    }

    [Fact]
    public void What_the_erp_took_is_issued_with_balanced_postings_and_the_tax_engine_is_told()
    {
        var issued = Posted.When(Report("posting/1")).Accepted();
        var told = issued.History.OfType<CreditMemoIssued>().Single();
        Assert.Equal(
            [new(Accounts.Revenue, Eur(1000)), new(Accounts.TaxPayable, Eur(190)), new Posting(Accounts.Receivable, Eur(-1190))],
            told.Postings.AsEnumerable());
        Assert.Equal([Id, ContractId, ProjectId, RevenueIds.Of(ContractId)], told.To.AsEnumerable());
        Assert.IsType<RecordTaxCredit>(((CreditMemoStepAsked)issued.History[^1]).Effect.Operation);
        issued.When(Report("posting/1")).ThenNothing();
        Assert.Equal((CreditMemoStatus.Issued, "C-1"), (CreditMemo.Render(issued.State, 1)!.Status, CreditMemo.Render(issued.State, 1)!.Number));
        Survives(issued.When(Report("tax/1", Refused())).Accepted().When(
            new SkipStep($"{Granted.Memo.CreditMemoId}/tax/1", "entered by hand")).Accepted().State);
    }

    [Fact]
    public void Above_the_threshold_a_second_person_approves_before_anything_is_sent()
    {
        Assert.Equal(["CreditMemoDrafted", "CreditApprovalRequired"], Waiting.History.Select(e => e.GetType().Name));
        Waiting.By(Nora).When(new ApproveCreditMemo(null)).ThenRefused("FORBIDDEN", "APPROVER_IS_PREPARER");
        var approved = Waiting.By(Fiona).When(new ApproveCreditMemo("fine")).Accepted();
        Assert.Equal(["CreditMemoApproved", "CreditMemoStepAsked"], approved.History[^2..].Select(e => e.GetType().Name));
        approved.By(Fiona).When(new ApproveCreditMemo(null)).ThenRefused("NOT_AWAITING_APPROVAL");
    }

    [Fact]
    public void A_rejected_memo_gives_its_amounts_back_to_the_invoice()
    {
        var rejected = Waiting.By(Fiona).When(new RejectCreditMemo("no")).Then(
            new CreditMemoRejected(Granted.Memo.CreditMemoId, Id, "no", "fiona", DeciderSpec.Noon));
        rejected.When(new RejectCreditMemo("no")).ThenNothing();
        var credited = Issued.When(Everything).Accepted();
        credited.When(Everything, "key-2").ThenRefused("NOTHING_TO_CREDIT");
        var revoked = credited.When(new Observe(Granted.Memo.CreditMemoId, [rejected.History[^1]])).Then(
            new CreditRevoked(Granted.Memo.CreditMemoId, "no", DeciderSpec.Noon));
        revoked.When(Everything, "key-2").Accepted();
    }

    [Fact]
    public void What_the_erp_may_hold_cannot_be_rejected_whatever_it_refused_since()
    {
        var effect = $"{Granted.Memo.CreditMemoId}/posting";
        Posted.When(new RejectCreditMemo("late")).ThenRefused("POSTING_IN_PROGRESS");
        var holds = Posted.When(Report("posting/1", Accepted())).Accepted();
        Assert.Equal("POSTING_ANSWER_INCOMPLETE", CreditMemo.Render(holds.State, 1)!.Exceptions.Single().Code);
        holds.When(new SkipStep($"{effect}/1", "r")).ThenRefused("STEP_NOT_SKIPPABLE exceptionId");
        var again = holds.When(new RetryStep($"{effect}/1", "looked up")).Accepted().When(Report("posting/2", Refused())).Accepted();
        again.When(new RejectCreditMemo("late")).ThenRefused("POSTING_IN_PROGRESS");
        Posted.When(Report("posting/1", Refused())).Accepted().When(new RejectCreditMemo("late")).Accepted()
            .When(new RetryStep($"{effect}/1", "r")).ThenRefused("EXCEPTION_NOT_OPEN exceptionId", "EXCEPTION_NOT_RETRYABLE exceptionId");
        Posted.When(Report("posting/1")).Accepted().When(new RejectCreditMemo("late")).ThenRefused("CREDIT_MEMO_ISSUED");
        New.When(new RejectCreditMemo("r")).ThenRefused("NOT_FOUND");
        Posted.When(Everything).ThenRefused("UNSUPPORTED_COMMAND");
    }

    [Fact]
    public void Items_are_credited_one_by_one_and_the_rest_of_the_line_takes_the_rest()
    {
        var first = Issued.When(new CreditInvoice([new("1", ItemIds: ["t/2@1"])], Date, true, "twice")).Accepted();
        var line = first.History.OfType<CreditGranted>().Single().Memo.Lines.Single();
        Assert.Equal((Eur(300), Eur(57), "t/2@1"), (line.Net, line.Tax, line.Items.Single().ItemId));
        var rest = first.When(Everything, "key-2").Accepted().History.OfType<CreditGranted>().Last().Memo;
        Assert.Equal([(Eur(450), Eur(85.50m)), (Eur(250), Eur(47.50m))], rest.Lines.Select(one => (one.Net, one.Tax)));
        Assert.Equal(["t/1@1", "e/1@1"], rest.Lines.SelectMany(one => one.Items).Select(item => item.ItemId));
    }

    private static CreditInvoice Part(params CreditRequest[] lines) => new([.. lines], Date, false, "r");

    private static readonly ImmutableArray<(Given<InvoiceState> Given, CreditInvoice Credit, string[] Refusals)> Cases =
    [
        (Issued.By(Fiona), Everything with { Reason = "" }, ["FORBIDDEN", "REASON_REQUIRED reason"]),
        (Issued, Everything with { Date = Date.AddDays(-1) }, ["CREDIT_BEFORE_INVOICE date"]),
        (Issued, Part(new CreditRequest("9")), ["INVOICE_LINE_UNKNOWN lines[0].lineId"]),
        (Issued, Part(new("1", Eur(1)), new CreditRequest("1", Eur(1))), ["CREDIT_LINE_DUPLICATE lines[1].lineId"]),
        (Issued, Part(new CreditRequest("1", Eur(1), ["t/1@1"])), ["CREDIT_AMBIGUOUS lines[0]"]),
        (Issued, Part(new("1", Eur(0)), new CreditRequest("2", Eur(-1))), ["CREDIT_NOT_POSITIVE lines[0].net", "CREDIT_NOT_POSITIVE lines[1].net"]),
        (Issued, Part(new("1", Eur(750.01m)), new CreditRequest("2", Money.Of(1, "USD"))),
            ["CREDIT_EXCEEDS_INVOICE lines[0].net", "CURRENCY_MISMATCH lines[1].net"]),
        (Issued, Part(new CreditRequest("1", ItemIds: ["e/1@1"])), ["ITEM_NOT_CREDITABLE lines[0].itemIds"]),
        (Taxed, Everything, ["INVOICE_NOT_ISSUED"]),
    ];

    public static TheoryData<int> Indexes => [.. Enumerable.Range(0, Cases.Length)];

    [Theory, MemberData(nameof(Indexes))]
    public void Refuses(int index) => Cases[index].Given.When(Cases[index].Credit).ThenRefused(Cases[index].Refusals);

    [Fact]
    public void Every_refusal_has_an_example() => Assert.Superset(
        CodesOf(typeof(CreditingProblems)).Except([CreditingProblems.NothingToCredit]).ToHashSet(),
        Cases.SelectMany(one => one.Refusals).Select(refusal => refusal.Split(' ')[0]).ToHashSet());

    [Fact]
    public void A_deduction_is_credited_together_with_what_it_lowers()
    {
        var books = new Books();
        books.Issue("eu_inv_d", 0.19m, 600, -450);
        books.WhenInvoice("eu_inv_d", new CreditInvoice([new("1")], Date, true, "r")).ThenRefused("CREDIT_EXCEEDS_INVOICE lines");
        Assert.Equal(Eur(178.50m), books.Credit("eu_inv_d").Memo.Total);
    }

    [Fact]
    public void Crediting_in_parts_is_crediting_in_whole_in_any_order_and_by_either_rounding() =>
        Prop.ForAll(
            ArbMap.Default.ArbFor<(NonEmptyArray<ushort> Lines, byte Rate, bool Whole, (byte Line, ushort Cents)[] Parts)>(), life =>
            {
                var nets = life.Lines.Get.Take(6).Select(cents => (cents + 1) / 100m).ToArray();
                var rate = life.Rate % 30 / 100m;
                var books = new Books();
                books.Issue("eu_inv_p", rate, nets);
                var (taken, invoice) = (new decimal[nets.Length], books.Invoice("eu_inv_p"));
                var rounding = life.Whole ? CreditRounding.Document : CreditRounding.Line;
                foreach (var (line, cents) in life.Parts.Take(12))
                {
                    var i = line % nets.Length;
                    var net = Math.Min(nets[i] - taken[i], (cents + 1) / 100m);
                    if (net == 0) continue;
                    taken[i] += net;
                    books.Credit("eu_inv_p", rounding, true, new CreditRequest($"{i + 1}", Eur(net)));
                    Assert.True(Sum(books, memo => memo.Tax) <= invoice.Tax && Sum(books, memo => memo.Total) <= invoice.Total);
                }

                if (taken.Sum() < nets.Sum()) books.Credit("eu_inv_p", rounding);
                Assert.Equal(
                    (invoice.Draft.Net, invoice.Tax!.Value, invoice.Total!.Value),
                    (Sum(books, memo => memo.Net), Sum(books, memo => memo.Tax), Sum(books, memo => memo.Total)));
                Assert.Equal(Enumerable.Range(1, nets.Length).Select(i => $"t/{i}@1").Order(), books.Memos.SelectMany(memo => memo.Memo.Lines)
                    .SelectMany(line => line.Items).Select(item => item.ItemId).Order());
                Assert.Equal((InvoiceStatus.Credited, 0m), (books.Invoice("eu_inv_p").Status, books.Balance));
            }).QuickCheckThrowOnFailure();

    private static Money Sum(Books books, Func<CreditMemoDraft, Money> amount) =>
        books.Memos.Aggregate(Eur(0), (sum, memo) => sum + amount(memo.Memo));
}
