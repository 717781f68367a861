using System.Text.Json.Nodes;
using static Q2C.Simulators.Demo.StoryTools;

namespace Q2C.Simulators.Demo;

/// <summary>Where the parts of the managed services are.</summary>
public sealed record ManagedServicesParts(
    HubClient Hub, VendorControl Certinia, VendorControl DocuSign, VendorControl Jira, VendorControl BusinessCentral);

/// <summary>
/// A service desk by the month: a retainer of twenty hours, a milestone, and work beyond the retainer, on one invoice a month;
/// signed in DocuSign, worked in Certinia and Jira, booked in Business Central, paid by bank transfer. Every step looks first
/// whether it was done already, so a story that was interrupted goes on where it stopped.
/// </summary>
/// <remarks>
/// What it comes to, in EUR without tax; the retainer's hours are drawn by date of work, whoever worked them:
/// <list type="bullet">
/// <item>Month one: retainer, 20 h at 150: 3,000. Certinia 8 + 4 + 10 h and Jira 4 h: 26 h. The first 20 are paid by the retainer
/// (8 + 4 consultant, 8 of the 10 senior); 2 h senior at 200 and 4 h consultant at 160 are beyond it: 400 + 640. Milestone: 8,000.
/// Invoice one: 3,000 + 400 + 640 + 8,000 = 12,040; with 19 % VAT 14,327.60.</item>
/// <item>Credit memo on the milestone: 320; with VAT 380.80. Paid: 14,327.60 - 380.80 = 13,946.80.</item>
/// <item>Late correction: the 10 h were 9, so of them 1 h instead of 2 is beyond the retainer: -200. Month two's retainer: 3,000.
/// Invoice two: 2,800; with VAT 3,332.00.</item>
/// <item>Revenue: 12,040 - 320 - 200 = 11,520 is earned in month one. Month two's 3,000 is billed and not earned: deferred.</item>
/// </list>
/// </remarks>
public sealed class ManagedServicesStory(ManagedServicesParts parts, Action<string> say, TimeProvider clock)
{
    private const string LegalEntity = "DE02";
    private const string Currency = "EUR";
    private const string Key = "managed-services";
    private const string JiraProject = "FLEET";
    private const string Milestone = "Monitoring is live";
    private const string Late = "Patch day";
    private static readonly string[] Sources = ["pse__Timecard__c/", "pse__Milestone__c/", "worklog/"];

    private readonly StoryTools _tools = new(parts.Hub, clock);
    private readonly CertiniaDesk _certinia = new(parts.Certinia);

