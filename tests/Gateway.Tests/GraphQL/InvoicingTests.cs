using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Q2C.BillingRuns;
using Q2C.Contracts;
using Q2C.Intercompany;
using Q2C.Invoices;
using Q2C.Numbering;
using Q2C.Silo.Tests;

namespace Q2C.Gateway.Tests.GraphQL;

/// <summary>Holds, second persons, numbers and estimates, over HTTP. The threshold of the sample policy is 10,000.00.</summary>
public sealed class InvoicingTests(Engagements engagements) : IClassFixture<Engagements>
{
    private static readonly DateOnly Day = new(2026, 3, 31);

    [Fact]
    public async Task A_customers_hold_shows_on_what_is_below_it_and_a_run_says_what_it_left_out()
    {
        var (contract, _) = await engagements.AcceptQuote("006-hold", account: "001-hold");
        var project = await engagements.Activate(contract);
        var customer = Ids.Derive("eu", Ids.Customer, "salesforce", "001-hold");
        await Wait.Until(async () => (await Holder(customer))["contracts"]!["nodes"]!.AsArray().Count == 1);
        var held = await Ask("fiona", "holdBilling", "HoldBillingInput", "holds { id reason placedOn }",
            new { idempotencyKey = "h1", subjectId = customer, reason = "Insolvency feared" });
        var hold = held["holds"]![0]!;
        Assert.Equal(("Insolvency feared", customer), ((string?)hold["reason"], (string?)hold["placedOn"]));
        await Wait.Until(async () => (await Holder(customer))["contracts"]!["nodes"]![0]!["project"]?["holds"]!.AsArray().Count == 1);
        Assert.Single((await Holder(customer))["contracts"]!["nodes"]![0]!["holds"]!.AsArray());

        var run = await Ask("fiona", "runBilling", "RunBillingInput", "billingRun { id }",
            new { idempotencyKey = "h2", legalEntity = "DE01", cutOff = Day, projectIds = new[] { project } });
        await Wait.Until(async () => (bool)(await Run((string)run["billingRun"]!["id"]!))["completed"]!);
        Assert.Equal(
            $$"""[{"projectId":"{{project}}","reason":"Insolvency feared","placedOn":"{{customer}}"}]""",
            (await Run((string)run["billingRun"]!["id"]!))["onHold"]!.ToJsonString());

        var elsewhere = await Ask("fiona", "releaseBilling", "ReleaseBillingInput", "holds { id }",
            new { idempotencyKey = "h3", subjectId = contract, holdId = (string?)hold["id"], reason = "Paid" });
        Assert.Equal("""[{"code":"HOLD_OF_ANOTHER"}]""", elsewhere["errors"]!.ToJsonString());
        var released = await Ask("fiona", "releaseBilling", "ReleaseBillingInput", "holds { id }",
            new { idempotencyKey = "h4", subjectId = customer, holdId = (string?)hold["id"], reason = "Paid in advance" });
        Assert.Equal("[]", released["holds"]!.ToJsonString());
        await Wait.Until(async () => (await Holder(customer))["contracts"]!["nodes"]![0]!["project"]!["holds"]!.AsArray().Count == 0);
        var list = await engagements.Ask("fiona",
            "query ($id: ID!, $t: String) { billingHolds(filter: { placedOn: $id }, atLeast: $t) { nodes { reason releaseReason } } }",
            new { id = customer, t = (string?)released["freshness"] });
        Assert.Equal("""[{"reason":"Insolvency feared","releaseReason":"Paid in advance"}]""", list["billingHolds"]!["nodes"]!.ToJsonString());
        Assert.Equal("NOT_FOUND", (string?)(await Ask("fiona", "holdBilling", "HoldBillingInput", "holds { id }",
            new { idempotencyKey = "h5", subjectId = "eu_run_1", reason = "r" }))["errors"]![0]!["code"]);
    }

