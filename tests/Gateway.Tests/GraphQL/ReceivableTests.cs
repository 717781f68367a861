using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Q2C.BillingRuns;
using Q2C.Contracts;
using Q2C.Invoices;
using Q2C.Silo.Tests;

namespace Q2C.Gateway.Tests.GraphQL;

/// <summary>What finance does about issued invoices and the money of customers, over HTTP.</summary>
public sealed class ReceivableTests(Engagements engagements) : IClassFixture<Engagements>
{
    private static readonly string Customer = Ids.Derive("eu", Ids.Customer, "salesforce", "001A");
    private static readonly DateOnly Day = new(2026, 3, 2);

    [Fact]
    public async Task An_invoice_is_credited_in_parts_and_approved_by_a_second_person()
    {
        var invoice = await Issue("credit", 30_000);
        var credited = await Ask("fiona", "creditInvoice", "CreditInvoiceInput", "creditMemoId invoice { id }", new
        {
            idempotencyKey = "c1", invoiceId = invoice, date = Day, releaseItems = true, reason = "Agreed",
            lines = new[] { new { lineId = "1", net = new { amount = 25_000m, currency = "EUR" } } },
        });
        var memo = (string)credited["creditMemoId"]!;
        Assert.Equal("[]", credited["errors"]!.ToJsonString());
        await Wait.Until(async () => (string?)(await Memo(memo))?["status"] == "AWAITING_APPROVAL");

        var own = await Ask("fiona", "approveCreditMemo", "ApproveCreditMemoInput", "creditMemo { status }", new { idempotencyKey = "a0", creditMemoId = memo });
        Assert.NotEqual("[]", own["errors"]!.ToJsonString());
        var approved = await Ask("frank", "approveCreditMemo", "ApproveCreditMemoInput", "creditMemo { status lines { invoiceLineId net { amount } tax { amount } } }",
            new { idempotencyKey = "a1", creditMemoId = memo, note = "fine" });
        Assert.Equal(
            """{"status":"POSTING","lines":[{"invoiceLineId":"1","net":{"amount":25000},"tax":{"amount":4750}}]}""",
            approved["creditMemo"]!.ToJsonString());

        await engagements.Tell(memo, new ReportEffect($"{memo}/posting/1", new EffectOutcome.Accepted("9", new ErpInvoiceAnswer("C-1"))));
        await Wait.Until(async () => await Status(invoice) is ("PARTIALLY_PAID", 5_950m));
        var refused = await Ask("fiona", "creditInvoice", "CreditInvoiceInput", "creditMemoId", new
        {
            idempotencyKey = "c2", invoiceId = invoice, date = Day, releaseItems = true, reason = "Again",
            lines = new[] { new { lineId = "1", net = new { amount = 5_000.01m, currency = "EUR" } } },
        });
        Assert.Equal("""[{"code":"CREDIT_EXCEEDS_INVOICE"}]""", refused["errors"]!.ToJsonString());
        await Wait.Until(async () => (await engagements.Ask("fiona", "query ($id: ID!) { invoice(id: $id) { creditMemos { number } } }", new { id = invoice }))
            ["invoice"]!["creditMemos"]!.AsArray() is [{ } listed] && (string?)listed["number"] == "C-1");
        var read = await engagements.Ask("fiona", "query ($id: ID!) { invoice(id: $id) { credited { amount } creditMemos { number total { amount } invoice { id } } } }", new { id = invoice });
        Assert.Equal(
            """{"credited":{"amount":29750},"creditMemos":[{"number":"C-1","total":{"amount":29750},"invoice":{"id":"ID"}}]}""".Replace("ID", invoice),
            read["invoice"]!.ToJsonString());
    }

    [Fact]
    public async Task A_credit_memo_that_is_rejected_leaves_the_invoice_as_it_was()
    {
        var invoice = await Issue("rejected", 30_000);
        var credited = await Ask("fiona", "creditInvoice", "CreditInvoiceInput", "creditMemoId", new
        {
            idempotencyKey = "r1", invoiceId = invoice, date = Day, releaseItems = false, reason = "Agreed",
        });
        var memo = (string)credited["creditMemoId"]!;
        await Wait.Until(async () => (string?)(await Memo(memo))?["status"] == "AWAITING_APPROVAL");
        var rejected = await Ask("frank", "rejectCreditMemo", "RejectCreditMemoInput", "creditMemo { status }",
            new { idempotencyKey = "r2", creditMemoId = memo, reason = "Not agreed" });
        Assert.Equal("REJECTED", (string?)rejected["creditMemo"]!["status"]);
        Assert.Equal(("ISSUED", 35_700m), await Status(invoice));
    }

