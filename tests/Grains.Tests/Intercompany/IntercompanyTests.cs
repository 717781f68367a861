using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using Q2C.CreditMemos;
using Q2C.Grains.Intercompanies;
using Q2C.Grains.Invoices;
using Q2C.Grains.Tests.Contracts;
using Q2C.Grains.Tests.Invoices;
using Q2C.Intercompany;
using Q2C.Invoices;
using Q2C.Policies;
using static Q2C.Grains.Tests.Contracts.Samples;

namespace Q2C.Grains.Tests.Intercompanies;

/// <summary>DE01 sells; FR01 delivers the consulting for 85 % of its price.</summary>
public sealed class IntercompanyTests
{
    private const string Deliverer = "FR01";

    private static readonly InvoiceDraft Draft = InvoiceStory.Draft with
    {
        Routing = InvoiceStory.Routing with { Transfers = ImmutableDictionary<string, TransferPrice>.Empty.Add(Deliverer, new(85, "sap")) },
        Lines = InvoiceStory.Draft.Lines.SetItem(0, InvoiceStory.Draft.Lines[0] with { DeliveredBy = Deliverer }),
    };

    private static Given<InvoiceState> Issued(InvoiceDraft draft) => InvoiceStory.New.When(InvoiceStory.Made(draft)).Accepted()
        .Report("tax/1", InvoiceStory.Accepted(InvoiceStory.Answered)).Accepted()
        .Report("posting/1", InvoiceStory.Accepted(new ErpInvoiceAnswer("INV-1001"))).Accepted();

    [Fact]
    public void What_one_company_invoices_and_another_delivered_is_mirrored_between_them()
    {
        // 85 % of 750.00; the train of 250.00 is the seller's own.
        var due = Issued(Draft).History.OfType<IntercompanyDue>().Single();
        Assert.Equal(
            (Eur(637.50m), "DE01", Deliverer, "INV-1001", false),
            (due.Document.Amount, due.Document.Seller, due.Document.Deliverer, due.Document.DocumentNumber, due.Document.IsCredit));
        Assert.Equal([due.Document.Id], due.To.AsEnumerable());

        var mirrored = Mirror(due);
        var booked = mirrored.History.OfType<IntercompanyMirrored>().Single();
        Assert.Equal([new(Accounts.IntercompanyCost, Eur(637.50m)), new Posting(Accounts.IntercompanyPayable, Eur(-637.50m))], booked.SellerPostings.AsEnumerable());
        Assert.Equal([new(Accounts.IntercompanyReceivable, Eur(637.50m)), new Posting(Accounts.IntercompanyRevenue, Eur(-637.50m))], booked.DelivererPostings.AsEnumerable());
        Assert.Equal(
            [("netsuite", "DE01"), ("sap", Deliverer)],
            mirrored.History.OfType<IntercompanyStepAsked>().Select(asked => (asked.Effect.Connection, ((PostErpJournal)asked.Effect.Operation).LegalEntity)));
        mirrored.When(new Observe(InvoiceStory.Id, [due])).ThenNothing();
        Survives(mirrored.State);
    }

    [Fact]
    public void It_is_posted_when_both_books_have_it_and_a_refusal_waits_for_a_person()
    {
        var mirrored = Mirror(Issued(Draft).History.OfType<IntercompanyDue>().Single());
        var id = ((IntercompanyMirrored)mirrored.History[0]).Document.Id;
        var refused = mirrored.When(new ReportEffect($"{id}/seller/1", InvoiceStory.Accepted())).Accepted().When(new ReportEffect($"{id}/deliverer/1", Refused())).Accepted();
        var view = IntercompanyMirror.Render(refused.State, 3)!;
        Assert.Equal((true, false, 1), (view.SellerPosted, view.DelivererPosted, view.Exceptions.Length));
        var retried = refused.When(new RetryStep($"{id}/deliverer/1", "period opened")).Accepted();
        var done = retried.When(new ReportEffect($"{id}/deliverer/2", InvoiceStory.Accepted())).Accepted();
        Assert.True(IntercompanyMirror.Render(done.State, 5)!.DelivererPosted);
        done.When(new ReportEffect($"{id}/deliverer/1", InvoiceStory.Accepted())).ThenNothing();
        IntercompanyMirror.Decider.Given().When(new RetryStep("x", "r")).ThenRefused("NOT_FOUND");
    }

