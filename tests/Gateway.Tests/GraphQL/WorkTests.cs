using System.Text.Json.Nodes;
using Q2C.Silo.Tests;

namespace Q2C.Gateway.Tests.GraphQL;

/// <summary>Work as automations report it, from the entry to the item, on a running project.</summary>
public sealed class WorkTests(WorkTests.RunningProject running) : IClassFixture<WorkTests.RunningProject>
{
    private const string RecordTime =
        """
        mutation ($input: RecordTimeInput!) { recordTime(input: $input) {
            project { id } freshness results { sourceId accepted errors { ... on UserError { code path } } }
            errors { __typename ... on UserError { code path } } } }
        """;

    [Fact]
    public async Task Entries_that_cannot_be_are_refused_one_by_one_and_the_others_become_items()
    {
        var input = Batch("t1", Entry("time/1", 1, 8), Entry("time/1", 1, 8), Entry("", 1, 2), Entry("time/2", 1, -1), Entry("time/3", 1, 2));

        var first = await Ask(RecordTime, input);
        var again = await Ask(RecordTime, input);

        Assert.Equal("[]", first["errors"]!.ToJsonString());
        Assert.Equal(
            """
            [{"sourceId":"time/1","accepted":true,"errors":[]},
            {"sourceId":"time/1","accepted":false,"errors":[{"code":"ENTRY_DUPLICATE","path":"input.entries[1].sourceId"}]},
            {"sourceId":"","accepted":false,"errors":[{"code":"SOURCE_ID_INVALID","path":"input.entries[2].sourceId"}]},
            {"sourceId":"time/2","accepted":false,"errors":[{"code":"NEGATIVE_HOURS","path":"input.entries[3].hours"}]},
            {"sourceId":"time/3","accepted":true,"errors":[]}]
            """.Replace("\n", ""), first["results"]!.ToJsonString());
        Assert.Equal(first.ToJsonString(), again.ToJsonString());
        Assert.Equal("1200 EUR BILLABLE", await Item("time/1"));
        Assert.Equal("300 EUR BILLABLE", await Item("time/3"));
    }

    [Fact]
    public async Task More_than_a_thousand_entries_or_none_are_refused_whole()
    {
        var none = await Ask(RecordTime, Batch("t2"));
        var many = await Ask(RecordTime, Batch("t3", [.. Enumerable.Range(0, 1_001).Select(i => Entry($"many/{i}", 1, 1))]));

        Assert.Equal("""[{"__typename":"RefusedError","code":"RECORD_COUNT","path":"input.entries"}]""", none["errors"]!.ToJsonString());
        Assert.Equal("RECORD_COUNT", (string?)many["errors"]![0]!["code"]);
    }

    [Fact]
    public async Task A_key_used_for_other_entries_is_refused()
    {
        await Ask(RecordTime, Batch("t4", Entry("key/1", 1, 1)));

        var other = await Ask(RecordTime, Batch("t4", Entry("key/2", 1, 1)));

        Assert.Equal("""[{"__typename":"IdempotencyKeyError","code":"IDEMPOTENCY_KEY_REUSED","path":"idempotencyKey"}]""", other["errors"]!.ToJsonString().Replace("input.", ""));
    }

    [Fact]
    public async Task A_milestone_that_is_completed_is_reached_and_has_its_item()
    {
        var completed = await Ask(
            "mutation ($input: CompleteMilestoneInput!) { completeMilestone(input: $input) { errors { ... on UserError { code } } } }",
            new { idempotencyKey = "m1", projectId = running.Project, milestone = new { sourceId = "ms/1", sourceVersion = 1, date = "2026-03-10", milestoneId = "m-1" } });
        Assert.Equal("[]", completed["errors"]!.ToJsonString());

        await Wait.Until(async () => (string?)(await Milestone())["status"] == "REACHED");
        Assert.Equal(
            """{"lineId":"line-2","status":"REACHED","milestone":{"name":"Held"},"item":{"amount":{"amount":5000}}}""",
            (await Milestone()).ToJsonString());
    }