    [Fact]
    public async Task A_receivable_is_disputed_released_written_off_and_restored()
    {
        var invoice = await Issue("dispute", 100);
        var disputed = await Ask("fiona", "disputeInvoice", "DisputeInvoiceInput", "invoice { disputed }",
            new { idempotencyKey = "d1", invoiceId = invoice, reason = "Wrong hours" });
        Assert.True((bool)disputed["invoice"]!["disputed"]!);
        var released = await Ask("fiona", "releaseDispute", "ReleaseDisputeInput", "invoice { disputed }",
            new { idempotencyKey = "d2", invoiceId = invoice, reason = "Explained" });
        Assert.False((bool)released["invoice"]!["disputed"]!);
        var writtenOff = await Ask("frank", "writeOffReceivable", "WriteOffReceivableInput", "invoice { status writtenOff { amount } }",
            new { idempotencyKey = "d3", invoiceId = invoice, date = Day, reason = "Insolvent" });
        Assert.Equal("""{"status":"WRITTEN_OFF","writtenOff":{"amount":119}}""", writtenOff["invoice"]!.ToJsonString());
        var restored = await Ask("fiona", "restoreReceivable", "RestoreReceivableInput", "invoice { status }",
            new { idempotencyKey = "d4", invoiceId = invoice, date = Day, reason = "They pay" });
        Assert.Equal("ISSUED", (string?)restored["invoice"]!["status"]);
    }

    [Fact]
    public async Task Money_is_received_applied_and_paid_back()
    {
        var invoice = await Issue("money", 100);
        await Wait.Until(async () => (await Receivables()).Contains(invoice));
        var received = await Ask("fiona", "receivePayment", "ReceivePaymentInput", "customer { id }", new
        {
            idempotencyKey = "m1", customerId = Customer, paymentId = "b1", legalEntity = "DE01", amount = new { amount = 200m, currency = "EUR" },
            date = Day, reference = "wire", allocations = Array.Empty<object>(),
        });
        Assert.Equal("[]", received["errors"]!.ToJsonString());
        var applied = await Ask("fiona", "applyCredit", "ApplyCreditInput", "customer { id }", new
        {
            idempotencyKey = "m2", customerId = Customer, legalEntity = "DE01", currency = "EUR", date = Day,
            allocations = new[] { new { invoiceId = invoice, amount = new { amount = 119m, currency = "EUR" } } },
        });
        Assert.Equal("[]", applied["errors"]!.ToJsonString());
        await Wait.Until(async () => await Status(invoice) is ("PAID", 0m));
        var refunded = await Ask("fiona", "refundCustomer", "RefundCustomerInput", "customer { credit { amount } }", new
        {
            idempotencyKey = "m3", customerId = Customer, refundId = "back", legalEntity = "DE01", amount = new { amount = 81m, currency = "EUR" },
            date = Day, reason = "Asked for",
        });
        Assert.Equal("[]", refunded["errors"]!.ToJsonString());
        var tooMuch = await Ask("fiona", "refundCustomer", "RefundCustomerInput", "customer { id }", new
        {
            idempotencyKey = "m4", customerId = Customer, refundId = "more", legalEntity = "DE01", amount = new { amount = 119.01m, currency = "EUR" },
            date = Day, invoiceId = invoice, reason = "Asked for",
        });
        Assert.Contains("REFUND_EXCEEDS_RECEIVED", tooMuch["errors"]!.ToJsonString());
        var dunned = await Ask("fiona", "proposeDunning", "ProposeDunningInput", "customer { id }",
            new { idempotencyKey = "m5", customerId = Customer, legalEntity = "DE01", day = Day });
        Assert.Equal("""[{"code":"NO_DUNNING_POLICY"}]""", dunned["errors"]!.ToJsonString());
    }