    [Fact]
    public async Task A_refund_above_the_threshold_is_paid_when_a_second_person_agrees()
    {
        await engagements.AcceptQuote("006-refund", account: "001-refund");
        var customer = Ids.Derive("eu", Ids.Customer, "salesforce", "001-refund");
        await Wait.Until(async () => await engagements.Ask("fiona", "query ($id: ID!) { customer(id: $id) { id } }", new { id = customer }) is { } data && data["customer"] is not null);
        await Ask("fiona", "receivePayment", "ReceivePaymentInput", "customer { id }", new
        {
            idempotencyKey = "p1", customerId = customer, paymentId = "b1", legalEntity = "DE01", amount = new { amount = 12_000m, currency = "EUR" },
            date = Day, reference = "wire",
        });
        object Asked(string key, string id, decimal amount) => new
        {
            idempotencyKey = key, customerId = customer, refundId = id, legalEntity = "DE01", amount = new { amount, currency = "EUR" }, date = Day,
            reason = "Paid twice",
        };
        var asked = await Ask("fiona", "refundCustomer", "RefundCustomerInput", "customer { credit { amount } }", Asked("p2", "back", 11_000));
        Assert.Equal("""[{"amount":12000}]""", asked["customer"]!["credit"]!.ToJsonString());
        var waiting = (await engagements.Ask("frank",
            "query ($id: ID!, $t: String) { approvals(filter: { customerId: $id, open: true }, atLeast: $t) { nodes { kind refundId amount { amount } askedBy customer { approvals { refundId } } } } }",
            new { id = customer, t = (string?)asked["freshness"] }))["approvals"]!["nodes"]!;
        Assert.Equal(
            """[{"kind":"REFUND","refundId":"back","amount":{"amount":11000},"askedBy":"fiona","customer":{"approvals":[{"refundId":"back"}]}}]""", waiting.ToJsonString());

        object Decided(string key) => new { idempotencyKey = key, customerId = customer, refundId = "back", legalEntity = "DE01", note = "Checked" };
        Assert.NotEqual("[]", (await Ask("fiona", "approveRefund", "ApproveRefundInput", "customer { id }", Decided("p3")))["errors"]!.ToJsonString());
        var approved = await Ask("frank", "approveRefund", "ApproveRefundInput", "customer { credit { amount } }", Decided("p4"));
        Assert.Equal("""[{"amount":1000}]""", approved["customer"]!["credit"]!.ToJsonString());

        await Ask("fiona", "receivePayment", "ReceivePaymentInput", "customer { id }", new
        {
            idempotencyKey = "p5", customerId = customer, paymentId = "b2", legalEntity = "DE01", amount = new { amount = 20_000m, currency = "EUR" }, date = Day, reference = "wire",
        });
        await Ask("fiona", "refundCustomer", "RefundCustomerInput", "customer { id }", Asked("p6", "again", 15_000));
        var declined = await Ask("frank", "declineRefund", "DeclineRefundInput", "customer { credit { amount } }",
            new { idempotencyKey = "p7", customerId = customer, refundId = "again", legalEntity = "DE01", reason = "They owe more" });
        Assert.Equal("""[{"amount":21000}]""", declined["customer"]!["credit"]!.ToJsonString());
    }

    [Fact]
    public async Task A_write_off_above_the_threshold_waits_and_is_agreed_to_or_declined()
    {
        var invoice = await Draft("large", 30_000);
        await Issue(invoice, 30_000);
        await engagements.Tell(invoice, new WriteOffReceivable(Money.Of(20_000, "EUR"), Day, "Insolvent"));
        await Wait.Until(async () => (await Read(invoice))["approvals"]!.AsArray().Count == 1);
        var declined = await Ask("fiona", "declineReceivableWriteOff", "DeclineReceivableWriteOffInput", "invoice { outstanding { amount } }",
            new { idempotencyKey = "w1", invoiceId = invoice, reason = "They pay" });
        Assert.Equal("""{"outstanding":{"amount":35700}}""", declined["invoice"]!.ToJsonString());
        await engagements.Tell(invoice, new WriteOffReceivable(Money.Of(15_000, "EUR"), Day, "Insolvent after all"));
        var approved = await Ask("frank", "approveReceivableWriteOff", "ApproveReceivableWriteOffInput", "invoice { writtenOff { amount } outstanding { amount } }",
            new { idempotencyKey = "w2", invoiceId = invoice, note = "Agreed" });
        Assert.Equal("""{"writtenOff":{"amount":15000},"outstanding":{"amount":20700}}""", approved["invoice"]!.ToJsonString());
        await Wait.Until(async () => (await Read(invoice))["approvals"]!.AsArray().Count == 0);
    }

    [Fact]
    public async Task A_held_draft_and_an_estimate_that_is_not_due_are_answered_with_what_stands_against_them()
    {
        var invoice = await Draft("held", 100);
        var held = await Ask("fiona", "holdBilling", "HoldBillingInput", "holds { reason }", new { idempotencyKey = "e1", subjectId = invoice, reason = "PO is missing" });
        Assert.Equal("""[{"reason":"PO is missing"}]""", held["holds"]!.ToJsonString());
        var estimated = await Ask("fiona", "estimateTax", "EstimateTaxInput", "invoice { taxEstimated }",
            new { idempotencyKey = "e2", invoiceId = invoice, reason = "Month end" });
        Assert.Equal("""[{"code":"TAX_ENGINE_AVAILABLE"},{"code":"TAX_ESTIMATE_MISSING"}]""", estimated["errors"]!.ToJsonString());
        await Wait.Until(async () => (await Read(invoice))["holds"]!.AsArray().Count == 1);
        Assert.False((bool)(await Read(invoice))["taxEstimated"]!);
    }

