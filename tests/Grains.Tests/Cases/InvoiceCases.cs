using System.Collections.Immutable;
using System.Text.Json;
using Q2C.BillingRuns;
using Q2C.Contracts;
using Q2C.Grains.Billing;
using Q2C.Grains.Billing.Tax;
using Q2C.Grains.BillingRuns;
using Q2C.Grains.Tests.BillingRuns;
using Q2C.Grains.Tests.Contracts;
using Q2C.Grains.Tests.Invoices;
using Q2C.Intercompany;
using Q2C.Invoices;
using Q2C.Policies;
using Q2C.Projects;
using static Q2C.Grains.Tests.Contracts.Samples;
using Work = Q2C.Grains.Tests.Projects.Engagement;

namespace Q2C.Grains.Tests.Cases;

/// <summary>Cases about what goes on one invoice and on one line, and about its taxes.</summary>
public sealed class InvoiceCases
{
    private const string RunId = "eu_run_1";
    private const decimal SecondsPerHour = 3600;
    private static readonly string[] Projects = [ProjectId, "eu_pr_second"];
    private static readonly DateOnly Day = new(2026, 2, 10);

    [Fact]
    public void Oca_invoicing_invoice_grouping_criteria() => GoldenCase.Tell("oca-invoicing-invoice-grouping-criteria", golden =>
    {
        // Where services are delivered is the project; the rule of the company or of the customer decides.
        var elsewhere = Alder with { BillTo = Berlin with { Line1 = "Invalidenstrasse 5" } };
        Assert.Equal(golden.ExpectedNumber("same"), Drafts(new([InvoiceKey.BillTo]), Alder, Alder).Length);
        Assert.Equal(golden.ExpectedNumber("invoice_partner"), Drafts(new([InvoiceKey.BillTo]), Alder, elsewhere).Length);
        Assert.Equal(golden.ExpectedNumber("delivery"), Drafts(new([InvoiceKey.Project]), Alder, Alder).Length);
        Assert.Equal(golden.ExpectedNumber("delivery_customer"), Drafts(new([]), Alder, Alder, byCustomer: new([InvoiceKey.Project])).Length);
        Assert.Equal(golden.ExpectedNumber("order"), Drafts(new([InvoiceKey.Contract]), Alder, Alder).Length);
    });

    [Fact]
    public void Odoo_consolidated_billing_switch() => GoldenCase.Tell("odoo-consolidated-billing-switch", golden =>
    {
        Assert.False(golden.Contract.GetProperty("consolidate").GetBoolean());
        Assert.Equal(golden.ExpectedNumber("invoices"), Drafts(Grouping.Default, Alder, Alder).Length);
        Assert.Single(Drafts(new([]), Alder, Alder));
    });

    [Fact]
    public void Tryton_group_by_party() => GoldenCase.Tell("tryton-group-by-party", golden =>
    {
        var drafts = Drafts(new([]), Alder, Alder with { Name = "Birch GmbH" }, secondCustomer: "eu_cu_birch",
            items: [Time("a", 20, 1), Time("b", 20, 5)]);
        Assert.Equal(golden.ExpectedNumber("invoices"), drafts.Length);
        Assert.Equal(golden.ExpectedNumber("total"), drafts.Sum(draft => draft.Net.Amount));
    });

    [Fact]
    public void Kimai_invoice_group_by_activity_user() => GoldenCase.Tell("kimai-invoice-group-by-activity-user", golden =>
    {
        var draft = Draft(LineGrouping.TaskAndPerson, golden.Events);
        Assert.Equal(golden.ExpectedNumber("lines"), draft.Lines.Length);

        // Of lines that begin on the same day the case has an order of its own.
        var begins = draft.Lines.Select(line => line.Net.Amount).ToArray();
        var expected = golden.ExpectedNumbers("line_amounts_by_date");
        Assert.Equal(expected[0], begins[0]);
        Assert.Equal(expected[1..3].Order(), begins[1..3].Order());
        Assert.Equal(expected[3..].Order(), begins[3..].Order());
        Assert.Equal((golden.ExpectedNumber("subtotal"), golden.ExpectedNumber("total")), (draft.Net.Amount, WithVat(draft, golden)));
        Assert.Equal(golden.ExpectedNumber("seconds"), Seconds(draft.Lines));
    });

