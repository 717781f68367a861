using System.Text.Json.Nodes;
using Q2C.Silo.Tests;
using Q2C.Simulators.Core;
using Q2C.Simulators.Demo;

namespace Q2C.EndToEnd;

/// <summary>The story with something going wrong on the way, as its vendors are known to do.</summary>
[Collection(Collections.HubInThisProcess)]
public sealed class FaultTests
{
    [Fact]
    public async Task An_invoice_that_was_posted_while_its_answer_got_lost_is_looked_up_and_not_posted_again()
    {
        await using var scene = await Scene.Start();
        scene.Town.NetSuite.Faults.Add(new("record/v1/invoice/", FaultKind.ApplyThenDrop));

        await scene.EndsUndisturbed();

        var asked = scene.Town.NetSuite.Calls.Entries.Where(call => call.Path.Contains("record/v1/invoice/")).ToArray();
        Assert.Equal(("record.upsert", 0, FaultKind.ApplyThenDrop), (asked[0].Operation, asked[0].Status, asked[0].Fault));
        Assert.All(asked.Skip(1), call => Assert.Equal(("record.get", 200), (call.Operation, call.Status)));
        Assert.NotEmpty(asked.Skip(1));
    }

    [Fact]
    public async Task While_tax_is_away_the_invoice_is_parked_and_it_goes_on_by_itself_when_tax_is_back()
    {
        await using var scene = await Scene.Start();
        var contract = await scene.Story.Win(default);
        var project = await scene.Story.Activated(contract, default);
        await scene.Story.Deliver(project, default);
        await scene.Story.Correct(project, default);
        scene.Town.AvaTax.Faults.Add(new(".*", FaultKind.Down));
        await scene.Story.Bill(project, default);

        var stuck = await scene.Stuck();

        // The connection broke after the request had left: nobody knows what became of it.
        Assert.Equal(
            ("OUTCOME_UNKNOWN", "avatax", "TECHNICAL", "Nothing to do: this resolves itself when avatax shows what became of the request."),
            (Text(stuck, "code"), Text(stuck, "connection"), Text(stuck, "category"), Text(stuck, "remedy")));
        Assert.Contains("avatax was asked and did not answer; it is being looked up before anything is sent again.", Text(stuck, "message"));
        Assert.Empty(scene.Town.NetSuite.Records("invoice"));

        scene.Town.AvaTax.Faults.Clear();
        await scene.EndsUndisturbed();
    }

    [Fact]
    public async Task An_unknown_legal_entity_pauses_the_activation_before_anything_exists_and_a_correction_lets_it_go_on()
    {
        await using var scene = await Scene.Start();
        scene.Town.Salesforce.Update("Account", DemoEngagement.Account, new() { ["Legal_Entity__c"] = "DE99" });
        var contract = await scene.Story.Win(default);

        var stuck = await scene.Stuck();
        Assert.Equal("PAUSED", await scene.ContractStatus(contract));
        Assert.Equal(
            ("LEGAL_ENTITY_UNKNOWN", "There is no policy for the legal entity 'DE99'.",
                "Correct the legal entity of the contract, or have an administrator add it to the policies."),
            (Text(stuck, "code"), Text(stuck, "message"), Text(stuck, "remedy")));
        Assert.Equal((0, 0), (Made(scene.Town.NetSuite, "customer", "salesOrder", "job"), Made(scene.Town.Kantata, "workspaces", "stories")));

        await scene.Client.Mutate(
            DemoStory.Operator, "mutation($input: CorrectContractInput!) { correctContract(input: $input) { contract { id } errors { ... on UserError { code message } } } }",
            new()
            {
                ["idempotencyKey"] = "correct-1", ["contractId"] = contract, ["exceptionId"] = Text(stuck, "id"),
                ["legalEntity"] = "DE01", ["reason"] = "Typing error in the account.",
            });
        await scene.EndsUndisturbed();
    }

