using System.Text.Json.Nodes;
using Q2C.Silo.Connectors;
using Q2C.Silo.Connectors.Kantata;
using Q2C.Simulators.Core;
using Q2C.Simulators.Kantata;

namespace Q2C.Silo.Tests.Connectors.Kantata;

public sealed class KantataConnectorTests : IAsyncLifetime
{
    private KantataSimulator _kantata = null!;
    private ConnectorSpec _spec = null!;

    public async Task InitializeAsync()
    {
        _kantata = await KantataSimulator.StartAsync();
        _spec = KantataBench.Connect(_kantata.BaseAddress, TimeProvider.System);
    }

    public async Task DisposeAsync() => await _kantata.DisposeAsync();

    [Fact]
    public async Task A_project_comes_with_its_reference_and_only_once()
    {
        var id = await _spec.SendWell(KantataBench.Project);
        Assert.Equal(id, await _spec.SendWell(KantataBench.Project));
        Check("workspaces", "title description currency start_date due_date budgeted price_in_cents archived",
            "Data platform | Fabrikam AG: contract eu_ct_1 | EUR | 2026-11-01 | 2027-05-01 | true | 3200000 | false");
        Check("external_references", "subject_type subject_id service_name service_model service_model_ref",
            $"Workspace | {id} | q2c | project | {KantataBench.ProjectId}");
    }

    [Fact]
    public async Task Projects_that_refer_to_ours_are_listed_archived_ones_too_and_a_second_one_shows()
    {
        var first = await _spec.SendWell(KantataBench.Project);
        await _spec.SendWell(new WithdrawPsaProject(KantataBench.ProjectId, "Lost"));
        await _spec.Holds(DateTimeOffset.UnixEpoch, ("project", KantataBench.ProjectId, first));
        _kantata.Add("workspaces", new() { ["title"] = "Somebody else's", ["creator_role"] = "maven", ["currency"] = "EUR" });
        var copy = _kantata.Add("workspaces", new()
        {
            ["title"] = "Data platform, again", ["creator_role"] = "maven", ["currency"] = "EUR", ["external_reference"] = new JsonObject
            {
                ["service_name"] = "q2c", ["service_model"] = "project", ["service_model_ref"] = KantataBench.ProjectId,
            },
        });
        await _spec.Holds(DateTimeOffset.UnixEpoch, ("project", KantataBench.ProjectId, first), ("project", KantataBench.ProjectId, (string)copy["id"]!));
        await _spec.Holds(DateTimeOffset.UtcNow.AddDays(1));
        _kantata.Faults.Add(new("workspaces.list", FaultKind.Status) { Status = 503, Body = "{}" });
        await _spec.HoldsNothingNow("LOOK_UP_FAILED");
    }

    [Fact]
    public async Task Milestones_and_tasks_are_stories_of_the_project()
    {
        var project = await _spec.SendWell(KantataBench.Project);
        foreach (var operation in new Operation[] { KantataBench.Milestone, KantataBench.Task, KantataBench.Milestone, KantataBench.Task })
            await _spec.SendWell(operation);
        Check("stories", "workspace_id story_type title due_date budget_estimate_in_cents billable",
            $"{project} | milestone | Discovery report | 2026-12-01 | 1200000 | true",
            $"{project} | task | Internal |  |  | false");
    }

    [Fact]
    public async Task Roles_that_come_at_once_share_one_rate_card_of_the_project()
    {
        var project = await _spec.SendWell(KantataBench.Project);
        var account = (string)_kantata.Add("rate_cards", new() { ["title"] = "Everybody's", ["currency"] = "EUR" })["id"]!;
        _kantata.Edit("workspaces", project, new() { ["rate_card_id"] = account });
        (string Name, decimal Rate)[] roles = [("Consultant", 150m), ("Senior Consultant", 190.5m), ("Architect", 220m)];
        await Task.WhenAll(roles.Select((role, i) => _spec.SendWell(Role(role.Name, role.Rate), $"effect-{i}")));
        Check("rate_cards", "title currency", "Everybody's | EUR", "Data platform (contract rates) | EUR");
        Assert.Single(_kantata.Records("rate_card_versions"));
        Assert.Equal("2", (string)Assert.Single(_kantata.Records("workspaces"))["rate_card_id"]!);
        Assert.Equal(
            ["1: 15000", "2: 19050", "3: 22000"],
            _kantata.Records("rate_card_roles").Select(rate => $"{rate["role_id"]}: {Text(rate["rate"])}").Order());
        Assert.Equal(
            ["1 ", "2 ", "3 "], _kantata.Records("workspace_resources").Select(one => $"{one["role_id"]} {one["user_id"]}").Order());
    }

