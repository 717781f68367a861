using Q2C.Simulators.Core;
using Q2C.Simulators.Demo;
using Q2C.Simulators.Salesforce;
using Q2C.Simulators.Stripe;

namespace Q2C.Simulators.Tests;

public sealed class RestartTests
{
    /// <summary>The file is copied while the first simulator runs: that is what a killed process leaves behind.</summary>
    [Fact]
    public async Task What_was_answered_survives_a_kill_and_a_torn_last_line()
    {
        using var folder = new TemporaryFolder();
        using var left = new TemporaryFolder();
        await using var stripe = await StripeSimulator.StartAsync(Options(folder));
        using var client = new Client(stripe.BaseAddress, "Bearer sk_test_simulator");
        await client.FormAsync("/v1/payment_intents", "amount=7&currency=eur", ("Idempotency-Key", "k1"));
        stripe.Pay(stripe.Records("payment_intent").Single().At("id")!);
        File.Copy(Path.Combine(folder.Path, "stripe.jsonl"), Path.Combine(left.Path, "stripe.jsonl"));
        await File.AppendAllTextAsync(Path.Combine(left.Path, "stripe.jsonl"), "{\"c\":\"payment_int");

        await using var again = await StripeSimulator.StartAsync(Options(left));
        using var same = new Client(again.BaseAddress, "Bearer sk_test_simulator");
        var replay = await same.FormAsync("/v1/payment_intents", "amount=7&currency=eur", ("Idempotency-Key", "k1"));
        Assert.Equal((stripe.Snapshot().ToJsonString(), "true", 1),
            (again.Snapshot().ToJsonString(), replay.Headers["Idempotent-Replayed"], again.PendingWebhooks.Count));
    }

    [Fact]
    public async Task A_restarted_salesforce_keeps_what_changed_and_does_not_seed_again()
    {
        using var folder = new TemporaryFolder();
        await using (var first = await SalesforceSimulator.StartAsync(new() { DataDirectory = folder.Path }))
            first.CloseWon(DemoEngagement.Opportunity);
        await using var second = await SalesforceSimulator.StartAsync(new() { DataDirectory = folder.Path });
        Assert.Equal((2, "Closed Won"), (second.Records("Account").Count, second.Records("Opportunity").Single().At("StageName")));
    }

    [Fact]
    public void What_a_refused_request_changed_is_undone_in_place()
    {
        using var store = new Store(null);
        foreach (var id in new[] { "a", "b", "c" }) store.Put("x", id, new() { ["v"] = 1 });
        store.Commit();
        store.Remove("x", "b");
        store.Put("x", "a", new() { ["v"] = 2 });
        store.Put("x", "d", []);
        store.RollbackTo(0);
        Assert.Equal("""{"x":[{"v":1},{"v":1},{"v":1}]}""", store.Snapshot().ToJsonString());
        Assert.Equal(["a", "b", "c"], store.Entries("x").Select(pair => pair.Key));
    }

    private static StripeOptions Options(TemporaryFolder folder) =>
        new() { DataDirectory = folder.Path, Webhooks = new Uri("http://127.0.0.1:1") };
}