    [Fact]
    public async Task A_project_that_the_PSA_rejects_stops_the_activation_and_on_request_what_was_done_is_undone_last_first()
    {
        await using var scene = await Scene.Start();
        scene.Town.Kantata.Faults.Add(new("workspaces.create", FaultKind.Status)
        {
            Times = null, Status = 422, Body = """{"errors":[{"type":"validation","message":"Title has already been taken"}]}""",
        });
        var contract = await scene.Story.Win(default);
        var stuck = await scene.Stuck();
        Assert.Equal(
            ("Project in PSA", "Project in PSA: kantata refused. Title has already been taken", "PAUSED"),
            (Text(stuck, "step"), Text(stuck, "message"), await scene.ContractStatus(contract)));

        await scene.Client.Mutate(
            DemoStory.Operator, "mutation($input: CompensateActivationInput!) { compensateActivation(input: $input) { contract { id } errors { ... on UserError { code message } } } }",
            new() { ["idempotencyKey"] = "undo-1", ["contractId"] = contract, ["reason"] = "The customer stepped back." });
        await Wait.Until(async () => await scene.ContractStatus(contract) == "WITHDRAWN");

        Assert.Equal(
            ["job", "salesOrder", "customer"],
            scene.Town.NetSuite.Calls.Entries.Where(call => call.Operation == "record.update")
                .Select(call => call.Path.Split('/').SkipWhile(part => part != "v1").ElementAt(1)));
        Assert.Empty(await scene.Exceptions());
        Assert.Empty(scene.Town.Kantata.Records("workspaces"));
        await Wait.Until(() => scene.Town.Salesforce.Records("Opportunity").Single()["Q2C_Status__c"]?.ToString() == "Withdrawn");
    }

    [Fact]
    public async Task Throttling_that_does_not_say_for_how_long_is_waited_out()
    {
        await using var scene = await Scene.Start();
        foreach (var operation in new[] { "workspaces.create", "stories.create", "subscribed_events.list", "workspaces.list" })
            scene.Town.Kantata.Faults.Add(new(operation, FaultKind.Status) { Times = 2, Status = 429 });

        await scene.EndsUndisturbed();

        Assert.Equal(8, scene.Town.Kantata.Calls.Entries.Count(call => call.Status == 429 && call.Fault is not null));
    }

    [Fact]
    public async Task Deliveries_that_come_twice_and_in_any_order_change_nothing()
    {
        await using var scene = await Scene.Start();
        var contract = await scene.Story.Win(default);
        await scene.Town.Salesforce.RedeliverAsync(times: 3, order: DeliveryOrder.Shuffled);
        var project = await scene.Story.Activated(contract, default);
        scene.Town.Kantata.ShuffleNextPage();
        await scene.Story.Deliver(project, default);
        scene.Town.Kantata.RepeatEvents(30);
        scene.Town.Kantata.RepeatNextPage();
        scene.Town.Kantata.ShuffleNextPage();
        await scene.Story.Correct(project, default);
        scene.Town.Kantata.RepeatEvents(30);
        await scene.EndsUndisturbed();

        await scene.Town.Salesforce.RedeliverAsync(times: 2, order: DeliveryOrder.Newest);
        await scene.Town.Stripe.RedeliverAsync(times: 3, order: DeliveryOrder.Newest);
        scene.Town.Kantata.RepeatEvents(60);
        var polls = Polls(scene);
        await Wait.Until(() => Polls(scene) > polls + 1);
        await scene.Settled();
        await scene.EndsUndisturbed();
    }