    [Fact]
    public void Kimai_invoice_group_by_week() => GoldenCase.Tell("kimai-invoice-group-by-week", golden =>
    {
        InvoiceDraft Of(string set) => Draft(LineGrouping.Week, [.. golden.Events.Where(entry => entry.GetProperty("set").GetString() == set)]);
        var a = Of("A");
        Assert.Equal(golden.ExpectedNumbers("A.line_amounts"), a.Lines.Select(line => line.Net.Amount));
        Assert.Equal((golden.ExpectedNumber("A.subtotal"), golden.ExpectedNumber("A.total")), (a.Net.Amount, WithVat(a, golden)));
        Assert.Equal(golden.ExpectedNumber("A.seconds"), Seconds(a.Lines));
        Assert.Equal(golden.ExpectedNumber("B.lines"), Of("B").Lines.Length);
        var c = Of("C");
        Assert.Equal(
            (golden.ExpectedNumber("C.lines"), golden.ExpectedNumber("C.seconds"), golden.ExpectedNumber("C.amount")),
            (c.Lines.Length, Seconds(c.Lines), c.Net.Amount));
    });

    [Fact]
    public void Kimai_invoice_short_same_rate() => GoldenCase.Tell("kimai-invoice-short-same-rate", golden =>
    {
        var draft = Draft(LineGrouping.ContractLine, golden.Events, Number(golden.Contract, "hourly_rate"));
        Assert.Equal(golden.ExpectedNumber("lines"), draft.Lines.Length);
        Assert.Equal(golden.ExpectedNumber("line.entry_count"), draft.Lines[0].Items.Length);
        Assert.Equal(golden.Ours("line.amount").GetDecimal(), draft.Lines[0].Net.Amount);
        Assert.Equal(golden.Ours("line.seconds").GetDecimal(), Seconds(draft.Lines));
        Assert.Equal((golden.Ours("subtotal").GetDecimal(), golden.Ours("total").GetDecimal()), (draft.Net.Amount, WithVat(draft, golden)));
    });

    [Fact]
    public void Lago_draft_line_override_kept() => GoldenCase.Tell("lago-draft-line-override-kept", golden =>
    {
        foreach (var set in golden.Events.Where(@event => @event.GetProperty("type").GetString() == "override"))
        {
            var fee = Work.Terms with
            {
                Lines = [new("fee", "consulting", "Fee", new BillingModel.FixedFee(Eur(Number(golden.Contract, "price")), [new("M1", "Fee", Eur(Number(golden.Contract, "price")), null)]), Work.Start, null)],
            };
            var story = new RunStory(fee, BillingPolicy.Default with { ReviewDays = golden.Contract.GetProperty("grace_days").GetInt32() });
            story.Report(Work.Reached("m", 19, "M1"));
            var invoice = story.Bill();
            Assert.Equal(Number(golden.Events[0], "total"), story.View(invoice).Draft.Net.Amount);
            story.Hear(invoice, new OverrideInvoiceLine(
                "1", Number(set, "units"), set.TryGetProperty("unit_price", out var price) ? price.GetDecimal() : null, null, "adjusted"));
            story.Hear(invoice, new RefreshInvoice("refresh"));
            story.Hear(invoice, new FinalizeInvoice("finalize"));
            story.Issue(invoice);
            Assert.Equal(golden.ExpectedNumber(set.GetProperty("id").GetString()!), story.View(invoice).Draft.Net.Amount);
        }
    });

