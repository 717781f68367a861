using System.Text.Json.Nodes;
using Npgsql;
using Q2C.Silo.Journal;
using Q2C.Silo.Operations;
using Q2C.Silo.Tests;
using Q2C.Simulators.Demo;

namespace Q2C.EndToEnd;

/// <summary>
/// The database is lost together with what happened after the last backup: an invoice was posted, a payment asked for and
/// partly paid. The backup is restored on another server; the vendors know more than the hub.
/// </summary>
public sealed class RestoreTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    private static readonly string[] Connections = ["avatax", "kantata", "netsuite", "salesforce", "stripe"];

    [Fact]
    public async Task A_backup_restored_elsewhere_starts_held_finds_what_vendors_have_and_doubles_nothing()
    {
        await using var town = await Town.Start();
        var folder = Directory.CreateTempSubdirectory("q2c-backup-");
        var file = Path.Combine(folder.FullName, "q2c.backup");
        string project, invoice, contract;
        await using (var hub = await HubProcess.Start(town, postgres.ConnectionString, town.HubPort))
        {
            using var before = new HubClient(town.Hub);
            var story = town.Story(before);
            contract = await story.Win(default);
            project = await story.Activated(contract, default);
            await story.Deliver(project, default);
            await story.Correct(project, default);
            invoice = await story.Bill(project, default);
            await Wait.Until(async () => await Status(before, invoice) == "AWAITING_APPROVAL");

            var (code, said) = await HubProcess.Command(postgres.ConnectionString, "backup", file);
            Assert.True(code == 0, said);

            // What comes now is lost.
            await story.Approve(invoice, default);
            await Wait.Until(() => town.Stripe.Records("payment_intent").Count == 1);
            town.Stripe.PayByMetadata(new() { ["invoice_id"] = invoice }, 1_500_000);
            await Wait.Until(async () => await Status(before, invoice) == "PARTIALLY_PAID" && town.NetSuite.Records("customerPayment").Count == 1);
        }

        // Its folder is removed by the next test process, as those of all tests are.
        var elsewhere = Path.Combine("/var/tmp", $"q2c-test-{Environment.ProcessId}-restored");
        await using var server = await StandalonePostgres.StartAsync(elsewhere, default, "fsync=off");
        var restored = await server.Database("q2c", default);
        var (failed, output) = await HubProcess.Command(restored, "restore", file);
        Assert.True(failed == 0, output);
        Assert.Contains("start held: avatax, kantata, netsuite, salesforce, stripe", output);
        var (refused, why) = await HubProcess.Command(restored, "restore", file);
        Assert.Equal(1, refused);
        Assert.Contains("This database holds an installation already; nothing was changed.", why);
        await using var database = NpgsqlDataSource.Create(restored);
        Assert.All(await new JournalVerifier(database, "eu").Verify(default), report => Assert.Null(report.Fault));

        await using var again = await HubProcess.Start(town, restored, town.HubPort);
        using var people = new HubClient(town.Hub);
        Assert.Equal("AWAITING_APPROVAL", await Status(people, invoice));
        Assert.Equal(Connections, await Held(people));
        var known = town.Records();

        var differences = await Reconcile(people, "netsuite");
        Assert.Contains($"UNKNOWN {invoice}", differences);

        // People do again what was lost; nothing leaves.
        await people.Mutate(DemoStory.Approver, Approve, new() { ["idempotencyKey"] = "approve-again", ["invoiceId"] = invoice, ["note"] = "Once more." });
        await Wait.Until(async () => await database.Scalar<long>("select count(*) from q2c.effect where settled_at is null and status = 'waiting'") > 0);
        Assert.Equal(known, town.Records());

        foreach (var connection in Connections)
            await people.Mutate(DemoStory.Operator, Release, new()
            {
                ["idempotencyKey"] = $"release-{connection}", ["connection"] = connection, ["reason"] = "Compared; nothing is wrong.",
            });
        await Wait.Until(async () => await Status(people, invoice) == "PARTIALLY_PAID");
        var result = await town.Story(people).Play(default);
        Assert.Equal((contract, project, invoice), (result.Contract, result.Project, result.Invoice));
        await Ending.Is(Ending.Undisturbed, town, people, result);
        folder.Delete(recursive: true);
    }

    private static async Task<string> Status(HubClient hub, string invoice) => (await hub.Query(
        DemoStory.Operator, "query($id: ID!) { invoice(id: $id) { status } }", new() { ["id"] = invoice }))["invoice"]!["status"]!.ToString();

    private static async Task<IReadOnlyList<string>> Held(HubClient hub) =>
    [
        .. (await hub.Query(DemoStory.Operator, "{ connections { name hold { reason } } }"))["connections"]!.AsArray()
            .Where(one => one!["hold"]?["reason"]?.ToString().StartsWith("Restored from a backup", StringComparison.Ordinal) == true)
            .Select(one => one!["name"]!.ToString()).Order(StringComparer.Ordinal),
    ];

    private static async Task<IReadOnlyList<string>> Reconcile(HubClient hub, string connection)
    {
        await hub.Mutate(DemoStory.Operator, Ask, new()
        {
            ["idempotencyKey"] = $"reconcile-{connection}", ["connection"] = connection, ["reason"] = "The database was restored.",
        });
        JsonNode? done = null;
        await Wait.Until(async () =>
        {
            var data = await hub.Query(DemoStory.Operator, Reconciliation, new() { ["name"] = connection });
            done = data["connection"]!["reconciliation"];
            return done?["finishedAt"] is not null;
        });
        return [.. done!["differences"]!.AsArray().Select(one => $"{one!["kind"]} {one["subject"]}").Order(StringComparer.Ordinal)];
    }

    private const string Approve = "mutation($input: ApproveInvoiceInput!) { approveInvoice(input: $input) { errors { ... on UserError { code message } } } }";

    private const string Release =
        "mutation($input: ReleaseConnectionInput!) { releaseConnection(input: $input) { errors { ... on UserError { code message } } } }";

    private const string Ask =
        "mutation($input: ReconcileConnectionInput!) { reconcileConnection(input: $input) { errors { ... on UserError { code message } } } }";

    private const string Reconciliation =
        "query($name: String!) { connection(name: $name) { reconciliation { finishedAt differences { kind subject } } } }";
}