    [Fact]
    public async Task Money_that_comes_before_its_invoice_is_issued_waits_and_is_applied_then()
    {
        await using var scene = await Scene.Start();
        var contract = await scene.Story.Win(default);
        var project = await scene.Story.Activated(contract, default);
        await scene.Story.Deliver(project, default);
        await scene.Story.Correct(project, default);
        var invoice = await scene.Story.Bill(project, default);
        scene.Town.Stripe.PayByMetadata(new() { ["invoice_id"] = invoice }, 1_500_000, "eur");
        await Wait.Until(async () => (await Invoice(scene, invoice)).Contains("AWAITING_APPROVAL"));
        await Wait.Until(() => scene.Town.Stripe.PendingWebhooks.Count == 0);
        await scene.Settled();
        var early = JsonNode.Parse(await Invoice(scene, invoice))!;
        Assert.Equal(
            ("AWAITING_APPROVAL", """[{"amount":{"amount":15000}}]"""),
            (early["status"]!.ToString(), early["payments"]!.ToJsonString()));
        Assert.Empty(scene.Town.NetSuite.Records("customerPayment"));

        await scene.Story.Approve(invoice, default);
        await Wait.Until(async () => await Invoice(scene, invoice)
            == """{"status":"PARTIALLY_PAID","outstanding":{"amount":23708.32},"payments":[{"amount":{"amount":15000}}]}""");
        await Wait.Until(() => scene.Town.NetSuite.Records("customerPayment").Count == 1);
    }

    [Fact]
    public async Task Answers_that_are_HTML_cut_off_or_an_error_within_a_success_are_not_taken_for_an_answer()
    {
        await using var scene = await Scene.Start();
        var town = scene.Town;
        town.NetSuite.Faults.Add(new("record/v1/customer/", FaultKind.Html) { Apply = true });
        town.NetSuite.Faults.Add(new("record/v1/salesOrder/", FaultKind.Status) { Status = 200, Body = """{"o:errorDetails":[{"detail":"An unexpected error occurred."}]}""" });
        town.NetSuite.Faults.Add(new("record/v1/invoice/", FaultKind.Html));
        town.Kantata.Faults.Add(new("workspaces.create", FaultKind.Truncate));
        town.Kantata.Faults.Add(new("stories.create", FaultKind.Status) { Status = 200, Body = """{"errors":[{"type":"system","message":"Please try again"}]}""" });
        town.Kantata.Faults.Add(new("subscribed_events.list", FaultKind.Html));
        town.AvaTax.Faults.Add(new("transactions.create", FaultKind.Status) { Status = 200, Body = """{"error":{"code":"ServerError","message":"Something went wrong"}}""" });
        town.AvaTax.Faults.Add(new("transactions.create", FaultKind.Truncate));
        town.Stripe.Faults.Add(new("payment_intents.create", FaultKind.Truncate));
        town.Salesforce.Faults.Add(new("/sobjects/Opportunity/", FaultKind.Html) { Status = 200 });

        await scene.EndsUndisturbed();

        Assert.Empty(town.NetSuite.Faults.Current.Concat(town.Kantata.Faults.Current).Concat(town.AvaTax.Faults.Current)
            .Concat(town.Stripe.Faults.Current).Concat(town.Salesforce.Faults.Current));
    }

    private static async Task<string> Invoice(Scene scene, string invoice) => (await scene.Client.Query(
        DemoStory.Operator, "query($id: ID!) { invoice(id: $id) { status outstanding { amount } payments { amount { amount } } } }",
        new() { ["id"] = invoice }))["invoice"]!.ToJsonString();

    private static int Polls(Scene scene) => scene.Town.Kantata.Calls.Entries.Count(call => call.Operation == "subscribed_events.list");

    private static int Made(Simulator vendor, params ReadOnlySpan<string> kinds)
    {
        var made = 0;
        foreach (var kind in kinds) made += vendor.Records(kind).Count;
        return made;
    }

    private static string? Text(JsonObject json, string name) => json[name]?.ToString();
}

internal static class Collections
{
    /// <summary>Stories whose hub reads its secrets from the environment of this process: one at a time.</summary>
    public const string HubInThisProcess = "hub in this process";
}
