using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Q2C.Grains.Journal;
using Q2C.Silo.Connectors;
using Q2C.Silo.Policies;
using Q2C.Silo.Tests;

namespace Q2C.Gateway.Tests.GraphQL;

/// <summary>Policy documents over the API: drafted, checked, tried out, approved by a second person, rolled back.</summary>
public sealed class PolicyTests(PolicyTests.Ledgers engagements) : IClassFixture<PolicyTests.Ledgers>
{
    private const string Version = "number status text basedOn proposedBy decidedBy holdsFrom holdsUntil";
    private const string Limits = "books: { concurrency: 2 }\n";

    [Fact]
    public async Task A_draft_is_refused_whole_with_line_and_column_until_nothing_is_wrong_with_it()
    {
        var refused = await Do("proposePolicy", new { idempotencyKey = "w1", document = "limits", text = "books: { concurrency: 0, per-minute: 7 }", reason = "r" });
        Assert.Equal(
            ["1:23 'concurrency' must be between 1 and 1000000, found 0.", "1:26 'per-minute' is not known here; known are break-after, break-for-seconds, burst, concurrency, first-retry-seconds, longest-retry-seconds, per-second."],
            Problems(refused["problems"]));
        Assert.Equal("POLICY_INVALID", (string?)refused["errors"]![0]!["code"]);

        var asked = await engagements.Ask("olga", "query { policyProblems(document: \"maps/books/payment.map\", text: \"direction: inbound\\nfields: []\") { line column message } }");
        Assert.Equal(["1:12 'direction' must be 'outbound' here, found 'inbound'."], Problems(asked["policyProblems"]));
        var unknown = await engagements.Ask("olga", "query { policyProblems(document: \"maps/books/invoyce.map\", text: \"a: 1\") { line column message } }");
        Assert.Equal("1:1 books has no document 'invoyce.map'; it has contract.map", Problems(unknown["policyProblems"]).Single()[..60]);
    }

    [Fact]
    public async Task A_second_person_approves_and_every_step_is_in_the_audit_with_its_reason()
    {
        var drafted = await Do("proposePolicy", new { idempotencyKey = "a1", document = "limits", text = Limits, reason = "The ledger is slow." });
        var number = (int)drafted["version"]!["number"]!;
        Assert.Equal("DRAFT olga", $"{drafted["version"]!["status"]} {drafted["version"]!["proposedBy"]}");
        var repeated = await Do("proposePolicy", new { idempotencyKey = "a1", document = "limits", text = Limits, reason = "The ledger is slow." });
        Assert.Equal(number, (int)repeated["version"]!["number"]!);
        await Do("submitPolicy", new { idempotencyKey = "a2", document = "limits", version = number, reason = "Ready." });
        Assert.Equal("FORBIDDEN", (string?)(await Do("approvePolicy", new { idempotencyKey = "a3", document = "limits", version = number }))["errors"]![0]!["code"]);

        var approved = await Do("approvePolicy", new { idempotencyKey = "a4", document = "limits", version = number, note = "Fine." }, "frank");
        Assert.Equal(("IN_FORCE", "frank"), ((string)approved["version"]!["status"]!, (string)approved["version"]!["decidedBy"]!));

        var second = await Do("proposePolicy", new { idempotencyKey = "a5", document = "limits", text = "books: { concurrency: 3 }\n", reason = "Faster." });
        var next = (int)second["version"]!["number"]!;
        await Do("submitPolicy", new { idempotencyKey = "a6", document = "limits", version = next, reason = "Ready." });
        await Do("approvePolicy", new { idempotencyKey = "a7", document = "limits", version = next }, "frank");
        var back = await Do("rollBackPolicy", new { idempotencyKey = "a8", document = "limits", version = number, reason = "Too fast." }, "frank");
        Assert.Equal((number, "IN_FORCE"), ((int)back["version"]!["number"]!, (string)back["version"]!["status"]!));

        var policy = (await engagements.Ask("audrey",
            $$"""query { policy(document: "limits") { id text inForce { number } open { number } versions { nodes { {{Version}} } } } }"""))["policy"]!;
        Assert.Equal((Limits, number), ((string)policy["text"]!, (int)policy["inForce"]!["number"]!));
        Assert.Equal([$"{next} REPLACED", $"{number} IN_FORCE"], policy["versions"]!["nodes"]!.AsArray().Select(version => $"{version!["number"]} {version["status"]}"));
        var audit = await engagements.Ask("audrey", "query ($id: ID!) { activity(filter: { subjectId: $id }) { nodes { actor reason events outcome } } }", new { id = (string)policy["id"]! });
        Assert.Equal(
            [
                "frank Too fast. policy.rolled-back.v1", "frank  policy.approved.v1", "olga Ready. policy.submitted.v1", "olga Faster. policy.proposed.v1",
                "frank Fine. policy.approved.v1", "olga Ready. policy.submitted.v1", "olga The ledger is slow. policy.proposed.v1",
            ],
            audit["activity"]!["nodes"]!.AsArray().Select(entry => $"{entry!["actor"]} {entry["reason"]} {entry["events"]![0]}"));
    }

