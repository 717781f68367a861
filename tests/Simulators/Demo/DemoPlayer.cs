using System.Text.Json.Nodes;

namespace Q2C.Simulators.Demo;

/// <summary>Plays the story against a running hub and shows the engagement's timeline as it grows.</summary>
internal sealed class DemoPlayer(Uri hub, int basePort, bool faults)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(300);

    public async Task<int> Run(CancellationToken cancel)
    {
        using var client = new HubClient(hub);
        using var salesforce = Vendor(0);
        using var netSuite = Vendor(1);
        using var kantata = Vendor(2);
        using var stripe = Vendor(4);
        var story = new DemoStory(new(client, salesforce, kantata, stripe), Say, TimeProvider.System);
        Console.WriteLine($"\nOne engagement, from a signed quote to cash. Watch it here, or at {hub}\n");
        using var watching = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        try
        {
            var contract = await story.Win(cancel);
            var timeline = Follow(client, contract, watching.Token);
            var result = await story.Play(cancel);
            await Task.Delay(2 * Pause, cancel);
            await watching.CancelAsync();
            await timeline;
            if (faults) await new DemoTroubles(client, salesforce, kantata, netSuite, Say).Play(cancel);
            await Summary(client, result, cancel);
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

    private async Task Summary(HubClient client, DemoResult result, CancellationToken cancel)
    {
        var data = await client.Query(
            DemoStory.Operator,
            """
            query($contract: ID!, $invoice: ID!) {
              contract(id: $contract) { name status contracted { amount } billed { amount } paid { amount } remaining { amount } currency }
              invoice(id: $invoice) { number status net { amount } tax { amount } total { amount } } }
            """, new() { ["contract"] = result.Contract, ["invoice"] = result.Invoice }, cancel);
        var (contract, invoice) = (data["contract"]!, data["invoice"]!);
        string Amount(JsonNode node, string name) =>
            $"{decimal.Parse(node[name]!["amount"]!.ToString(), System.Globalization.CultureInfo.InvariantCulture):N2} {contract["currency"]}";
        Console.WriteLine($"""

            {contract["name"]}: {contract["status"]}
              contracted {Amount(contract, "contracted")}, billed {Amount(contract, "billed")}, paid {Amount(contract, "paid")}, remaining {Amount(contract, "remaining")}
              invoice {invoice["number"]} is {invoice["status"]}: net {Amount(invoice, "net")}, tax {Amount(invoice, "tax")}, total {Amount(invoice, "total")}

            Look closer
              {hub}engagements/{result.Contract}   the engagement's timeline
              {hub}graphql   GraphQL; a token: curl -s -XPOST {hub}dev/token -H 'content-type: application/json' -d '{"{"}"user":"olga"{"}"}'
              http://localhost:{basePort + 1}/_control/records   what NetSuite holds (Salesforce {basePort}, Kantata {basePort + 2}, AvaTax {basePort + 3}, Stripe {basePort + 4})

            """);
    }
}
