using FsCheck;
using FsCheck.Fluent;
using Q2C.CreditMemos;
using Q2C.Grains.CreditMemos;
using Q2C.Grains.Invoices;
using Q2C.Grains.Journal;
using Q2C.Grains.Numbering;
using Q2C.Grains.Shell;
using Q2C.Grains.Tests.Contracts;
using Q2C.Invoices;
using Q2C.Numbering;
using Q2C.Policies;
using static Q2C.Grains.Tests.Contracts.Samples;
using static Q2C.Grains.Tests.Invoices.InvoiceStory;

namespace Q2C.Grains.Tests.Invoices;

/// <summary>A legal entity whose invoices are RE-2026-00001 and so on, and whose credit memos are GS-1 and so on.</summary>
public sealed class NumberingTests
{
    private static readonly NumberFormat Yearly = new("invoices", "RE-{year}-{number}", 5, NumberRestart.Yearly);
    private static readonly NumberFormat Forever = new("credit-memos", "GS-{number}", 1, NumberRestart.Never);
    private static readonly string Series = Yearly.SeriesId("eu", "DE01", Date);

    private static readonly PolicySet Numbered = Samples.Policies with
    {
        LegalEntities = Samples.Policies.LegalEntities.SetItem("DE01", Northwind with { Billing = BillingPolicy.Default with { Numbering = new(Yearly, Forever) } }),
    };

    private static Given<InvoiceState> Asked => New.Under(Numbered).When(Made(Draft)).Accepted().Report("tax/1", Accepted(Answered)).Accepted();

    private static Given<NumberSeriesState> Empty => NumberSeries.Decider.Given().In(Series);

    [Fact]
    public void An_invoice_gets_its_number_when_it_is_ready_to_be_issued_and_the_erp_takes_it_over()
    {
        Assert.Equal(new NumberAsked(Series, "DE01", Yearly, Id, Date, DeciderSpec.Noon), Asked.History[^1]);
        var series = Empty.When(new Observe(Id, [Asked.History[^1]])).Then(
            new NumberAssigned(Series, "DE01", Yearly, Id, 1, "RE-2026-00001", Date, DeciderSpec.Noon));
        var numbered = Asked.When(new Observe(Series, [series.History[^1]])).Accepted();
        var posted = (PostErpInvoice)numbered.History.OfType<InvoiceStepAsked>().Last().Effect.Operation;
        Assert.Equal("RE-2026-00001", posted.Invoice.Number);

        var issued = numbered.Report("posting/1", Accepted(new ErpInvoiceAnswer("INV-77"))).Accepted().History.OfType<InvoiceIssued>().Single();
        Assert.Equal(("RE-2026-00001", "INV-77", Series), (issued.Number, issued.ErpNumber, issued.Series));
        Assert.Contains(Series, issued.To);
        series = series.When(new Observe(Id, [issued])).Then(new NumberSettled(Id, "RE-2026-00001", true, null, DeciderSpec.Noon));
        var view = NumberSeries.Render(series.State, Series, 2)!;
        Assert.Equal((1L, "RE-2026-00001", 1L, 0L, (int?)2026), (view.Last, view.LastNumber, view.Issued, view.Void, view.Year));
        Survives(series.State);
        Survives(numbered.State);
    }

    [Fact]
    public void Without_a_series_the_erp_numbers() => Assert.Equal(
        ("INV-1001", null, null),
        Issued.History.OfType<InvoiceIssued>().Select(issued => (issued.Number, issued.ErpNumber, issued.Series)).Single());

    [Fact]
    public void An_invoice_that_comes_to_nothing_keeps_its_number_and_nobody_else_gets_it()
    {
        // Rejected before the answer of the series came: the answer changes nothing.
        var rejected = Asked.When(new RejectInvoice("wrong customer")).Accepted();
        var series = Empty.When(new Observe(Id, [Asked.History[^1]])).Accepted();
        rejected.When(new Observe(Series, [series.History[^1]])).ThenNothing();
        series = series.When(new Observe(Id, [rejected.History.OfType<InvoiceRejected>().Single()]))
            .Then(new NumberSettled(Id, "RE-2026-00001", false, "wrong customer", DeciderSpec.Noon));
        series.When(Ask("eu_inv_2")).Then(
            new NumberAssigned(Series, "DE01", Yearly, "eu_inv_2", 2, "RE-2026-00002", Date, DeciderSpec.Noon));
    }

    [Fact]
    public void A_corrected_draft_goes_out_under_the_number_that_it_has()
    {
        var numbered = Asked.When(Given(1)).Accepted().Report("posting/1", Refused()).Accepted();
        var again = numbered.When(new CorrectInvoice($"{Id}/posting/1", null, "DE1", "typo")).Accepted().Report("tax/2", Accepted(Answered)).Accepted();
        Assert.Equal("RE-2026-00001", ((PostErpInvoice)again.History.OfType<InvoiceStepAsked>().Last().Effect.Operation).Invoice.Number);
        Assert.Single(again.History.OfType<NumberAsked>());
    }

    [Fact]
    public void The_number_waits_for_the_second_person_and_so_does_the_posting()
    {
        var waiting = New.Under(Numbered).When(Made(Draft with { Routing = Routing with { ApprovalThreshold = Eur(500) } })).Accepted()
            .Report("tax/1", Accepted(Answered)).Accepted();
        Assert.Empty(waiting.History.OfType<NumberAsked>());
        Assert.Single(waiting.By(Fiona).When(new ApproveInvoice(null)).Accepted().History.OfType<NumberAsked>());
    }