    [Fact]
    public async Task Money_that_came_in_and_credit_memos_are_listed_by_customer_and_day()
    {
        var invoice = await Issue("listed", 100);
        var paid = await Ask("fiona", "recordPayment", "RecordPaymentInput", "invoice { id }", new
        {
            idempotencyKey = "l1", invoiceId = invoice, paymentId = "wire-1", amount = new { amount = 20m, currency = "EUR" }, date = Day, reference = "in part",
        });
        var received = await Ask("fiona", "receivePayment", "ReceivePaymentInput", "customer { id }", new
        {
            idempotencyKey = "l2", customerId = Customer, paymentId = "wire-2", legalEntity = "DE01", amount = new { amount = 7m, currency = "EUR" },
            date = Day.AddDays(1), reference = "on account", allocations = Array.Empty<object>(),
        });
        var credited = await Ask("fiona", "creditInvoice", "CreditInvoiceInput", "creditMemoId", new
        {
            idempotencyKey = "l3", invoiceId = invoice, date = Day, releaseItems = false, reason = "Goodwill for the listed one",
            lines = new[] { new { lineId = "1", net = new { amount = 10m, currency = "EUR" } } },
        });
        var memo = (string)credited["creditMemoId"]!;
        foreach (var token in new[] { paid, received, credited }.Select(answer => (string)answer["freshness"]!))
            await engagements.Ask("fiona", "query ($token: String) { payments(atLeast: $token) { nodes { id } } }", new { token });
        await Wait.Until(async () => (await Listed())["creditMemos"]!["nodes"]!.AsArray().Count == 1);

        var listed = await Listed();

        Assert.Equal(
            """[{"paymentId":"wire-1","date":"2026-03-02","amount":{"amount":20},"excess":{"amount":0},"invoice":{"number":"N-listed"},"customer":{"name":"Acme"}},"""
            + """{"paymentId":"wire-2","date":"2026-03-03","amount":{"amount":7},"excess":null,"invoice":null,"customer":{"name":"Acme"}}]""",
            listed["payments"]!["nodes"]!.ToJsonString());
        Assert.Equal(
            """[{"id":"ID","total":{"amount":11.9},"customer":{"name":"Acme"}}]""".Replace("ID", memo), listed["creditMemos"]!["nodes"]!.ToJsonString());
        Assert.Equal(listed["creditMemos"]!.ToJsonString(), listed["customer"]!["creditMemos"]!.ToJsonString());
        Assert.Equal("""{"nodes":[{"paymentId":"wire-2"}]}""", listed["customer"]!["payments"]!.ToJsonString());
        Assert.Contains(invoice, listed["customer"]!["invoices"]!.ToJsonString(), StringComparison.Ordinal);

        async Task<JsonNode> Listed() => await engagements.Ask("fiona",
            """
            query ($customer: ID!) {
              payments(filter: { search: "wire-" }, orderBy: { field: DATE }) {
                nodes { paymentId date amount { amount } excess { amount } invoice { number } customer { name } } }
              creditMemos(filter: { search: "the listed" }) { nodes { id total { amount } customer { name } } }
              customer(id: $customer) {
                payments(first: 1, filter: { search: "wire-" }, orderBy: { field: DATE, direction: DESC }) { nodes { paymentId } }
                creditMemos(filter: { search: "the listed" }) { nodes { id total { amount } customer { name } } }
                invoices(filter: { number: "N-listed" }) { nodes { id } } } }
            """, new { customer = Customer });
    }

    private async Task<JsonNode> Ask(string user, string mutation, string inputType, string fields, object input) => (await engagements.Ask(
        user, $"mutation ($input: {inputType}!) {{ {mutation}(input: $input) {{ {fields} freshness errors {{ ... on UserError {{ code }} }} }} }}",
        new { input }))[mutation]!;

    private async Task<JsonNode?> Memo(string id) =>
        (await engagements.Ask("fiona", "query ($id: ID!) { creditMemo(id: $id) { status } }", new { id }))["creditMemo"];

    private async Task<(string? Status, decimal Outstanding)> Status(string id)
    {
        var invoice = (await engagements.Ask("fiona", "query ($id: ID!) { invoice(id: $id) { status outstanding { amount } } }", new { id }))["invoice"]!;
        return ((string?)invoice["status"], (decimal)invoice["outstanding"]!["amount"]!);
    }

    private async Task<string[]> Receivables() =>
        [.. (await engagements.Ask("fiona", "query ($id: ID!) { customer(id: $id) { receivables { invoiceId outstanding { amount } instalments { due } } } }", new { id = Customer }))
            ["customer"]?["receivables"]?.AsArray().Select(open => (string)open!["invoiceId"]!) ?? []];

    /// <summary>An issued invoice of one line with 19 % tax.</summary>
    private async Task<string> Issue(string name, decimal net)
    {
        var (contract, _) = await engagements.AcceptQuote($"006-{name}");
        var id = Ids.Derive("eu", Ids.Invoice, name);
        var address = new PostalAddress("1 Main Street", null, "Berlin", null, "10115", "DE");
        var routing = new Routing(
            "DE01", "salesforce", "netsuite", "kantata", "avatax", "stripe", Rounding.HalfUp, Money.Of(20_000, "EUR"), 30, "Europe/Berlin",
            address, ImmutableDictionary<string, string>.Empty, []);
        var profile = new CustomerProfile("Acme", null, address, null, null, null, "EUR", []);
        var (amount, tax) = (Money.Of(net, "EUR"), Money.Of(net * 0.19m, "EUR"));
        var draft = new InvoiceDraft(
            id, Ids.Derive("eu", Ids.BillingRun, name), Ids.Derive("eu", Ids.Project, contract), contract, Customer, profile, routing, "EUR", Day,
            "nora", [new("1", "line-1", "consulting", "S", "Advice", 1, net, amount, [new($"t/{name}@1", $"t/{name}", amount)])]);
        await engagements.Tell(id, new Observe(draft.RunId, [new DraftMade(draft, DateTimeOffset.UnixEpoch)]));
        await engagements.Tell(id, new ReportEffect($"{id}/tax/1", new EffectOutcome.Accepted("1", new TaxAnswer([new("1", tax, 0.19m, "DE")], tax))));
        if (net > 20_000) await engagements.Tell(id, new ApproveInvoice(null));
        await engagements.Tell(id, new ReportEffect($"{id}/posting/1", new EffectOutcome.Accepted("2", new ErpInvoiceAnswer($"N-{name}"))));
        return id;
    }
}