    [Fact]
    public async Task Foreign_money_settles_at_the_agreed_rate_and_shows_what_was_gained()
    {
        var invoice = await Draft("foreign", 1_000);
        var set = await Ask("fiona", "overrideInvoiceLine", "OverrideInvoiceLineInput", "invoice { net { amount } lines { adjustments { kind amount { amount } } } }",
            new { idempotencyKey = "f0", invoiceId = invoice, lineId = "1", rate = 900m, reason = "Agreed" });
        Assert.Equal(
            """{"net":{"amount":900},"lines":[{"adjustments":[{"kind":"override","amount":{"amount":-100}}]}]}""", set["invoice"]!.ToJsonString());
        var early = await Ask("fiona", "finalizeInvoice", "FinalizeInvoiceInput", "invoice { id }", new { idempotencyKey = "f1", invoiceId = invoice, reason = "Seen" });
        Assert.Equal("""[{"code":"INVOICE_NOT_IN_REVIEW"}]""", early["errors"]!.ToJsonString());
        await Issue(invoice, 900, round: 2);
        var paid = await Ask("fiona", "recordForeignPayment", "RecordForeignPaymentInput", "invoice { status payments { amount { amount } foreign { amount currency } gain { amount } } }", new
        {
            idempotencyKey = "f2", invoiceId = invoice, paymentId = "w1", paid = new { amount = 1_071m, currency = "USD" }, date = Day, reference = "wire",
            agreed = new { rate = 1m, date = Day, source = "contract" }, booked = new { rate = 1.05m, date = Day, source = "ECB" },
        });
        Assert.Equal(
            """{"status":"PAID","payments":[{"amount":{"amount":1124.55},"foreign":{"amount":1071,"currency":"USD"},"gain":{"amount":53.55}}]}""",
            paid["invoice"]!.ToJsonString());
        await Wait.Until(async () => (await engagements.Ask("fiona",
            "query ($id: ID!) { node(id: $id) { ... on Invoice { id } } invoices(filter: { status: [PAID] }) { nodes { id payments { gain { amount } } } } }",
            new { id = invoice }))["invoices"]!["nodes"]!.AsArray().Any(one => (string?)one!["id"] == invoice && (decimal)one["payments"]![0]!["gain"]!["amount"]! == 53.55m));
        var refreshed = await Ask("fiona", "refreshInvoice", "RefreshInvoiceInput", "invoice { id }", new { idempotencyKey = "f3", invoiceId = invoice, reason = "Late" });
        Assert.Equal("""[{"code":"INVOICE_NOT_IN_REVIEW"}]""", refreshed["errors"]!.ToJsonString());
    }

    [Fact]
    public async Task What_is_between_two_companies_is_listed_with_what_is_in_whose_books()
    {
        var invoice = await Draft("between", 1_000);
        var (contract, _) = await engagements.AcceptQuote("006-inv-between");
        var amount = Money.Of(850, "EUR");
        var document = new IntercompanyDocument(
            IntercompanyDocument.IdOf(invoice, "FR01"), invoice, "RE-1", false, invoice, contract, "DE01", "FR01", "netsuite", "sap", 85, Day,
            [new("1", "line-1", "Advice", Money.Of(1_000, "EUR"), amount)], amount);
        await engagements.Tell(document.Id, new Observe(invoice, [new IntercompanyDue(document, DateTimeOffset.UnixEpoch)]));
        await engagements.Tell(document.Id, new ReportEffect($"{document.Id}/seller/1", new EffectOutcome.Accepted("j-1", null)));
        const string Fields = "documentNumber seller deliverer percent amount { amount } sellerPosted delivererPosted lines { customerNet { amount } }";
        await Wait.Until(async () => (await engagements.Ask(
            "fiona", $"{{ intercompanyDocuments(filter: {{ deliverer: \"FR01\", posted: false }}) {{ nodes {{ {Fields} }} }} }}"))["intercompanyDocuments"]!["nodes"]!.ToJsonString()
            == """[{"documentNumber":"RE-1","seller":"DE01","deliverer":"FR01","percent":85,"amount":{"amount":850},"sellerPosted":true,"delivererPosted":false,"lines":[{"customerNet":{"amount":1000}}]}]""");
        var read = await engagements.Ask("fiona", "query ($id: ID!) { invoice(id: $id) { intercompanyDocuments { id } } }", new { id = invoice });
        Assert.Equal(document.Id, (string?)read["invoice"]!["intercompanyDocuments"]![0]!["id"]);
    }