    [Fact]
    public async Task Two_texts_are_compared_line_by_line()
    {
        var lines = (await engagements.Ask("olga",
            "query ($text: String!) { policyDifference(document: \"maps/books/payment.map\", text: $text) { kind before after text } }",
            new { text = Ledgers.Shipped.Replace("memo", "note", StringComparison.Ordinal) }))["policyDifference"]!.AsArray();
        Assert.Equal(
            ["REMOVED 8    - { to: memo, from: reference, required: false }", "ADDED  8   - { to: note, from: reference, required: false }"],
            lines.Where(line => (string)line!["kind"]! != "SAME").Select(line => $"{line!["kind"]} {line["before"]} {line["after"]} {line["text"]}"));
    }

    [Fact]
    public async Task A_draft_is_tried_on_what_was_recorded_and_changes_nothing()
    {
        await using (var effect = engagements.Database.CreateCommand(
            """
            insert into q2c.effect (id, connection, subject, operation, grain, version, correlation, status, next_at, created_at, updated_at)
            values ('trial-effect', 'books', 'eu_inv_1', $1, 'eu_inv_1', 1, 'c', 'accepted', now(), now(), now())
            """))
        {
            effect.Parameters.Add(new() { Value = WireFormat.Write<Operation>(new RecordErpPayment(
                "pay-1", "eu_inv_1", "eu_cu_1", Money.Of(100, "EUR"), Money.Of(100, "EUR"), new(2026, 3, 2), "R-1")).ToArray() });
            await effect.ExecuteNonQueryAsync();
        }

        const string Trial =
            """
            query ($input: PolicyTrialInput!) {
              policyTrial(input: $input) {
                same different notTried problems { message }
                records { connection outcome message delivery { id } effect { id } differences { path before after } }
              }
            }
            """;
        var payload = (await engagements.Ask("olga", Trial, new
        {
            input = new { document = "maps/books/payment.map", text = Ledgers.Shipped.Replace("memo", "note", StringComparison.Ordinal) },
        }))["policyTrial"]!;
        Assert.Equal(
            """0 1 0 [{"path":"memo","before":"\"R-1\"","after":null},{"path":"note","before":null,"after":"\"R-1\""}] trial-effect""",
            $"{payload["same"]} {payload["different"]} {payload["notTried"]} {payload["records"]![0]!["differences"]!.ToJsonString().Replace("\\u0022", "\\\"")} {payload["records"]![0]!["effect"]!["id"]}");

        var refused = (await engagements.Ask("olga", Trial, new
        {
            input = new { document = "maps/books/payment.map", text = Ledgers.Shipped.Replace("reference,", "reference, values: { a: b },", StringComparison.Ordinal), last = 1 },
        }))["policyTrial"]!;
        Assert.Equal("REFUSED", (string?)refused["records"]![0]!["outcome"]);