    [Fact]
    public void A_credit_memo_is_numbered_in_a_series_of_its_own()
    {
        var granted = Issued.When(new CreditInvoice([], Date.AddDays(5), true, "wrong rate")).Accepted().History.OfType<CreditGranted>().Single();
        var (memo, own) = (granted.Memo.CreditMemoId, Forever.SeriesId("eu", "DE01", Date));
        var asked = CreditMemo.Decider.Given().In(memo).By(Nora).Under(Numbered).When(new Observe(Id, [granted])).Accepted();
        Assert.Equal((own, memo), asked.History.OfType<NumberAsked>().Select(one => (one.SeriesId, one.DocumentId)).Single());
        Assert.Empty(asked.History.OfType<CreditMemoStepAsked>());
        var numbered = asked.When(new Observe(own, [new NumberAssigned(own, "DE01", Forever, memo, 4, "GS-4", Date, DeciderSpec.Noon)])).Accepted();
        Assert.Equal("GS-4", ((PostErpCreditMemo)numbered.History.OfType<CreditMemoStepAsked>().Single().Effect.Operation).CreditMemo.Number);
        var issued = numbered.When(new ReportEffect($"{memo}/posting/1", Accepted(new ErpInvoiceAnswer("GS-4")))).Accepted();
        Assert.Equal(("GS-4", own), issued.History.OfType<CreditMemoIssued>().Select(one => (one.Number, one.Series!)).Single());
        Survives(issued.State);
        var rejected = asked.When(new RejectCreditMemo("mistake")).Accepted();
        rejected.When(new Observe(own, [new NumberAssigned(own, "DE01", Forever, memo, 4, "GS-4", Date, DeciderSpec.Noon)])).ThenNothing();
        Assert.Contains(own, rejected.History.OfType<CreditMemoRejected>().Single().To);
    }

    [Fact]
    public void A_year_has_a_series_of_its_own_where_numbers_begin_anew()
    {
        Assert.NotEqual(Series, Yearly.SeriesId("eu", "DE01", Date.AddYears(1)));
        Assert.NotEqual(Series, Yearly.SeriesId("eu", "FR01", Date));
        Assert.Equal(Forever.SeriesId("eu", "DE01", Date), Forever.SeriesId("eu", "DE01", Date.AddYears(1)));
    }

    [Fact]
    public void In_any_order_and_however_often_they_ask_documents_have_one_number_each_and_no_number_is_left_out() =>
        Prop.ForAll(ArbMap.Default.ArbFor<(byte Document, bool Settles, bool Issued)[]>(), steps =>
        {
            var series = Empty;
            var (asked, settled) = (new HashSet<string>(), new HashSet<string>());
            foreach (var (number, settles, isIssued) in steps)
            {
                // A document that is decided asks no more.
                var document = $"eu_inv_{number % 8}";
                if (settled.Contains(document)) continue;
                asked.Add(document);
                var before = series.History.Length;
                var next = series.When(Ask(document));
                series = next.Decision.Events.IsEmpty ? series : next.Accepted();
                Assert.True(series.History.Length - before <= 1);
                if (!settles) continue;
                settled.Add(document);
                series = series.When(new Observe(document, [isIssued ? IssuedAs(document) : RejectedAs(document)])).Accepted();
            }

            var given = series.History.OfType<NumberAssigned>().ToArray();
            Assert.Equal(asked.Order(), given.Select(one => one.DocumentId).Order());
            Assert.Equal(Enumerable.Range(1, given.Length).Select(i => (long)i), given.Select(one => one.Position));
            Assert.Equal(settled.Order(), series.History.OfType<NumberSettled>().Select(one => one.DocumentId).Order());
            Survives(series.State);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public async Task Two_processes_that_number_at_once_give_every_document_one_number_without_a_gap()
    {
        var journal = new MemoryJournal();
        AggregateShell<NumberSeriesState> Process() => new(Series, NumberSeries.Decider, journal, new Fixed(Samples.Policies), TimeProvider.System);
        var (one, other) = (Process(), Process());
        await Task.WhenAll(Enumerable.Range(0, 200).Select(i => Task.Run(() => (i % 2 == 0 ? one : other).Execute(new(
            $"on/eu_inv_{i % 150}@{i}", Ask($"eu_inv_{i % 150}"), Actor.System, "numbers")))));
        var given = journal.Rows.SelectMany(row => RowBody.Read(row.Body).Events).OfType<NumberAssigned>().ToArray();
        Assert.Equal(Enumerable.Range(1, 150).Select(i => (long)i), given.Select(number => number.Position));
        Assert.Equal(150, given.Select(number => number.DocumentId).Distinct().Count());
    }

    private static Observe Ask(string document) => new(document, [new NumberAsked(Series, "DE01", Yearly, document, Date, DeciderSpec.Noon)]);

    private static Observe Given(long position) => new(Series,
        [new NumberAssigned(Series, "DE01", Yearly, Id, position, Yearly.Format(Date, position), Date, DeciderSpec.Noon)]);

    private static InvoiceIssued IssuedAs(string document) => new(
        document, "eu_run_1", ProjectId, ContractId, CustomerId, "n", Date, Date, Eur(1), Eur(0), Eur(1), [], [], DeciderSpec.Noon, Series: Series);

    private static InvoiceRejected RejectedAs(string document) =>
        new(document, "eu_run_1", ProjectId, "no", "fiona", DeciderSpec.Noon, Series: Series);

    private sealed record Fixed(PolicySet Current) : IPolicySource;
}