    [Fact]
    public async Task The_register_has_every_number_that_was_given()
    {
        var format = new NumberFormat("register", "R-{year}-{number}", 3, NumberRestart.Yearly);
        var series = format.SeriesId("eu", "DE01", Day);
        foreach (var name in new[] { "a", "b", "a" })
            await engagements.Tell(series, new Observe($"eu_inv_{name}", [new NumberAsked(series, "DE01", format, $"eu_inv_{name}", Day, DateTimeOffset.UnixEpoch)]));
        await engagements.Tell(series, new Observe("eu_inv_a", [new InvoiceRejected("eu_inv_a", "eu_run_1", "eu_pr_1", "Wrong customer", "fiona", DateTimeOffset.UnixEpoch, Series: series)]));
        await Wait.Until(async () => (await Numbers(series))!.AsArray() is [{ } first, _] && (string?)first["status"] == "VOID");
        Assert.Equal(
            """[{"position":1,"number":"R-2026-001","documentId":"eu_inv_a","status":"VOID","reason":"Wrong customer"},{"position":2,"number":"R-2026-002","documentId":"eu_inv_b","status":"OPEN","reason":null}]""",
            (await Numbers(series))!.ToJsonString());
        var all = (await engagements.Ask("fiona", """{ numberSeries(legalEntity: "DE01") { series year last lastNumber open issued void } }"""))["numberSeries"]!;
        Assert.Contains("""{"series":"register","year":2026,"last":2,"lastNumber":"R-2026-002","open":1,"issued":0,"void":1}""", all.ToJsonString());
    }

    private async Task<JsonNode> Ask(string user, string mutation, string inputType, string fields, object input) => (await engagements.Ask(
        user, $"mutation ($input: {inputType}!) {{ {mutation}(input: $input) {{ {fields} freshness errors {{ ... on UserError {{ code }} }} }} }}",
        new { input }))[mutation]!;

    private async Task<JsonNode> Holder(string customer) => (await engagements.Ask(
        "fiona", "query ($id: ID!) { customer(id: $id) { holds { id } contracts { nodes { holds { id } project { holds { id reason } } } } } }", new { id = customer }))["customer"]!;

    private async Task<JsonNode> Run(string id) => (await engagements.Ask(
        "fiona", "query ($id: ID!) { billingRun(id: $id) { completed onHold { projectId reason placedOn } } }", new { id }))["billingRun"]!;

    private async Task<JsonNode> Read(string id) => (await engagements.Ask(
        "fiona", "query ($id: ID!) { invoice(id: $id) { taxEstimated holds { reason } approvals { kind amount { amount } } } }", new { id }))["invoice"]!;

    private async Task<JsonNode?> Numbers(string series) => (await engagements.Ask(
        "fiona", "query ($id: ID!) { documentNumbers(filter: { seriesId: $id }) { nodes { position number documentId status reason } } }", new { id = series }))["documentNumbers"]!["nodes"];

    /// <summary>A draft of one line, waiting for its tax.</summary>
    private async Task<string> Draft(string name, decimal net)
    {
        var (contract, _) = await engagements.AcceptQuote($"006-inv-{name}");
        var id = Ids.Derive("eu", Ids.Invoice, name);
        var address = new PostalAddress("1 Main Street", null, "Berlin", null, "10115", "DE");
        var routing = new Routing(
            "DE01", "salesforce", "netsuite", "kantata", "avatax", "stripe", Rounding.HalfUp, Money.Of(10_000, "EUR"), 30, "Europe/Berlin",
            address, ImmutableDictionary<string, string>.Empty, []);
        var amount = Money.Of(net, "EUR");
        var draft = new InvoiceDraft(
            id, Ids.Derive("eu", Ids.BillingRun, name), Ids.Derive("eu", Ids.Project, contract), contract, Ids.Derive("eu", Ids.Customer, "salesforce", "001A"),
            new("Acme", null, address, null, null, null, "EUR", []), routing, "EUR", Day, "nora",
            [new("1", "line-1", "consulting", "S", "Advice", 1, net, amount, [new($"t/{name}@1", $"t/{name}", amount)])]);
        await engagements.Tell(id, new Observe(draft.RunId, [new DraftMade(draft, DateTimeOffset.UnixEpoch)]));
        return id;
    }

    private async Task Issue(string id, decimal net, int round = 1)
    {
        var tax = Money.Of(net * 0.19m, "EUR");
        await engagements.Tell(id, new ReportEffect($"{id}/tax/{round}", new EffectOutcome.Accepted("t", new TaxAnswer([new("1", tax, 0.19m, "DE")], tax))));
        if (net > 10_000) await engagements.Tell(id, new ApproveInvoice(null));
        await engagements.Tell(id, new ReportEffect($"{id}/posting/1", new EffectOutcome.Accepted("e", new ErpInvoiceAnswer($"N-{id}"))));
    }
}