    [Fact]
    public async Task A_later_rate_overwrites_the_one_before()
    {
        await _spec.SendWell(KantataBench.Project);
        await _spec.SendWell(Role("Consultant", 150m));
        await _spec.SendWell(Role("consultant", 160.25m), "effect-2");
        Check("rate_card_roles", "role_id rate", "1 | 16025");
        Assert.Single(_kantata.Records("workspace_resources"));
    }

    [Fact]
    public async Task A_rate_in_a_currency_without_minor_units_is_whole()
    {
        await _spec.SendWell(KantataBench.Project with { Currency = "JPY", Budget = new(5_000_000, "JPY") });
        await _spec.SendWell(Role("Consultant", 21_000m) with { Currency = "JPY" });
        Check("rate_card_roles", "role_id rate", "1 | 21000");
        Check("workspaces", "price_in_cents", "5000000");
    }

    [Fact]
    public async Task A_role_with_a_comma_in_its_name_is_found_again()
    {
        _kantata.Add("roles", new() { ["name"] = "Developer, senior (100%)" });
        await _spec.SendWell(KantataBench.Project);
        for (var i = 0; i < 2; i++) await _spec.SendWell(Role("Developer, senior (100%)", 150m));
        Assert.Single(_kantata.Records("workspace_resources"));
    }

    public static TheoryData<Operation, string> Creations => new()
    {
        { KantataBench.Project, "workspaces" },
        { KantataBench.Milestone, "stories" },
        { KantataBench.Task, "stories" },
        { KantataBench.Role, "workspace_resources" },
        { KantataBench.Role, "rate_cards" },
        { KantataBench.Role, "rate_card_versions" },
        { KantataBench.Role, "rate_card_roles" },
    };

    [Theory, MemberData(nameof(Creations))]
    public async Task What_was_made_while_its_answer_got_lost_is_not_made_again(Operation operation, string collection)
    {
        if (operation is not EnsurePsaProject) await _spec.SendWell(KantataBench.Project);
        foreach (var kind in new[] { FaultKind.Drop, FaultKind.ApplyThenDrop })
        {
            _kantata.Faults.Add(new($"{collection}.create", kind));
            Assert.Equal(new LookUpResult.Absent(), await _spec.LookUp(operation));
            Assert.IsType<SendResult.Unknown>(await _spec.Send(operation));
        }

        if (operation is EnsurePsaRole) Assert.Equal(new LookUpResult.Absent(), await _spec.LookUp(operation));
        else Assert.Equal(new LookUpResult.Found((string)Assert.Single(_kantata.Records(collection))["id"]!), await _spec.LookUp(operation));
        await _spec.SendWell(operation);
        Assert.Single(_kantata.Records(collection));
    }

    [Fact]
    public async Task A_role_that_kantata_does_not_have_is_refused_with_a_remedy()
    {
        await _spec.SendWell(KantataBench.Project);
        await _spec.Refuses(Role("Astronaut", 150m), "ROLE_UNKNOWN", "Kantata has no role named 'Astronaut'.");
        Assert.Empty(_kantata.Records("rate_cards"));
    }

    [Fact]
    public async Task What_belongs_to_a_project_that_is_not_there_is_refused()
    {
        foreach (var operation in new Operation[] { KantataBench.Milestone, KantataBench.Task, KantataBench.Role })
            await _spec.Refuses(operation, "PROJECT_MISSING", $"Kantata has no project that refers to {KantataBench.ProjectId}.");
    }

    [Fact]
    public async Task A_refusal_names_the_field() => await _spec.Refuses(
        KantataBench.Project with { Name = "" }, "KANTATA_VALIDATION", "title: Please give your project a title");