    [Fact]
    public async Task An_expense_without_a_line_for_expenses_waits_for_a_person()
    {
        var recorded = await Ask(
            "mutation ($input: RecordExpenseInput!) { recordExpense(input: $input) { errors { ... on UserError { code } } } }",
            new
            {
                idempotencyKey = "e1",
                projectId = running.Project,
                expense = new { sourceId = "ex/1", sourceVersion = 1, date = "2026-03-10", person = "Ada", category = "travel", cost = new { amount = 12.5, currency = "EUR" } },
            });
        Assert.Equal("[]", recorded["errors"]!.ToJsonString());

        await Wait.Until(async () => (await running.Engagements.Ask(
            "dana", "query ($id: ID!) { exceptions(filter: { subjectId: $id }) { totalCount } }", new { id = running.Project }))
            ["exceptions"]!["totalCount"]!.GetValue<long>() > 0);
    }

    [Fact]
    public async Task Resources_are_who_worked_in_which_role()
    {
        await Ask(RecordTime, Batch("r1", Entry("res/1", 1, 3, "Bea"), Entry("res/2", 1, 1.5m, "Bea", "2026-03-12")));

        await Wait.Until(async () => (await Resource("Bea"))?["hours"]?.GetValue<decimal>() == 4.5m);
        Assert.Equal(
            """{"person":"Bea","role":"architect","hours":4.5,"billableHours":4.5,"amount":{"amount":675},"firstDay":"2026-03-10","lastDay":"2026-03-12"}""",
            (await Resource("Bea"))!.ToJsonString());
    }

    [Fact]
    public async Task A_change_order_makes_a_version_that_says_what_it_changed()
    {
        var input = new
        {
            idempotencyKey = "amend", contractId = running.Contract, basedOnVersion = 1, effectiveFrom = "2026-06-01", reason = "New rate",
            lines = new[]
            {
                new
                {
                    id = "line-1", service = "consulting", description = "Consulting", start = "2026-03-02", end = "2027-03-02",
                    billing = new { timeAndMaterials = new { rates = new[] { new { role = "architect", hourly = 160 } }, cap = new { amount = 12000, currency = "EUR" } } },
                },
            },
        };
        var tried = (await running.Engagements.Ask(
            "sam",
            """
            mutation ($input: AmendContractInput!) { amendContract(input: $input) {
                preview { items { itemId before { amount } after { amount } explanation } lines { lineId before { amount } after { amount } } difference { amount currency } }
                freshness errors { ... on UserError { code message } } } }
            """,
            new { input = new { idempotencyKey = "tried", input.contractId, input.basedOnVersion, input.effectiveFrom, input.reason, input.lines, dryRun = true } }))["amendContract"]!;
        Assert.Equal(
            """{"preview":{"items":[],"lines":[],"difference":{"amount":0,"currency":"EUR"}},"freshness":null,"errors":[]}""", tried.ToJsonString());

        var amended = (await running.Engagements.Ask(
            "sam", "mutation ($input: AmendContractInput!) { amendContract(input: $input) { errors { ... on UserError { code message } } } }", new { input }))["amendContract"]!;
        Assert.Equal("[]", amended["errors"]!.ToJsonString());

        var contract = (await running.Engagements.Ask("sam",
            """
            query ($id: ID!) { contract(id: $id) {
                then: terms(asOf: "2026-05-31") { version } now: terms(asOf: "2026-06-01") { version } before: terms(asOf: "2020-01-01") { version }
                versions { terms { version } changes { lineId kind before { id } after { billing { ... on TimeAndMaterials { rates { hourly } } } } } } } }
            """, new { id = running.Contract }))["contract"]!;

        Assert.Equal(
            """{"then":{"version":1},"now":{"version":2},"before":{"version":1}}""",
            new JsonObject { ["then"] = contract["then"]!.DeepClone(), ["now"] = contract["now"]!.DeepClone(), ["before"] = contract["before"]!.DeepClone() }.ToJsonString());
        Assert.Equal(["ADDED", "ADDED"], contract["versions"]![0]!["changes"]!.AsArray().Select(change => (string?)change!["kind"]));
        Assert.Equal(
            """[{"lineId":"line-1","kind":"CHANGED","before":{"id":"line-1"},"after":{"billing":{"rates":[{"hourly":160}]}}}]""",
            contract["versions"]![1]!["changes"]!.ToJsonString());
    }

