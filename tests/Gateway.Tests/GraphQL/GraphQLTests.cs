using System.Net;
using System.Net.Http.Json;

namespace Q2C.Gateway.Tests.GraphQL;

public sealed class GraphQLTests(Engagements engagements) : IClassFixture<Engagements>
{
    [Fact]
    public async Task Nobody_in_particular_gets_401_and_is_told_what_to_send()
    {
        var answer = await engagements.Client.PostAsJsonAsync("/graphql", new { query = "{ viewer { name } }" });

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal("Bearer", answer.Headers.WwwAuthenticate.Single().Scheme);
        Assert.Equal(
            """{"errors":[{"message":"Nobody is signed in. Send Authorization: Bearer and an API key or a token.","extensions":{"code":"UNAUTHENTICATED"}}]}""",
            await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task The_viewer_is_who_the_token_names() => Assert.Equal(
        """{"viewer":{"name":"frank","roles":["FINANCE_APPROVER"]}}""",
        (await engagements.Ask("frank", "{ viewer { name roles } }")).ToJsonString());

    [Fact]
    public async Task An_answer_says_what_it_cost_to_whoever_asks_for_that()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/graphql")
        {
            Content = JsonContent.Create(new { query = "{ viewer { name } }" }),
            Headers = { { "GraphQL-Cost", "report" }, { "Authorization", $"Bearer {await engagements.Token("frank")}" } },
        };
        using var answer = await engagements.Client.SendAsync(request);

        Assert.Equal(
            """{"data":{"viewer":{"name":"frank"}},"extensions":{"cost":{"fieldCost":1,"typeCost":2}}}""",
            await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_contract_is_read_from_its_grain_with_its_terms_and_steps()
    {
        var (id, _) = await engagements.AcceptQuote("006-read");

        var data = await engagements.Ask("sam",
            """
            query ($id: ID!) { contract(id: $id) {
              name status contracted { amount currency } remaining { amount }
              terms { version lines { id billing { __typename ... on TimeAndMaterials { rates { role hourly } cap { amount } } } } }
              activation { step status } } }
            """, new { id });

        var contract = data["contract"]!;
        Assert.Equal("Rollout 006-read", (string?)contract["name"]);
        Assert.Equal("ACTIVATING", (string?)contract["status"]);
        Assert.Equal("""{"amount":17000,"currency":"EUR"}""", contract["contracted"]!.ToJsonString());
        Assert.Equal(
            """{"__typename":"TimeAndMaterials","rates":[{"role":"architect","hourly":150}],"cap":{"amount":12000}}""",
            contract["terms"]!["lines"]![0]!["billing"]!.ToJsonString());
        Assert.Equal("""{"step":"VALIDATION","status":"DONE"}""", contract["activation"]![0]!.ToJsonString());
    }

    [Fact]
    public async Task A_query_with_a_token_sees_the_write_that_gave_it()
    {
        var (id, token) = await engagements.AcceptQuote("006-fresh");

        var data = await engagements.Ask("sam",
            """
            query ($id: ID!, $token: String) { engagement(contractId: $id, atLeast: $token) {
              stages { stage events } timeline(first: 2) { nodes { title stage system } pageInfo { hasNextPage } } } }
            """, new { id, token });

        Assert.Equal(
            """[{"title":"Quote accepted","stage":"QUOTE","system":"salesforce"},{"title":"Contract validated","stage":"ACTIVATION","system":null}]""",
            data["engagement"]!["timeline"]!["nodes"]!.ToJsonString());
        Assert.True((bool)data["engagement"]!["timeline"]!["pageInfo"]!["hasNextPage"]!);
    }

    [Fact]
    public async Task A_token_of_the_future_is_answered_with_a_typed_error_after_a_bounded_wait()
    {
        var answer = await engagements.Send("sam", """{ contracts(atLeast: "eu.0.999999999") { nodes { id } } }""");

        Assert.Equal("NOT_FRESH_YET", (string?)answer["errors"]![0]!["extensions"]!["code"]);
    }

    [Theory]
    [InlineData("""unbilledWork(asOf: "2026-03-31", atLeast: $token) { items }""")]
    [InlineData("""receivablesAgeing(asOf: "2026-03-31", atLeast: $token) { total { amount } }""")]
    [InlineData("""projectMargins(asOf: "2026-03-31", atLeast: $token) { margin { amount } }""")]
    [InlineData("""forecast(madeAt: "2026-03-31", atLeast: $token) { month }""")]
    [InlineData("""keyFigures(from: "2026-03-01", to: "2026-03-31", atLeast: $token) { exceptionRate { from } }""")]
    public async Task Figures_are_as_fresh_as_is_asked_for(string field)
    {
        var (_, token) = await engagements.AcceptQuote($"fresh {field[..8]}");
        var query = $"query ($token: String) {{ {field} }}";

        var fresh = await engagements.Send("fiona", query, new { token });
        var unknown = await engagements.Send("fiona", query, new { token = "soon" });

        Assert.Null(fresh["errors"]);
        Assert.Equal("'soon' is not a freshness token of this system.", (string?)unknown["errors"]![0]!["message"]);
    }

    [Theory]
    [InlineData("""{ contracts(first: 101) { nodes { id } } }""", "A page has 1 to 100 entries; 101 were asked for.")]
    [InlineData("""{ contracts(first: 1, last: 1) { nodes { id } } }""", "Give first or last, not both.")]
    [InlineData("""{ contracts(after: "nonsense") { nodes { id } } }""", "'nonsense' is not a cursor of this list.")]
    [InlineData("""{ contracts(after: "n") { nodes { id } } }""", "'n' is not a cursor of this list.")]
    [InlineData("""{ contracts(atLeast: "soon") { nodes { id } } }""", "'soon' is not a freshness token of this system.")]
    public async Task A_page_that_cannot_be_is_refused_in_plain_language(string query, string message)
    {
        var error = (await engagements.Send("sam", query))["errors"]![0]!;

        Assert.Equal(message, (string?)error["message"]);
        Assert.Equal("BAD_USER_INPUT", (string?)error["extensions"]!["code"]);
    }

    [Fact]
    public async Task Pages_forwards_and_backwards_meet_every_contract_once()
    {
        for (var i = 0; i < 7; i++) await engagements.AcceptQuote($"006-page-{i}");
        await engagements.CatchUp();

        var forwards = await Walk("first", "after", "hasNextPage", "endCursor");
        var backwards = await Walk("last", "before", "hasPreviousPage", "startCursor");

        Assert.True(forwards.Count >= 7);
        Assert.Equal(forwards.Distinct(), forwards);
        Assert.Equal(forwards.Order(), backwards.Order());
    }

    [Fact]
    public async Task What_stops_a_contract_is_corrected_through_the_api_and_the_audit_says_who_and_why()
    {
        var (id, token) = await engagements.AcceptQuote("006-paused", legalEntity: "XX99");
        var exceptions = await engagements.Ask("olga",
            """
            query ($id: ID!, $token: String) { exceptions(filter: { contractId: $id }, atLeast: $token) {
              nodes { id status ownerRole subject { __typename id } } } }
            """, new { id, token });
        var exception = exceptions["exceptions"]!["nodes"]!.AsArray().Single()!;
        Assert.Equal("Contract", (string?)exception["subject"]!["__typename"]);

        var input = new
        {
            idempotencyKey = "correct-1", contractId = id, exceptionId = (string?)exception["id"], legalEntity = "DE01", reason = "Typing error",
        };
        var corrected = (await engagements.Ask("olga", CorrectContract, new { input }))["correctContract"]!;
        Assert.Equal("[]", corrected["errors"]!.ToJsonString());
        Assert.Equal("ACTIVATING", (string?)corrected["contract"]!["status"]);
        Assert.Equal(
            corrected.ToJsonString(), (await engagements.Ask("olga", CorrectContract, new { input }))["correctContract"]!.ToJsonString());

        var audit = await engagements.Ask("audrey",
            """
            query ($id: ID!, $token: String) { activity(filter: { subjectId: $id, actor: "olga" }, atLeast: $token) {
              nodes { actor outcome reason } } }
            """, new { id, token = (string?)corrected["freshness"] });
        Assert.Equal(
            """[{"actor":"olga","outcome":"CHANGED","reason":"Typing error"}]""", audit["activity"]!["nodes"]!.ToJsonString());
    }

    [Fact]
    public async Task A_key_used_for_another_input_is_refused()
    {
        var (id, _) = await engagements.AcceptQuote("006-key");
        await engagements.Ask("olga", Compensate, new { input = new { idempotencyKey = "k", contractId = id, reason = "One" } });

        var second = await engagements.Ask(
            "olga", Compensate, new { input = new { idempotencyKey = "k", contractId = id, reason = "Another" } });

        var error = second["compensateActivation"]!["errors"]![0]!;
        Assert.Equal("IdempotencyKeyError", (string?)error["__typename"]);
        Assert.Equal("IDEMPOTENCY_KEY_REUSED", (string?)error["code"]);
    }

    [Fact]
    public async Task A_key_is_the_callers_own()
    {
        var (first, _) = await engagements.AcceptQuote("006-mine");
        var (second, _) = await engagements.AcceptQuote("006-other");
        await engagements.Ask("olga", Compensate, new { input = new { idempotencyKey = "own", contractId = first, reason = "Same" } });

        var elsewhere = await engagements.Ask(
            "olga", Compensate, new { input = new { idempotencyKey = "own", contractId = second, reason = "Same" } });

        Assert.Equal("IDEMPOTENCY_KEY_REUSED", (string?)elsewhere["compensateActivation"]!["errors"]![0]!["code"]);
    }

    [Theory]
    [InlineData("approveInvoice", """{ idempotencyKey: "k", invoiceId: "eu_inv_x" }""", "[FINANCE_APPROVER]")]
    [InlineData("rejectInvoice", """{ idempotencyKey: "k", invoiceId: "eu_inv_x", reason: "No" }""", "[FINANCE_APPROVER]")]
    [InlineData("runBilling", """{ idempotencyKey: "k", legalEntity: "DE01", cutOff: "2026-03-31" }""", "[FINANCE]")]
    [InlineData("retryException", """{ idempotencyKey: "k", exceptionId: "eu_ct_x/1", reason: "No" }""", "[OPERATOR]")]
    [InlineData("skipException", """{ idempotencyKey: "k", exceptionId: "eu_ct_x/1", reason: "No" }""", "[OPERATOR]")]
    [InlineData("compensateActivation", """{ idempotencyKey: "k", contractId: "eu_ct_x", reason: "No" }""", "[OPERATOR]")]
    [InlineData("correctDelivery", """{ idempotencyKey: "k", deliveryId: "1", body: "", reason: "No" }""", "[OPERATOR]")]
    [InlineData("holdConnection", """{ idempotencyKey: "k", connection: "stripe", reason: "No" }""", "[OPERATOR,ADMINISTRATOR]")]
    [InlineData("reconcileConnection", """{ idempotencyKey: "k", connection: "stripe", reason: "No" }""", "[OPERATOR,ADMINISTRATOR]")]
    [InlineData("checkConnection", """{ idempotencyKey: "k", connection: "stripe", reason: "No" }""", "[OPERATOR,ADMINISTRATOR]")]
    [InlineData("rebuildLists", """{ idempotencyKey: "k", reason: "No" }""", "[ADMINISTRATOR]")]
    [InlineData("repairDifference", """{ idempotencyKey: "k", connection: "stripe", differenceId: "1", reason: "No" }""", "[OPERATOR,ADMINISTRATOR]")]
    [InlineData("releaseConnection", """{ idempotencyKey: "k", connection: "stripe", reason: "No" }""", "[OPERATOR,ADMINISTRATOR]")]
    [InlineData("approveQuote", """{ idempotencyKey: "k", quoteId: "eu_qt_x" }""", "[SALES,FINANCE_APPROVER,MACHINE]")]
    [InlineData("declineQuote", """{ idempotencyKey: "k", quoteId: "eu_qt_x", reason: "No" }""", "[SALES,FINANCE_APPROVER,MACHINE]")]
    [InlineData("recordTime", """{ idempotencyKey: "k", projectId: "eu_pr_x", entries: [] }""", "[DELIVERY,MACHINE]")]
    [InlineData("completeMilestone", """{ idempotencyKey: "k", projectId: "eu_pr_x", milestone: { sourceId: "1", sourceVersion: 1, date: "2026-03-02", milestoneId: "m" } }""", "[DELIVERY,MACHINE]")]
    [InlineData("recordExpense", """{ idempotencyKey: "k", projectId: "eu_pr_x", expense: { sourceId: "1", sourceVersion: 1, date: "2026-03-02", person: "A", category: "x", cost: { amount: 1, currency: "EUR" } } }""", "[DELIVERY,MACHINE]")]
    [InlineData("upsertCustomer", """{ idempotencyKey: "k", reference: { system: "a", id: "1" }, sourceVersion: "2026-03-02T00:00:00Z", profile: { name: "A", billTo: { line1: "1", city: "B", postalCode: "1", country: "DE" }, currency: "EUR" } }""", "[SALES,FINANCE,MACHINE]")]
    public async Task The_wrong_role_is_told_which_one_it_needs(string mutation, string input, string roles)
    {
        var data = await engagements.Ask("audrey",
            $$"""mutation { {{mutation}}(input: {{input}}) { errors { __typename ... on ForbiddenError { code requiredRoles } } } }""");

        Assert.Equal(
            $$"""[{"__typename":"ForbiddenError","code":"FORBIDDEN","requiredRoles":{{roles.Replace("[", "[\"", StringComparison.Ordinal).Replace("]", "\"]", StringComparison.Ordinal).Replace(",", "\",\"", StringComparison.Ordinal)}}}]""",
            data[mutation]!["errors"]!.ToJsonString());
    }

    [Fact]
    public async Task An_id_of_another_kind_is_not_found()
    {
        var data = await engagements.Ask("frank",
            """mutation { approveInvoice(input: { idempotencyKey: "k", invoiceId: "eu_ct_x" }) { errors { __typename ... on UserError { code path } } } }""");

        Assert.Equal(
            """[{"__typename":"NotFoundError","code":"NOT_FOUND","path":"input.invoiceId"}]""",
            data["approveInvoice"]!["errors"]!.ToJsonString());
    }

    [Fact]
    public async Task A_dry_run_of_billing_changes_nothing_and_may_be_empty()
    {
        var data = await engagements.Ask("fiona",
            """mutation { runBilling(input: { idempotencyKey: "dry", legalEntity: "DE01", cutOff: "2026-03-31", dryRun: true }) { preview { net { amount } } billingRun { id } errors { __typename } } }""");

        Assert.Equal("""{"preview":[],"billingRun":null,"errors":[]}""", data["runBilling"]!.ToJsonString());
    }

    [Fact]
    public async Task Every_list_answers_for_somebody_who_may_read_it() => Assert.NotNull(await engagements.Ask("ada",
        """
        { customers { nodes { id name outstanding { amount } credit { amount } references { system } parent { id } } }
          invoices { nodes { id status total { amount } lines { id tax { amount } } payments { id } } }
          billingRuns { nodes { id invoices { id } } }
          exceptions(filter: { status: RESOLVED }) { nodes { id delivery { id } contract { id } } }
          deliveries { nodes { id error { code } body corrects { id } } }
          effects { nodes { id status message } }
          connections { name openEffects forgedDeliveries }
          activity { nodes { id problems { code } } } }
        """));

    [Fact]
    public async Task A_subscription_tells_the_story_from_where_the_reader_stopped()
    {
        var (id, token) = await engagements.AcceptQuote("006-story");
        var first = await engagements.Ask("sam",
            "query ($id: ID!, $token: String) { engagement(contractId: $id, atLeast: $token) { timeline(first: 1) { nodes { cursor title } } } }",
            new { id, token });
        var after = (string?)first["engagement"]!["timeline"]!["nodes"]![0]!["cursor"];

        var events = await engagements.Follow("sam", "subscription ($id: ID!, $after: String) { engagementTimeline(contractId: $id, after: $after) { title } }",
            new { id, after }, count: 2);

        Assert.Equal("Contract validated", (string?)events[0]["data"]!["engagementTimeline"]!["title"]);
        Assert.Equal(2, events.Count);
    }

    [Fact]
    public async Task The_schema_served_is_the_schema_in_the_repository()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/graphql?sdl");
        request.Headers.Authorization = new("Bearer", await engagements.Token("ada"));
        var served = await (await engagements.Client.SendAsync(request)).Content.ReadAsStringAsync();

        var written = Definitions(await File.ReadAllTextAsync(Gateway.GraphQL.SchemaFile));
        Assert.Equal([], written.Except(Definitions(served)).Concat(Definitions(served).Except(written)));
    }

    private const string CorrectContract =
        "mutation ($input: CorrectContractInput!) { correctContract(input: $input) { contract { status } freshness errors { __typename ... on UserError { code message } } } }";

    private const string Compensate =
        "mutation ($input: CompensateActivationInput!) { compensateActivation(input: $input) { contract { status } errors { __typename ... on UserError { code } } } }";

    private async Task<List<string>> Walk(string size, string place, string more, string cursor)
    {
        var ids = new List<string>();
        string? at = null;
        while (true)
        {
            var data = await engagements.Ask("sam",
                $$"""query ($at: String) { contracts({{size}}: 2, {{place}}: $at) { nodes { id } pageInfo { {{more}} {{cursor}} } } }""",
                new { at });
            var page = data["contracts"]!;
            ids.AddRange(page["nodes"]!.AsArray().Select(node => (string)node!["id"]!));
            if (!(bool)page["pageInfo"]![more]!) return ids;
            at = (string?)page["pageInfo"]![cursor];
        }
    }

    /// <summary>Without layout: definitions by name, each in one line.</summary>
    private static string[] Definitions(string sdl) => [.. SchemaText.Definitions(sdl).Order(StringComparer.Ordinal)];
}