    private DateOnly Today => DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime);

    private DateOnly Start => StartOf(Today);

    private DateOnly MonthEnd => Start.AddMonths(1).AddDays(-1);

    private DateOnly Monday => FirstMonday(Start);

    public async Task<ManagedServicesResult> Play(CancellationToken cancel)
    {
        var contract = await Sign(cancel);
        var project = await Activated(contract, cancel);
        await Deliver(project, cancel);
        var first = await Bill(project, cancel);
        await Approve(first, cancel);
        var memo = await Credit(first, cancel);
        await Pay(first, cancel);
        await Correct(project, cancel);
        var second = await BillNext(project, first, cancel);
        await Recognise(contract, cancel);
        return new(contract, project, first, memo, second);
    }

    /// <summary>Sales offers, and the customer signs in DocuSign: that approves the quote, and the contract begins.</summary>
    public async Task<string> Sign(CancellationToken cancel)
    {
        if (await Contract(cancel) is { } there) return there;
        say("Sales submits the quote and sends it for signing.");
        var customer = await parts.Hub.Mutate(DemoStory.Sales, UpsertCustomer, new()
        {
            ["idempotencyKey"] = $"{Key}-customer", ["reference"] = new JsonObject { ["system"] = "salesforce", ["id"] = DemoEngagement.Account },
            ["sourceVersion"] = $"{Iso(Start)}T00:00:00Z", ["profile"] = Profile(),
        }, cancel);
        var quote = Text((await parts.Hub.Mutate(DemoStory.Sales, SubmitQuote, Quote(Text(customer["customer"], "id")!), cancel))["quote"], "id")!;
        var envelope = (await parts.DocuSign.Records("envelope", cancel)).Select(one => Text(one, "envelopeId")).FirstOrDefault()
            ?? Text(await parts.DocuSign.Do("send", new()
            {
                ["subject"] = "Service desk for the fleet", ["signer"] = "Wiebke Petersen", ["customFields"] = new JsonObject { ["q2c_quote_id"] = quote },
            }, cancel), "envelopeId");
        if ((await parts.DocuSign.Records("envelope", cancel)).Any(one => Text(one, "status") == "sent"))
        {
            say("The customer signs in DocuSign.");
            await parts.DocuSign.Do("sign", new() { ["envelopeId"] = envelope }, cancel);
        }

        return await _tools.Until("the contract", () => Contract(cancel), cancel);
    }

    public async Task<string> Activated(string contract, CancellationToken cancel)
    {
        await _tools.Until("the activation", async () => Text(await Read(contract, cancel), "status") == "ACTIVE" ? "active" : null, cancel);
        return await _tools.Until("the project", async () => Text((await Read(contract, cancel))["project"], "id"), cancel);
    }

    /// <summary>22 hours in Certinia and 4 in Jira against a retainer of 20, and the milestone of the set-up.</summary>
    public async Task Deliver(string project, CancellationToken cancel)
    {
        say("The team works: tickets in Jira, everything else in Certinia. The monitoring goes live.");
        var ours = await _certinia.Project(project, cancel);
        var consultant = await _certinia.Assign(ours, "Moreau", "Consultant", cancel);
        var senior = await _certinia.Assign(ours, "Okafor", "Senior Consultant", cancel);
        await _certinia.Work(consultant, Monday, "On-boarding", Currency, cancel, (DayOfWeek.Monday, 8));
        await _certinia.Work(consultant, Monday.AddDays(7), "Runbooks", Currency, cancel, (DayOfWeek.Monday, 4));
        await _certinia.Work(senior, Monday.AddDays(14), Late, Currency, cancel, (DayOfWeek.Monday, 10));
        await _certinia.Reach(ours, Milestone, Monday.AddDays(9), cancel);

        await _tools.LinkJira(project, JiraProject, cancel);
        if ((await parts.Jira.Records("worklog", cancel)).Count == 0)
        {
            var issue = Text(await parts.Jira.Do("issues", new() { ["project"] = JiraProject, ["summary"] = "Crew app does not start" }, cancel), "id");
            await parts.Jira.Do("worklogs", new()
            {
                ["issue"] = issue, ["accountId"] = "5b10a2844c20165700ede21b", ["started"] = $"{Iso(Monday.AddDays(15))}T09:00:00Z", ["timeSpentSeconds"] = 4 * 3600,
            }, cancel);
        }

        await _tools.Until("the items of the work", async () => (await _tools.Items(project, cancel)).Select(item => Text(item, "sourceId"))
            .Where(source => source is not null && Sources.Any(kind => source.Contains(kind, StringComparison.Ordinal))).Distinct().Count() == 5 ? "all" : null, cancel);
    }

    /// <summary>Retainer, milestone and the hours beyond the retainer are one invoice of the month.</summary>
    public async Task<string> Bill(string project, CancellationToken cancel)
    {
        if ((await _tools.Invoices(project, cancel)).Count == 0)
        {
            say("Finance bills the month: retainer, milestone and the hours beyond it on one invoice.");
            await _tools.Bill($"{Key}-billing-1", LegalEntity, MonthEnd, cancel);
        }

        return await _tools.Until("the invoice's draft", async () => await _tools.Invoices(project, cancel) is [var drafted, ..] ? drafted : null, cancel);
    }

    public async Task Approve(string invoice, CancellationToken cancel)
    {
        await _tools.Approve(invoice, () => say("A second person approves; Business Central drafts, calculates the same, and posts."), cancel);
        await _tools.Until("the invoice in Business Central", async () => await _tools.InvoiceStatus(invoice, cancel) is "ISSUED" or "PARTIALLY_PAID" or "PAID" ? "in" : null, cancel);
    }

    /// <summary>The customer complains about the set-up; finance credits a part of it.</summary>
    public async Task<string> Credit(string invoice, CancellationToken cancel)
    {
        if (await Memo(invoice, cancel) is null)
        {
            say("The customer complains about the set-up, and finance credits a part of it.");
            var line = (await ReadInvoice(invoice, cancel))["lines"]!.AsArray().OfType<JsonObject>().MaxBy(one => Number(one["net"], "amount"))!;
            await parts.Hub.Mutate(DemoStory.Finance, CreditInvoice, new()
            {
                ["idempotencyKey"] = $"{Key}-credit-{invoice}", ["invoiceId"] = invoice, ["date"] = Iso(Today), ["releaseItems"] = false,
                ["reason"] = "The first alarm came a day late.",
                ["lines"] = new JsonArray(new JsonObject
                {
                    ["lineId"] = Text(line, "id"), ["net"] = new JsonObject { ["amount"] = 320, ["currency"] = "EUR" },
                }),
            }, cancel);
        }

        await _tools.Until("the credit memo in Business Central", async () => Text(await Memo(invoice, cancel), "status") == "ISSUED" ? "in" : null, cancel);
        return Text(await Memo(invoice, cancel), "id")!;
    }

    /// <summary>The rest comes by bank transfer: an accountant enters it in Business Central, which says only that something changed.</summary>
    public async Task Pay(string invoice, CancellationToken cancel)
    {
        await _tools.Until("the credit", async () => await ReadInvoice(invoice, cancel) is var read
            && Number(read["outstanding"], "amount") < Number(read["total"], "amount") ? "credited" : null, cancel);
        var outstanding = Number((await ReadInvoice(invoice, cancel))["outstanding"], "amount");
        var held = (await parts.BusinessCentral.Records("salesInvoices", cancel)).First(one =>
            string.Equals(Text(one, "externalDocumentNumber"), invoice, StringComparison.OrdinalIgnoreCase));
        if (outstanding > 0 && Number(held, "remainingAmount") > 0)
        {
            say("The customer pays by bank transfer; an accountant enters it in Business Central.");
            await parts.BusinessCentral.Do("bank-transfer", new() { ["externalDocumentNumber"] = invoice, ["amount"] = outstanding }, cancel);
        }

        await _tools.Until("the payment", async () => await _tools.InvoiceStatus(invoice, cancel) == "PAID" ? "paid" : null, cancel);
    }

    /// <summary>Ten hours were really nine, and they are invoiced: the difference goes on the next invoice.</summary>
    public async Task Correct(string project, CancellationToken cancel)
    {
        if (await _certinia.HoursOf(DayOfWeek.Monday, Late, cancel) == 10)
        {
            say("A timecard that is invoiced already was wrong: the difference goes on the next invoice.");
            await _certinia.Correct(DayOfWeek.Monday, Late, 9, cancel);
        }

        await _tools.Until("the adjustment", async () => (await _tools.Items(project, cancel)).Any(item => Number(item["amount"], "amount") < 0) ? "there" : null, cancel);
    }

    /// <summary>The next month's retainer with what the correction gives back; small enough to need nobody.</summary>
    public async Task<string> BillNext(string project, string first, CancellationToken cancel)
    {
        if ((await _tools.Invoices(project, cancel)).Count == 1)
        {
            say("Finance bills the next month: its retainer, less what the correction gives back.");
            await _tools.Bill($"{Key}-billing-2", LegalEntity, Today, cancel);
        }

        var second = await _tools.Until("the next invoice's draft", async () => (await _tools.Invoices(project, cancel)).FirstOrDefault(id => id != first), cancel);
        await _tools.Until("the next invoice in Business Central", async () => await _tools.InvoiceStatus(second, cancel) == "ISSUED" ? "in" : null, cancel);
        return second;
    }

    /// <summary>
    /// What was earned of the month is revenue. Business Central took every invoice as revenue; journals reclassify what is not
    /// earned yet. The step is over when its books say of revenue what the hub says.
    /// </summary>
    public async Task Recognise(string contract, CancellationToken cancel)
    {
        say("Revenue of the month is recognised; journals reclassify in Business Central what is billed and not earned.");
        await parts.Hub.Mutate(DemoStory.Finance, RecognizeRevenue, new()
        {
            ["idempotencyKey"] = $"{Key}-revenue-{Iso(MonthEnd)}", ["contractId"] = contract, ["periodEnd"] = Iso(MonthEnd),
        }, cancel);
        await _tools.Until("the revenue of the month", async () => (await Ledger(contract, cancel)).Contains(NotEarned, StringComparison.Ordinal) ? "there" : null, cancel);
        await _tools.Until("the journals", async () => await Books(cancel) == await Ledger(contract, cancel) ? "there" : null, cancel);
    }

    /// <summary>What Business Central's general ledger says of revenue and what is deferred or unbilled of it.</summary>
    private async Task<string> Books(CancellationToken cancel)
    {
        var entries = await parts.BusinessCentral.Records("generalLedgerEntries", cancel);
        return string.Join(", ", Accounts.Select(account => $"{account.Ours} {entries.Where(entry => Text(entry, "accountNumber") == account.Theirs)
            .Sum(entry => Number(entry, "debitAmount") - Number(entry, "creditAmount")):0.00}"));
    }

    private async Task<string> Ledger(string contract, CancellationToken cancel)
    {
        var balances = (await parts.Hub.Query(
            DemoStory.Finance, "query($contract: ID!, $asOf: Date!) { ledgerBalances(contractId: $contract, asOf: $asOf) { account balance { amount } } }",
            new() { ["contract"] = contract, ["asOf"] = Iso(Today) }, cancel))["ledgerBalances"]!.AsArray();
        return string.Join(", ", Accounts.Select(account => $"{account.Ours} {balances.Where(one => Text(one, "account") == account.Ours)
            .Sum(one => Number(one!["balance"], "amount")):0.00}"));
    }

    // The retainer of month two.
    private const string NotEarned = "deferred_revenue -3000.00";

    private static readonly (string Ours, string Theirs)[] Accounts =
        [("revenue", "8400"), ("deferred_revenue", "3900"), ("unbilled_receivable", "1410"), ("contract_asset", "1420")];

    private static JsonObject Profile() => new()
    {
        ["name"] = "Kranich Schiffstechnik GmbH", ["taxNumber"] = "DE123456788", ["currency"] = "EUR", ["email"] = "rechnungen@kranich-schiffstechnik.example",
        ["billTo"] = new JsonObject { ["line1"] = "Am Sandtorkai 77", ["city"] = "Hamburg", ["postalCode"] = "20457", ["country"] = "DE" },
    };

    private JsonObject Quote(string customer) => new()
    {
        ["idempotencyKey"] = $"{Key}-quote", ["source"] = "salesforce", ["quoteId"] = "service-desk", ["sourceVersion"] = $"{Iso(Start)}T00:00:00Z",
        ["opportunityId"] = DemoEngagement.Opportunity, ["name"] = "Kranich - Service desk", ["customerId"] = customer, ["customer"] = Profile(),
        ["legalEntity"] = LegalEntity, ["projectTemplate"] = "managed-services", ["currency"] = "EUR", ["start"] = Iso(Start),
        ["end"] = Iso(Start.AddYears(1).AddDays(-1)), ["purchaseOrder"] = "KST-4500077",
        ["lines"] = new JsonArray(
            Line("retainer", "consulting", "Service desk, 20 hours a month", new JsonObject
            {
                ["retainer"] = new JsonObject
                {
                    ["unit"] = "HOURS", ["quantity"] = 20, ["price"] = 150, ["covers"] = new JsonArray("run"), ["renews"] = new JsonObject { ["unit"] = "MONTH" },
                },
            }),
            Line("run", "consulting", "Work of the service desk", new JsonObject
            {
                ["timeAndMaterials"] = new JsonObject
                {
                    ["rates"] = new JsonArray(
                        new JsonObject { ["role"] = "Consultant", ["hourly"] = 160 }, new JsonObject { ["role"] = "Senior Consultant", ["hourly"] = 200 }),
                },
            }),
            Line("set-up", "fixed-price", "Monitoring", new JsonObject
            {
                ["fixedFee"] = new JsonObject
                {
                    ["price"] = new JsonObject { ["amount"] = 8000, ["currency"] = "EUR" },
                    ["milestones"] = new JsonArray(new JsonObject
                    {
                        ["id"] = "live", ["name"] = Milestone, ["amount"] = new JsonObject { ["amount"] = 8000, ["currency"] = "EUR" },
                        ["due"] = Iso(Start.AddDays(14)),
                    }),
                },
            })),
    };

    private JsonObject Line(string id, string service, string description, JsonObject billing) => new()
    {
        ["id"] = id, ["service"] = service, ["description"] = description, ["start"] = Iso(Start), ["billing"] = billing,
    };

    private async Task<string?> Contract(CancellationToken cancel) => (await parts.Hub.Query(
        DemoStory.Operator, "{ contracts(first: 50) { nodes { id opportunityId } } }", cancel: cancel))["contracts"]!["nodes"]!.AsArray()
        .Where(contract => Text(contract, "opportunityId") == DemoEngagement.Opportunity).Select(contract => Text(contract, "id")).FirstOrDefault();

    private async Task<JsonNode> Read(string contract, CancellationToken cancel) => (await parts.Hub.Query(
        DemoStory.Operator, "query($id: ID!) { contract(id: $id) { status project { id } } }", new() { ["id"] = contract }, cancel))["contract"]!;

    private async Task<JsonNode> ReadInvoice(string invoice, CancellationToken cancel) => (await parts.Hub.Query(
        DemoStory.Operator,
        "query($id: ID!) { invoice(id: $id) { status total { amount } outstanding { amount } lines { id net { amount } } creditMemos { id status } } }",
        new() { ["id"] = invoice }, cancel))["invoice"]!;

    private async Task<JsonNode?> Memo(string invoice, CancellationToken cancel) =>
        (await ReadInvoice(invoice, cancel))["creditMemos"]!.AsArray().FirstOrDefault();

    private const string UpsertCustomer = "mutation($input: UpsertCustomerInput!) { upsertCustomer(input: $input) { customer { id } " + Errors + " } }";

    private const string SubmitQuote = "mutation($input: SubmitQuoteInput!) { submitQuote(input: $input) { quote { id } " + Errors + " } }";

    private const string CreditInvoice = "mutation($input: CreditInvoiceInput!) { creditInvoice(input: $input) { creditMemoId " + Errors + " } }";

    private const string RecognizeRevenue = "mutation($input: RecognizeRevenueInput!) { recognizeRevenue(input: $input) { through " + Errors + " } }";
}

public sealed record ManagedServicesResult(string Contract, string Project, string Invoice, string CreditMemo, string NextInvoice);