    [Fact]
    public void Oca_multicompany_intercompany_mirror_invoice() => GoldenCase.Tell("oca-multicompany-intercompany-mirror-invoice", golden =>
    {
        // The mirror has the whole amount: a transfer price of all of it.
        const decimal Whole = 100;
        var amount = Eur(Number(golden.Contract, "amount"));
        Given<Grains.Invoices.InvoiceState> Posted(string? deliverer) => InvoiceStory.New.When(InvoiceStory.Made(InvoiceStory.Draft with
            {
                Routing = InvoiceStory.Routing with { Transfers = ImmutableDictionary<string, TransferPrice>.Empty.Add("B", new(Whole, "sap")) },
                Lines = [new("1", "L2", "consulting", "S-CONS", "Advice", 1, amount.Amount, amount, [new("t/1@1", "t/1", amount)], DeliveredBy: deliverer)],
            })).Accepted()
            .Report("tax/1", InvoiceStory.Accepted(new TaxAnswer([new("1", Eur(0), 0, "DE")], Eur(0)))).Accepted()
            .Report("posting/1", InvoiceStory.Accepted(new ErpInvoiceAnswer("A-1"))).Accepted();
        var invoice = Posted("B");
        var due = invoice.History.OfType<IntercompanyDue>().ToArray();
        Assert.Equal((golden.ExpectedNumber("mirror.count"), golden.ExpectedNumber("mirror.lines")), (due.Length, due[0].Document.Lines.Length));
        Assert.Equal("A", golden.Expected("mirror.amount_from").GetString());
        Assert.Equal(amount, due[0].Document.Amount);

        var mirror = Intercompanies.IntercompanyTests.Mirror(due[0]);
        foreach (var asked in mirror.History.OfType<IntercompanyStepAsked>().ToArray())
            mirror = mirror.When(new ReportEffect(asked.Effect.Id, InvoiceStory.Accepted())).Accepted();
        var view = Grains.Intercompanies.IntercompanyMirror.Render(mirror.State, 1)!;
        Assert.Equal("posted", golden.Expected("mirror.status").GetString());
        Assert.True(view is { SellerPosted: true, DelivererPosted: true });

        // Neither the invoice goes back to a draft, nor does anybody change the mirror.
        Assert.Equal("rejected", golden.Expected("reset_to_draft_of_A_with_posted_mirror").GetString());
        invoice.When(new RejectInvoice("mistake")).ThenRefused("INVOICE_ALREADY_ISSUED");
        mirror.When(new OverrideInvoiceLine("1", null, Number(golden.Events[3], "price"), null, "r")).ThenRefused("UNSUPPORTED_COMMAND");
        var credited = Intercompanies.IntercompanyTests.Credit(invoice, new("1"), 0).History.OfType<IntercompanyDue>().Where(one => one.Document.IsCredit);
        Assert.Equal("one mirrored credit note", golden.Expected("after_full_reverse").GetString());
        Assert.Equal(-amount, credited.Single().Document.Amount);
        Assert.Equal("no mirror", golden.Expected("disabled").GetString());
        Assert.Empty(Posted(null).History.OfType<IntercompanyDue>());
    });

    [Fact]
    public void Odoo_tax_line_vs_global_rounding() => GoldenCase.Tell("odoo-tax-line-vs-global-rounding", golden =>
    {
        var prices = golden.Contract.GetProperty("lines").EnumerateArray().Select(line => line.GetDecimal()).ToArray();
        var percents = golden.Contract.GetProperty("taxes").EnumerateArray().Select(tax => tax.GetDecimal()).ToArray();
        var rate = Number(golden.Contract, "rate");
        foreach (var id in new[] { "excl_line", "excl_global", "incl_line", "incl_global" })
        {
            var total = golden.Event(id);
            var isIncluded = total.TryGetProperty("unit", out var unit);
            var level = total.GetProperty("rounding").GetString() == "global" ? TaxRounding.Group : TaxRounding.Line;

            // Two taxes on the net amount, and one on the net amount with both; of a price with taxes, the two are in it.
            ImmutableArray<TaxRow> rows =
            [
                new("one", percents[0], IsIncluded: isIncluded), new("two", percents[1], IsIncluded: isIncluded),
                new("three", percents[2], TaxBasis.NetAndRowsBefore),
            ];
            ImmutableArray<TaxableLine> lines =
                [.. prices.Select((price, i) => new TaxableLine($"{i}", Eur(isIncluded ? unit.GetDecimal() : price), rows))];
            var taxed = Taxation.Calculate(lines, level, Rounding.HalfUp);
            Assert.Equal(
                (decimal[])[golden.ExpectedNumber($"{id}.net"), golden.ExpectedNumber($"{id}.tax"), golden.ExpectedNumber($"{id}.total")],
                Amounts(taxed));
            if (isIncluded) continue;
            Assert.Equal(golden.ExpectedNumbers($"{id}.tax_groups"), taxed.Groups.Select(group => group.Tax.Amount));
            var company = Taxation.Calculate(lines, level, Rounding.HalfUp, 1 / rate, "USD");
            Assert.Equal(
                golden.ExpectedNumbers($"{id}.company_currency"), Amounts(company));
        }
    });

