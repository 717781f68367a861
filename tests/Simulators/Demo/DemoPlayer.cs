using System.Text.Json.Nodes;

namespace Q2C.Simulators.Demo;

/// <summary>Plays a story against a running hub and shows the engagement's timeline as it grows.</summary>
/// <param name="faults">In the first run: four more engagements, which three faults stop.</param>
internal sealed class DemoPlayer(Uri hub, int basePort, string story, bool faults)
{
    public const string FirstRun = "first-run";
    private const string ManagedServices = "managed-services";
    private const string PostMerger = "post-merger";

    public static IReadOnlyList<string> Stories { get; } = [FirstRun, ManagedServices, PostMerger];

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(300);

    public async Task<int> Run(CancellationToken cancel)
    {
        using var client = new HubClient(hub);
        Console.WriteLine($"\nOne engagement, from a signed quote to cash. Watch it here, or at {hub}\n");
        using var watching = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        try
        {
            await (story switch
            {
                ManagedServices => PlayManagedServices(client, watching, cancel),
                PostMerger => PlayPostMerger(client, watching, cancel),
                _ => PlayFirstRun(client, watching, cancel),
            });
            return 0;
        }
        catch (Exception failure) when (failure is TimeoutException or InvalidOperationException or HttpRequestException)
        {
            Console.Error.WriteLine($"\nThe demo stopped: {failure.Message}");
            return 1;
        }
        catch (OperationCanceledException)
        {
            return 130;
        }
    }

    private async Task PlayFirstRun(HubClient client, CancellationTokenSource watching, CancellationToken cancel)
    {
        using var salesforce = Vendor(0);
        using var netSuite = Vendor(1);
        using var kantata = Vendor(2);
        using var stripe = Vendor(4);
        var first = new DemoStory(new(client, salesforce, kantata, stripe), Say, TimeProvider.System);
        var timeline = Follow(client, await first.Win(cancel), watching.Token);
        var result = await first.Play(cancel);
        await Stop(timeline, watching, cancel);
        if (faults) await new DemoTroubles(client, salesforce, kantata, netSuite, Say).Play(cancel);
        await Summary(client, result.Contract, result.Invoice, $"http://localhost:{basePort + 1}/_control/records   what NetSuite holds "
            + $"(Salesforce {basePort}, Kantata {basePort + 2}, AvaTax {basePort + 3}, Stripe {basePort + 4})", cancel);
    }

    private async Task PlayManagedServices(HubClient client, CancellationTokenSource watching, CancellationToken cancel)
    {
        using var salesforce = Vendor(0);
        using var jira = Vendor(5);
        using var businessCentral = Vendor(6);
        using var docuSign = Vendor(7);
        var services = new ManagedServicesStory(new(client, salesforce, docuSign, jira, businessCentral), Say, TimeProvider.System);
        var timeline = Follow(client, await services.Sign(cancel), watching.Token);
        var result = await services.Play(cancel);
        await Stop(timeline, watching, cancel);
        await Summary(client, result.Contract, result.Invoice, $"http://localhost:{basePort + 6}/_control/records   what Business Central holds "
            + $"(Salesforce with Certinia {basePort}, Stripe {basePort + 4}, Jira {basePort + 5}, DocuSign {basePort + 7})", cancel);
    }

    private async Task PlayPostMerger(HubClient client, CancellationTokenSource watching, CancellationToken cancel)
    {
        using var germany = Vendor(0);
        using var kantata = Vendor(2);
        using var stripe = Vendor(4);
        using var jira = Vendor(5);
        using var america = Vendor(8);
        var merged = new PostMergerStory(new(client, germany, america, kantata, jira, stripe), Say, TimeProvider.System);
        var timeline = Follow(client, await merged.SellInGermany(cancel), watching.Token);
        var result = await merged.Play(cancel);
        await Stop(timeline, watching, cancel);
        Console.WriteLine($"\n{await merged.Group(result, cancel)}");
        await Summary(client, result.German, result.GermanInvoice, $"http://localhost:{basePort + 6}/_control/records   what Business Central holds "
            + $"(NetSuite {basePort + 1}, Kantata {basePort + 2}, Salesforce {basePort} and, with Certinia, {basePort + 8})", cancel);
    }

    /// <summary>What came last is shown as well.</summary>
    private static async Task Stop(Task timeline, CancellationTokenSource watching, CancellationToken cancel)
    {
        await Task.Delay(2 * Pause, cancel);
        await watching.CancelAsync();
        await timeline;
    }

    private VendorControl Vendor(int offset) => new(new Uri($"http://localhost:{basePort + offset}"));

    private static void Say(string text) => Console.WriteLine($"\n▸ {text}");

    private static async Task Follow(HubClient hub, string contract, CancellationToken cancel)
    {
        string? after = null;
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                after = await Show(hub, contract, after, cancel);
                await Task.Delay(Pause, cancel);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private static async Task<string?> Show(HubClient hub, string contract, string? after, CancellationToken cancel)
    {
        var data = await hub.Query(
            DemoStory.Operator,
            """
            query($id: ID!, $after: String) { engagement(contractId: $id) { timeline(first: 100, after: $after) { nodes {
              cursor at stage title detail system amount { amount currency } } } } }
            """, new() { ["id"] = contract, ["after"] = after }, cancel);
        foreach (var entry in data["engagement"]?["timeline"]?["nodes"]?.AsArray().OfType<JsonObject>() ?? [])
        {
            var amount = entry["amount"] is JsonObject money
                ? $"{decimal.Parse(money["amount"]!.ToString(), System.Globalization.CultureInfo.InvariantCulture),12:N2} {money["currency"]}"
                : "";
            Console.WriteLine($"  {DateTimeOffset.Parse(entry["at"]!.ToString()):HH:mm:ss}  {entry["stage"]!.ToString().ToLowerInvariant(),-10}  "
                + $"{entry["title"],-44}  {entry["system"],-10}  {amount}");
            after = entry["cursor"]!.ToString();
        }

        return after;
    }

    private async Task Summary(HubClient client, string contractId, string invoiceId, string records, CancellationToken cancel)
    {
        var data = await client.Query(
            DemoStory.Operator,
            """
            query($contract: ID!, $invoice: ID!) {
              contract(id: $contract) { name status contracted { amount } billed { amount } paid { amount } remaining { amount } currency }
              invoice(id: $invoice) { number status net { amount } tax { amount } total { amount } } }
            """, new() { ["contract"] = contractId, ["invoice"] = invoiceId }, cancel);
        var (contract, invoice) = (data["contract"]!, data["invoice"]!);
        string Amount(JsonNode node, string name) =>
            node[name]?["amount"] is { } amount
                ? $"{decimal.Parse(amount.ToString(), System.Globalization.CultureInfo.InvariantCulture):N2} {contract["currency"]}"
                : "nothing fixed";
        Console.WriteLine($"""

            {contract["name"]}: {contract["status"]}
              contracted {Amount(contract, "contracted")}, billed {Amount(contract, "billed")}, paid {Amount(contract, "paid")}, remaining {Amount(contract, "remaining")}
              invoice {invoice["number"]} is {invoice["status"]}: net {Amount(invoice, "net")}, tax {Amount(invoice, "tax")}, total {Amount(invoice, "total")}

            Look closer
              {hub}engagements/{contractId}   the engagement's timeline
              {hub}graphql   GraphQL; a token: curl -s -XPOST {hub}dev/token -H 'content-type: application/json' -d '{"{"}"user":"olga"{"}"}'
              {records}

            """);
    }
}