        var entities = (await engagements.Ask("olga", "query { policy(document: \"legal-entities\") { inForce { number } } }"))["policy"]!;
        Assert.Null(entities["inForce"]);
        Assert.Equal(0, await engagements.Database.Scalar<long>("select count(*) from q2c.journal where actor = 'connection:books'"));
    }

    [Fact]
    public async Task Rules_are_tried_on_what_new_contracts_would_decide()
    {
        await engagements.Database.Scalar<long>(
            """
            insert into q2c.inbox (connection, dedupe_key, received_at, content_type, body, status)
            values ('crm', 'won-1', now(), 'application/json', '{}', 'done') returning id
            """);
        var text = engagements.Policies.Documents.Texts["legal-entities"].Text.Replace("payment-days: 30", "payment-days: 45", StringComparison.Ordinal);

        var trial = (await engagements.Ask("olga",
            "query ($input: PolicyTrialInput!) { policyTrial(input: $input) { different records { connection differences { path before after } } } }",
            new { input = new { document = "legal-entities", text, connection = "crm" } }))["policyTrial"]!;

        Assert.Equal(1, (int)trial["different"]!);
        Assert.Contains(
            trial["records"]![0]!["differences"]!.AsArray(), difference => $"{difference!["path"]} {difference["before"]} {difference["after"]}".Contains("aymentDays 30 45", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_delivery_says_which_versions_shaped_it()
    {
        await Hold("exceptions", "technical: { severity: low }\n");
        var delivery = await engagements.Database.Scalar<long>(
            """
            with known as (
                insert into q2c.policy_set (version, documents) values ('set-1', '{"exceptions": "1", "maps/books/payment.map": "7", "maps/crm/x.map": "9"}'))
            insert into q2c.inbox (connection, dedupe_key, received_at, content_type, body, status, policies)
            values ('books', 'shaped', now(), 'application/json', '{}', 'done', 'set-1') returning id
            """);

        var shaped = (await engagements.Ask("olga", "query ($id: ID!) { delivery(id: $id) { policies { document number status } } }", new { id = $"{delivery}" }))["delivery"]!;

        Assert.Equal(["exceptions 1 IN_FORCE"], shaped["policies"]!.AsArray().Select(version => $"{version!["document"]} {version["number"]} {version["status"]}"));
    }

    private async Task Hold(string document, string text)
    {
        var number = (int)(await Do("proposePolicy", new { idempotencyKey = $"{document}-1", document, text, reason = "r" }))["version"]!["number"]!;
        await Do("submitPolicy", new { idempotencyKey = $"{document}-2", document, version = number, reason = "r" });
        Assert.Empty((await Do("approvePolicy", new { idempotencyKey = $"{document}-3", document, version = number }, "frank"))["errors"]!.AsArray());
    }

    [Fact]
    public async Task Who_sees_only_some_legal_entities_neither_reads_nor_changes_policies()
    {
        Assert.Equal("FORBIDDEN", (string?)(await engagements.Send("sam", "query { policies { document } }"))["errors"]![0]!["extensions"]!["code"]);
        string[] all = [.. (await engagements.Ask("olga", "query { policies { document kind connection } }"))["policies"]!.AsArray()
            .Select(policy => $"{policy!["document"]} {policy["kind"]} {policy["connection"]}")];
        Assert.Equal(
            ["legal-entities RULES ", "project-templates RULES ", "limits RULES ", "exceptions RULES ", "bulk-actions RULES ", "alerts RULES "], all.Take(6));
        Assert.Contains("maps/books/payment.map MAPPING books", all);
    }

    private async Task<JsonNode> Do(string mutation, object input, string user = "olga") => (await engagements.Ask(user,
        $$"""mutation ($input: {{InputOf(mutation)}}!) { {{mutation}}(input: $input) { version { {{Version}} } problems { line column message } errors { ... on UserError { code message } } } }""",
        new { input }))[mutation]!;

    private static string InputOf(string mutation) => mutation switch
    {
        "proposePolicy" => "ProposePolicyInput",
        "approvePolicy" => "ApprovePolicyInput",
        _ => "MovePolicyInput",
    };

    private static IEnumerable<string> Problems(JsonNode? problems) =>
        problems!.AsArray().Select(problem => $"{problem!["line"]}:{problem["column"]} {problem["message"]}");

    /// <summary>With a ledger whose payments are mapped by the shipped documents, and a CRM that reports won quotes.</summary>
    public sealed class Ledgers : Engagements
    {
        public static string Shipped { get; } = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Connectors", "NetSuite", "payment.map.yaml"));

        protected override ConnectorRegistry Connections(PolicyDocuments policies) => ConnectorRegistry.Create(
            [Settings("books", "netsuite"), Settings("crm", "crm")], [new Ledger(), new Crm()], policies, null!, null!, TimeProvider.System);

        private static new ConnectionSettings Settings(string name, string vendor) => new(
            name, vendor, new("http://vendor.example"), ImmutableDictionary<string, string>.Empty, ImmutableDictionary<string, string>.Empty);

        private sealed class Ledger : IVendor
        {
            public string Name => "netsuite";

            public ConnectionParts Connect(ConnectorContext context)
            {
                _ = context.Maps.Outbound<RecordErpPayment>("payment");
                return new(null);
            }
        }

        private sealed class Crm : IVendor, IInboundMap
        {
            public string Name => "crm";

            public ConnectionParts Connect(ConnectorContext context) => new(null, this);

            public Task<InboundResult> Map(InboxDelivery delivery, CancellationToken cancel)
            {
                var contract = Ids.Derive("eu", Ids.Contract, "crm", delivery.Key);
                return Task.FromResult<InboundResult>(new InboundResult.Commands(
                    [new(contract, new(delivery.Key, Quote(delivery.Key), Actor.Connection("crm"), delivery.Correlation))]));
            }
        }
    }
}