    [Fact]
    public void Erpnext_invoice_mixed_taxes_and_discounts() => GoldenCase.Tell("erpnext-invoice-mixed-taxes-and-discounts", golden =>
    {
        // Rates as the description has them; 2 % and 1 % on the excise, 2 % on all before, 10 % off the whole.
        ImmutableArray<TaxRow> rows =
        [
            new("shipping", 0, TaxBasis.Fixed, 100), new("customs", 10), new("excise", 0, TaxBasis.Fixed, 140),
            new("edu_cess", 2, TaxBasis.Row, Of: "excise"), new("shec", 1, TaxBasis.Row, Of: "excise"),
            new("cst", 2, TaxBasis.NetAndRowsBefore), new("vat", 12.5m), new("discount", -10, TaxBasis.NetAndRowsBefore),
        ];
        var taxed = Taxation.Calculate([new("1", Eur(Number(golden.Contract, "net")), rows)], TaxRounding.Line, Rounding.HalfUp);
        Assert.Equal(rows.Select(row => golden.ExpectedNumber(row.Code)), taxed.Groups.Select(group => group.Tax.Amount));
        Assert.Equal(golden.ExpectedNumber("total"), taxed.Total.Amount);
    });

    [Fact]
    public void Dolibarr_currency_and_withholding() => GoldenCase.Tell("dolibarr-currency-and-withholding", golden =>
    {
        var rate = Number(golden.Contract, "rate");
        var a = Taxed(Number(golden.Event("a"), "price"), 1, null, Number(golden.Event("a"), "tax"));
        Assert.Equal((golden.ExpectedNumber("a.tax"), golden.ExpectedNumber("a.total")), (a.Tax.Amount, a.Total.Amount));
        var b = Number(golden.Event("b"), "qty") * Number(golden.Event("b"), "price");
        var tax = Number(golden.Event("b"), "tax");
        Assert.Equal(golden.ExpectedNumbers("b.company"), Amounts(Taxed(b, 1, null, tax)));
        Assert.Equal(golden.ExpectedNumbers("b.fc"), Amounts(Taxed(b, rate, "USD", tax)));
        var c = Number(golden.Event("c"), "price_fc") * Number(golden.Event("c"), "qty");
        Assert.Equal(golden.ExpectedNumbers("c.company"), Amounts(Taxed(c, 1 / rate, "USD", tax)));
        var d = golden.Event("d");
        Assert.Equal(golden.ExpectedNumber("d"), Taxed(
            Number(d, "net"), 1, null, [.. d.GetProperty("taxes").EnumerateArray().Select(one => one.GetDecimal())]).Total.Amount);
        var e = Taxed(Number(golden.Event("e"), "net"), 1, null, Number(golden.Event("e"), "local_tax"));
        Assert.Equal((golden.ExpectedNumber("e.tax"), golden.ExpectedNumber("e.total")), (e.Tax.Amount, e.Total.Amount));
    });

    [Fact]
    public void Invoiceninja_line_tax_and_discount() => GoldenCase.Tell("invoiceninja-line-tax-and-discount", golden =>
    {
        const decimal Price = 100;
        TaxedDocument Of(string id, params (decimal? Percent, decimal? Amount)[] discounts)
        {
            var line = golden.Event(id);
            var isIncluded = line.TryGetProperty("inclusive", out var inclusive) && inclusive.GetBoolean();
            var given = Discounts.Spread([new("line", Eur(Price))], discounts.Select((one, i) => new Discount(
                $"{i}", "Discount", one.Percent, one.Amount is { } amount ? Eur(amount) : null)), _ => null, Rounding.HalfUp);
            return Taxation.Calculate(
                [new("1", given.Aggregate(Eur(Price), (left, one) => left - one.Shares[0]), [new("VAT", Number(line, "tax"), IsIncluded: isIncluded)])], TaxRounding.Line, Rounding.HalfUp);
        }

        decimal Term(string id, string name) => Number(golden.Event(id), name);
        void Same(string id, TaxedDocument taxed, int sign = 1) => Assert.Equal(
            (golden.ExpectedNumber($"{id}.total"), golden.ExpectedNumber($"{id}.tax")), (sign * taxed.Total.Amount, sign * taxed.Tax.Amount));
        Same("excl22", Of("excl22"));
        Same("incl10_disc10", Of("incl10_disc10", (null, Term("incl10_disc10", "invoice_discount_amount"))));
        Same("excl10_disc10", Of("excl10_disc10", (null, Term("excl10_disc10", "invoice_discount_amount_or_percent"))));
        Same("incl_two_discounts", Of(
            "incl_two_discounts", (Term("incl_two_discounts", "line_discount_pct"), null), (Term("incl_two_discounts", "invoice_discount_pct"), null)));

        // The negative line is the credit of such an invoice in full.
        var billed = Of("negative", (null, -Term("negative", "invoice_discount_amount")));
        var books = new Books();
        books.Issue("eu_inv_n", [Books.Line("1", billed.Net)], [new("1", billed.Tax, 0.1m, "DE")]);
        var credit = books.Credit("eu_inv_n").Memo;
        Assert.Equal((golden.ExpectedNumber("negative.total"), golden.ExpectedNumber("negative.tax")), (-credit.Total.Amount, -credit.Tax.Amount));
    });