    [Fact]
    public async Task A_dry_run_says_what_would_be_invoiced()
    {
        await Ask(RecordTime, Batch("p1", Entry("preview/1", 1, 2)));
        await Item("preview/1");

        var preview = (await running.Engagements.Ask("fiona",
            """
            mutation ($project: ID!) { runBilling(input: { idempotencyKey: "dry", legalEntity: "DE01", cutOff: "2026-03-31", projectIds: [$project], dryRun: true }) {
                preview { project { name } taxNote items { sourceId amount { amount } } } errors { __typename } } }
            """, new { project = running.Project }))["runBilling"]!["preview"]![0]!;

        Assert.Equal("Rollout work", (string?)preview["project"]!["name"]);
        Assert.Contains(preview["items"]!.AsArray(), item => item!.ToJsonString() == """{"sourceId":"preview/1","amount":{"amount":300}}""");
    }

    private async Task<string> Item(string source)
    {
        var text = "";
        await Wait.Until(async () =>
        {
            var items = (await running.Engagements.Ask("dana",
                "query ($source: String!) { billableItems(filter: { sourceId: $source, kind: [TIME] }) { nodes { disposition amount { amount currency } project { id } } } }",
                new { source }))["billableItems"]!["nodes"]!.AsArray();
            if (items is not [{ } item]) return false;
            Assert.Equal(running.Project, (string?)item["project"]!["id"]);
            text = $"{item["amount"]!["amount"]} {item["amount"]!["currency"]} {item["disposition"]}";
            return true;
        });
        return text;
    }

    private async Task<JsonNode> Milestone() => (await running.Engagements.Ask("dana",
        "query ($id: ID!) { project(id: $id) { milestones { lineId status milestone { name } item { amount { amount } } } } }",
        new { id = running.Project }))["project"]!["milestones"]![0]!;

    private async Task<JsonNode?> Resource(string person) => (await running.Engagements.Ask("dana",
        "query ($id: ID!) { project(id: $id) { resources { person role hours billableHours amount { amount } firstDay lastDay } } }",
        new { id = running.Project }))["project"]!["resources"]!.AsArray().FirstOrDefault(resource => (string?)resource!["person"] == person);

    private object Batch(string key, params object[] entries) => new { idempotencyKey = key, projectId = running.Project, entries };

    private static object Entry(string source, long version, decimal hours, string person = "Ada", string date = "2026-03-10") => new
    {
        sourceId = source, sourceVersion = version, date, person, role = "architect", hours,
    };

    private async Task<JsonNode> Ask(string mutation, object input) =>
        (await running.Engagements.Ask("automation", mutation, new { input })).AsObject().Single().Value!;

    /// <summary>One contract whose activation went through.</summary>
    public sealed class RunningProject : IAsyncLifetime
    {
        public Engagements Engagements { get; } = new();

        public string Contract { get; private set; } = "";

        public string Project { get; private set; } = "";

        public async Task InitializeAsync()
        {
            await Engagements.InitializeAsync();
            (Contract, _) = await Engagements.AcceptQuote("work");
            Project = await Engagements.Activate(Contract);
        }

        public Task DisposeAsync() => Engagements.DisposeAsync();
    }
}
