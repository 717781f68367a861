using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Q2C.Alerts;
using Q2C.Policies;
using Q2C.Silo.Alerts;
using Q2C.Silo.Connectors.Mapping;
using Q2C.Silo.Connectors.Payloads;
using Q2C.Silo.Policies;

namespace Q2C.Silo.Tests.Connectors.Payloads;

/// <summary>A vendor changes its records: people hear of it before a mapping fails.</summary>
public sealed class PayloadContractTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    private const string Document =
        """
        direction: inbound
        fields:
          - { to: id, from: Id }
          - { to: buyer, from: Account.Name, required: false }
        """;

    private const string Usual = """{ "Id": "006", "Stage": "Won", "Account": { "Name": "Acme", "Site": "Berlin" }, "Lines": [ { "Hours": 2 } ] }""";

    private readonly ManualClock _clock = new();

    [Fact]
    public async Task A_new_field_and_one_that_is_missing_are_noticed_once_each_and_what_comes_back_is_over()
    {
        var (contracts, writer) = await Start();
        var map = Map(contracts, "changing");
        for (var i = 0; i < PayloadContracts.RecordsToLearn; i++) Read(map, i == 3 ? Usual.Replace(", \"Site\": \"Berlin\"", "") : Usual);
        await writer.Write(default);
        Assert.Empty(await Notices("changing"));

        Read(map, Usual.Replace("\"Stage\"", "\"Discount\": 5, \"Stage\""));
        Read(map, Usual.Replace("\"Name\": \"Acme\", ", ""));
        Read(map, Usual.Replace("\"Site\": \"Berlin\"", "\"Site\": null").Replace("[ { \"Hours\": 2 } ]", "[ { \"Hours\": 2, \"Rate\": 1 } ]"));
        await writer.Write(default);
        Assert.Equal(["Discount new", "Lines.Rate new"], await Notices("changing"));

        Read(map, Usual.Replace("\"Name\": \"Acme\", ", ""));
        await writer.Write(default);
        Assert.Equal(["Account.Name missing", "Discount new", "Lines.Rate new"], await Notices("changing"));
        Assert.Equal(
            ["changing: sold comes without Account.Name", "changing: sold has a new field Discount", "changing: sold has a new field Lines.Rate"],
            (await new AlertQueries(postgres.Database, _clock).Over(AlertRule.SchemaNotice, AlertPolicy.Quiet, default)).Select(finding => finding.Title)
            .Where(title => title.StartsWith("changing", StringComparison.Ordinal)).Order());

        // Another process goes on where this one ended.
        var (later, laterWriter) = await Start();
        Read(Map(later, "changing"), Usual.Replace("\"Stage\"", "\"Discount\": 5, \"Stage\""));
        await laterWriter.Write(default);
        Assert.Equal(["Discount new", "Lines.Rate new"], await Notices("changing"));
    }

    [Fact]
    public async Task An_account_that_is_empty_says_nothing_of_its_fields_and_what_is_read_by_nobody_may_go()
    {
        var (contracts, writer) = await Start();
        var map = Map(contracts, "quiet");
        for (var i = 0; i < PayloadContracts.RecordsToLearn; i++) Read(map, Usual);

        Read(map, Usual.Replace("{ \"Name\": \"Acme\", \"Site\": \"Berlin\" }", "null"));
        Read(map, Usual.Replace("\"Stage\": \"Won\", ", "").Replace("[ { \"Hours\": 2 } ]", "[]"));
        await writer.Write(default);

        Assert.Empty(await Notices("quiet"));
        Assert.Equal("22 Account Account.Name Id", await postgres.Database.Scalar<string>(
            """
            select c.records || ' ' || (select string_agg(f.field, ' ' order by f.field) from q2c.payload_field f where f.connection = 'quiet' and f.relied)
            from q2c.payload_contract c where c.connection = 'quiet'
            """));
    }

    private async Task<(PayloadContracts Contracts, PayloadContractWriter Writer)> Start()
    {
        var contracts = new PayloadContracts();
        var writer = new PayloadContractWriter(
            contracts, postgres.Database, postgres.Options, _clock, NullLogger<PayloadContractWriter>.Instance);
        await writer.Read(default);
        return (contracts, writer);
    }

    private static InboundMap<Sold> Map(PayloadContracts contracts, string connection) => MapCatalog.From()
        .With(
            [KeyValuePair.Create("sold.map", new PolicyText("sold.map.yaml", Document, 0))],
            (name, document, record) => contracts.Saw(connection, name, document, record))
        .Inbound<Sold>("sold");

    private static void Read(InboundMap<Sold> map, string record) => Assert.False(map.Map(JsonNode.Parse(record)!).Failed);

    private async Task<string[]> Notices(string connection) => (string[])await postgres.Database.Scalar<Array>(
        $"select array(select field || ' ' || state from q2c.payload_field where connection = '{connection}' and state <> 'known' order by field)");

    private sealed record Sold(string Id, string? Buyer);
}