    [Theory]
    [InlineData("workspaces.list", 429, "Unavailable THROTTLED")]
    [InlineData("workspaces.list", 500, "Unavailable LOOK_UP_FAILED")]
    [InlineData("workspaces.list", 200, "Unavailable LOOK_UP_FAILED")]
    [InlineData("workspaces.create", 429, "Unavailable KANTATA_SYSTEM")]
    [InlineData("workspaces.create", 401, "Unavailable CREDENTIALS_REFUSED")]
    [InlineData("workspaces.create", 504, "Unknown ")]
    [InlineData("workspaces.create", 200, "Unknown ")]
    [InlineData("workspaces.create", 403, "Refused KANTATA_SYSTEM")]
    public async Task Odd_answers_are_told_apart(string step, int status, string outcome)
    {
        const string Body = """{"errors":[{"type":"system","message":"Rate limit exceeded."}]}""";
        _kantata.Faults.Add(new(step, FaultKind.Status) { Status = status, Body = Body });
        var result = await _spec.Send(KantataBench.Project);
        Assert.Equal(outcome, $"{result.GetType().Name} " + result switch
        {
            SendResult.Unavailable { RetryAfter: null } away => away.Code,
            SendResult.Refused refused => refused.Code,
            _ => "",
        });
    }

    [Fact]
    public async Task Over_the_limit_of_requests_nothing_is_lost()
    {
        await using var busy = await KantataSimulator.StartAsync(new() { WorkspaceRequestsPerMinute = 0 });
        Assert.Equal(
            new SendResult.Unavailable("THROTTLED", "The system asks for fewer requests."),
            await KantataBench.Connect(busy.BaseAddress, TimeProvider.System).Send(KantataBench.Project));
    }

    [Theory]
    [InlineData(FaultKind.Html)]
    [InlineData(FaultKind.Truncate)]
    public async Task An_answer_that_proves_nothing_is_unknown(FaultKind kind)
    {
        _kantata.Faults.Add(new("workspaces.create", kind));
        Assert.IsType<SendResult.Unknown>(await _spec.Send(KantataBench.Project));
        _kantata.Faults.Add(new("workspaces.list", kind));
        Assert.IsType<LookUpResult.Unavailable>(await _spec.LookUp(KantataBench.Project));
    }

    [Fact]
    public async Task Withdrawing_archives_and_again_changes_nothing()
    {
        var withdraw = new WithdrawPsaProject(KantataBench.ProjectId, "Never signed");
        Assert.Equal(KantataBench.ProjectId, await _spec.SendWell(withdraw));
        var id = await _spec.SendWell(KantataBench.Project);
        Assert.Equal(new LookUpResult.Absent(), await _spec.LookUp(withdraw));
        for (var i = 0; i < 2; i++) Assert.Equal(id, await _spec.SendWell(withdraw));
        Check("workspaces", "archived", "true");
        Assert.Equal(new LookUpResult.Found(id), await _spec.LookUp(withdraw));
    }

    [Fact]
    public async Task An_invoice_is_marked_on_its_records_and_a_deleted_one_passed_over()
    {
        var project = await _spec.SendWell(KantataBench.Project);
        var entry = KantataBench.Time(_kantata, project);
        var expense = KantataBench.Expense(_kantata, project, 10_00);
        var billing = new ReportPsaBilling(
            KantataBench.ProjectId, "eu_inv_1", "INV-1", "posted",
            [$"time_entry/{entry}", "time_entry/99", "worklog/5", $"expense/{expense}"]);
        Assert.Equal(project, await _spec.SendWell(billing));
        Assert.Equal(project, await _spec.SendWell(billing with { Status = "paid" }));
        Assert.Equal(
            [
                $"TimeEntry {entry} q2c-billing invoice eu_inv_1 paid: Invoice INV-1",
                $"Expense {expense} q2c-billing invoice eu_inv_1 paid: Invoice INV-1",
            ],
            _kantata.Records("external_references").Where(one => (string)one["service_name"]! == "q2c-billing").Select(one =>
                $"{one["subject_type"]} {one["subject_id"]} {one["service_name"]} {one["service_model"]} {one["service_model_ref"]} "
                + $"{one["external_status"]}: {one["external_message"]}"));
    }