    private static TaxedDocument Taxed(decimal price, decimal exchange, string? currency, params decimal[] percents) => Taxation.Calculate(
        [new("1", Eur(price), [.. percents.Select((percent, i) => new TaxRow($"{i}", percent))])], TaxRounding.Line, Rounding.HalfUp, exchange, currency);

    private static decimal[] Amounts(TaxedDocument taxed) => [taxed.Net.Amount, taxed.Tax.Amount, taxed.Total.Amount];

    private static decimal WithVat(InvoiceDraft draft, GoldenCase golden) => Taxation.Calculate(
        [.. draft.Lines.Select(line => new TaxableLine(line.Id, line.Net, [new("VAT", Number(golden.Contract, "vat_percent"))]))],
        TaxRounding.Group, Rounding.HalfUp).Total.Amount;

    /// <summary>Hours shown on the lines; a line of no hours shows its amount once.</summary>
    private static decimal Seconds(ImmutableArray<InvoiceLine> lines) =>
        decimal.Round(lines.Where(line => !line.Net.IsZero).Sum(line => line.Quantity) * SecondsPerHour, 6);

    private static InvoiceDraft Draft(LineGrouping grouping, JsonElement[] entries, decimal? rate = null) => Drafts(
        Grouping.Default with { Lines = grouping }, Alder, null, items: [.. entries.Select((entry, i) => Entry(entry, i, rate))]).Single();

    private static BillableItem Entry(JsonElement entry, int i, decimal? rate)
    {
        var hours = Number(entry, "duration_s") / SecondsPerHour;
        var amount = Number(entry, "amount");
        var date = entry.GetProperty("date").GetString() is { } text && text != "today" ? DateOnly.Parse(text) : new DateOnly(2026, 2, 10);
        string? Of(string name) => entry.TryGetProperty(name, out var one) && one.ValueKind != JsonValueKind.Null ? one.ToString() : null;
        return Time($"t/{i}", rate ?? (hours == 0 ? 0 : amount / hours), hours, amount) with
        {
            Date = date, Person = Of("user") ?? "somebody", Task = Of("activity"),
        };
    }

    private static BillableItem Time(string id, decimal rate, decimal hours, decimal? amount = null) => new(
        $"{id}@1", id, 1, ItemKind.Time, "L2", Day, $"{hours} h", "Paula", "Consultant", hours, rate,
        Eur(amount ?? rate * hours), Eur(amount ?? rate * hours), Disposition.Billable, "why", "rule");

    /// <summary>What a run over two projects drafts, each a contract of its own; over one if there is no second customer.</summary>
    private static InvoiceDraft[] Drafts(
        Grouping grouping, CustomerProfile first, CustomerProfile? second, string secondCustomer = CustomerId, Grouping? byCustomer = null,
        BillableItem[]? items = null)
    {
        string[] projects = second is null ? Projects[..1] : Projects;
        var billing = BillingPolicy.Default with
        {
            Grouping = grouping,
            ByCustomer = byCustomer is null
                ? ImmutableDictionary<string, Grouping>.Empty
                : ImmutableDictionary<string, Grouping>.Empty.Add(CustomerId, byCustomer),
        };
        var policies = Samples.Policies with
        {
            LegalEntities = Samples.Policies.LegalEntities.SetItem("DE01", Northwind with { Billing = billing }),
        };
        var run = BillingRun.Decider.Given().In(RunId).Under(policies).By(InvoiceStory.Nora)
            .When(new StartBillingRun("DE01", Day, Day, [.. projects])).Accepted();
        items ??= [Time("a", 100, 1), Time("b", 100, 1)];
        for (var i = 0; i < projects.Length; i++)
            run = run.When(new Observe(projects[i], [new ItemsReserved(
                RunId, projects[i], $"{ContractId}{i}", i == 0 ? CustomerId : secondCustomer, i == 0 ? first : second!, InvoiceStory.Routing,
                new Terms(1, Start, "EUR", [Advice]), projects.Length == 1 ? [.. items] : [items[i]], DeciderSpec.Noon)])).Accepted();
        return [.. run.History.OfType<DraftMade>().Select(made => made.Draft)];
    }

    private static decimal Number(JsonElement element, string name) => element.GetProperty(name).GetDecimal();
}