    [Fact]
    public void Cost_plus_gives_the_deliverer_what_the_work_cost_and_a_percentage_of_it_and_credits_take_back_their_part()
    {
        // The consulting of 750.00 cost 400.00; with 10 % on top 440.00. A third of it is credited, in two parts: 146.67.
        var plus = Draft with
        {
            Routing = Draft.Routing with { Transfers = Draft.Routing.Transfers!.SetItem(Deliverer, new(10, "sap", TransferBasis.CostPlus)) },
            Lines = Draft.Lines.SetItem(0, Draft.Lines[0] with { Cost = Eur(400) }),
        };
        var issued = Issued(plus);
        Assert.Equal(Eur(440), issued.History.OfType<IntercompanyDue>().Single().Document.Amount);

        var unknown = Issued(plus with { Lines = Draft.Lines });
        Assert.Empty(unknown.History.OfType<IntercompanyDue>());
        Assert.Equal(["TRANSFER_COST_MISSING"], unknown.View().Exceptions.Select(item => item.Code));

        foreach (var net in new[] { 100m, 150m })
        {
            issued = issued.When(new CreditInvoice([new("1", Eur(net))], InvoiceStory.Date, false, "agreed"), $"credit-{net}").Accepted();
            var memo = issued.History.OfType<CreditGranted>().Last().Memo;
            issued = issued.When(new Observe(memo.CreditMemoId, [new CreditMemoIssued(memo, "C", memo.Net, memo.Tax, memo.Total, [], DeciderSpec.Noon)]), $"issued-{net}").Accepted();
        }

        Assert.Equal(Eur(-146.67m), issued.History.OfType<IntercompanyDue>().Skip(1).Aggregate(Eur(0), (sum, due) => sum + due.Document.Amount));
    }

    [Fact]
    public void Without_a_transfer_price_nothing_is_mirrored_and_finance_hears_of_it()
    {
        var issued = Issued(Draft with { Routing = InvoiceStory.Routing });
        Assert.Empty(issued.History.OfType<IntercompanyDue>());
        Assert.Equal(("TRANSFER_PRICE_MISSING", (Money?)Eur(750)), issued.View().Exceptions.Select(item => (item.Code, item.Held)).Single());
        Assert.Equal(InvoiceStatus.Issued, issued.View().Status);
    }

    [Fact]
    public void A_contract_whose_line_is_delivered_by_a_company_without_a_transfer_price_waits_for_the_policy()
    {
        var quote = Quote with { Lines = [Build, Advice with { DeliveredBy = Deliverer }, Travel] };
        var paused = ContractStory.New.When(quote).Accepted();
        Assert.Equal(["TRANSFER_PRICE_MISSING"], paused.View().Exceptions.Select(item => item.Code));
        var policies = Samples.Policies with
        {
            LegalEntities = Samples.Policies.LegalEntities
                .SetItem("DE01", Northwind with { Billing = BillingPolicy.Default with { TransferPrices = ImmutableDictionary<string, decimal>.Empty.Add(Deliverer, 85) } })
                .Add(Deliverer, Northwind with { Code = Deliverer, Connections = Northwind.Connections.SetItem("erp", "sap") }),
        };
        var active = ContractStory.New.Under(policies).When(quote).Accepted().AnswerAll();
        Assert.Equal(new TransferPrice(85, "sap"), active.Engagement().Routing!.Transfers![Deliverer]);
    }

    [Fact]
    public void Credits_in_parts_take_back_exactly_what_the_invoice_gave() =>
        Prop.ForAll(ArbMap.Default.ArbFor<ushort[]>(), parts =>
        {
            var invoice = Issued(Draft);
            var given = invoice.History.OfType<IntercompanyDue>().Single().Document.Amount;
            var left = 75_000L;
            var i = 0;
            foreach (var part in parts.Take(8).Select(one => Math.Min(one + 1L, left)).Where(one => one > 0))
            {
                left -= part;
                if (left < 0) break;
                invoice = Credit(invoice, new CreditRequest("1", new Money(part, "EUR")), i++);
            }

            if (left > 0) invoice = Credit(invoice, new CreditRequest("1"), i);
            var credits = invoice.History.OfType<IntercompanyDue>().Where(due => due.Document.IsCredit).ToArray();
            Assert.Equal(-given.Amount, credits.Sum(credit => credit.Document.Amount.Amount));
            Assert.Equal(credits.Length, credits.Select(credit => credit.Document.Id).Distinct().Count());
            Survives(invoice.State);
        }).QuickCheckThrowOnFailure();

    internal static Given<IntercompanyState> Mirror(IntercompanyDue due) =>
        IntercompanyMirror.Decider.Given().In(due.Document.Id).By(InvoiceStory.Nora).When(new Observe(due.Document.InvoiceId, [due])).Accepted();

    /// <summary>The invoice after a credit memo for this was issued.</summary>
    internal static Given<InvoiceState> Credit(Given<InvoiceState> invoice, CreditRequest request, int i)
    {
        var granted = invoice.When(new CreditInvoice([request], InvoiceStory.Date.AddDays(5), true, "agreed"), $"credit-{i}").Accepted();
        var memo = granted.History.OfType<CreditGranted>().Last().Memo;
        return granted.When(new Observe(memo.CreditMemoId, [new CreditMemoIssued(memo, $"C-{i}", memo.Net, memo.Tax, memo.Total, [], DeciderSpec.Noon)]), $"issued-{i}").Accepted();
    }
}