    [Fact]
    public async Task A_mark_that_kantata_refuses_is_refused_and_not_passed_over()
    {
        var project = await _spec.SendWell(KantataBench.Project);
        _kantata.Faults.Add(new("external_references.upsert", FaultKind.Status)
        {
            Status = 422,
            Body = """{"errors":[{"type":"validation","message":"is too long","field":"external_status"}]}""",
        });
        await _spec.Refuses(
            new ReportPsaBilling(
                KantataBench.ProjectId, "eu_inv_1", "INV-1", "posted", [$"time_entry/{KantataBench.Time(_kantata, project)}"]),
            "KANTATA_VALIDATION", "external_status: is too long");
    }

    [Fact]
    public async Task A_wrong_token_is_no_failure_of_the_request_and_shows_in_the_health()
    {
        var stranger = KantataBench.Connect(_kantata.BaseAddress, TimeProvider.System, "wrong");
        Assert.IsType<SendResult.Unavailable>(await stranger.Send(KantataBench.Project));
        Assert.False((await stranger.Connector.CheckHealth(default)).Healthy);
        Assert.True((await _spec.Connector.CheckHealth(default)).Healthy);
    }

    [Fact]
    public async Task An_account_that_cannot_be_reached_has_not_applied_anything() => Assert.Equal(
        "UNREACHABLE",
        Assert.IsType<SendResult.Unavailable>(
            await KantataBench.Connect(Vendors.Nowhere, TimeProvider.System).Send(KantataBench.Project)).Code);

    private static EnsurePsaRole Role(string name, decimal rate) =>
        new(KantataBench.ProjectId, $"{KantataBench.ProjectId}/L2/{name.ToLowerInvariant()}", name, rate, "EUR");

    private void Check(string collection, string fields, params string[] records) => Assert.Equal(
        records, _kantata.Records(collection).Select(record => string.Join(" | ", fields.Split(' ').Select(name => Text(record[name])))));

    private static string Text(JsonNode? node) => node is JsonValue value && value.TryGetValue(out decimal number)
        ? $"{number:0.##}"
        : node?.ToString() ?? "";
}

internal static class KantataBench
{
    public static readonly string ProjectId = Ids.Derive("eu", Ids.Project, "data platform");

    public static readonly EnsurePsaProject Project = new(
        ProjectId, "eu_ct_1", "Fabrikam AG", "Data platform", "EUR", new(2026, 11, 1), new(2027, 5, 1), Samples.Eur(32000));

    public static readonly EnsurePsaMilestone Milestone = new(ProjectId, "L1-1", "Discovery report", new(2026, 12, 1), Samples.Eur(12000));

    public static readonly EnsurePsaTask Task = new(ProjectId, $"{ProjectId}/internal", "Internal", Billable: false);

    public static readonly EnsurePsaRole Role = new(ProjectId, $"{ProjectId}/L2/Consultant", "Consultant", 150m, "EUR");

    public static ConnectorSpec Connect(Uri address, TimeProvider clock, string token = "simulator-kantata-token") => new(
        Vendors.Parts(
            new KantataVendor(),
            Vendors.Settings("kantata", address, [], new() { ["token"] = Vendors.SecretFile(token) }), clock, null),
        "kantata");

    public static string Time(KantataSimulator kantata, string workspace, int minutes = 150) => Id(kantata.Add("time_entries", new()
    {
        ["workspace_id"] = workspace,
        ["user_id"] = "2",
        ["date_performed"] = "2026-11-20",
        ["time_in_minutes"] = minutes,
        ["notes"] = "Data model",
    }));

    public static string Expense(KantataSimulator kantata, string workspace, long cents) => Id(kantata.Add("expenses", new()
    {
        ["workspace_id"] = workspace,
        ["user_id"] = "3",
        ["date"] = "2026-11-19",
        ["expense_category_id"] = "1",
        ["category"] = "Travel",
        ["amount_in_cents"] = cents,
    }));

    private static string Id(JsonObject record) => (string)record["id"]!;
}
