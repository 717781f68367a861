using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Q2C.Gateway.Tests.GraphQL;
using Q2C.Silo.Tests;

namespace Q2C.Gateway.Tests.Security;

/// <summary>
/// Engagements of two customers, two legal entities and two regions, and callers that see some of them. A caller's key is
/// its name.
/// </summary>
public sealed class LimitedCallers : Engagements, IAsyncLifetime
{
    public const string Acme = "001A";
    public const string Umbrella = "001B";

    private static readonly string[] Staff = ["sales", "delivery", "finance", "auditor", "operator", "administrator"];

    /// <summary>Contracts by what they are: <c>DE01 Acme eu</c>.</summary>
    public Dictionary<string, string> Contracts { get; } = [];

    protected override Dictionary<string, string?> Settings { get; } = new(
    [
        .. Key("everything", Staff),
        .. Key("germany", Staff, ("LegalEntities:0", "DE01")),
        .. Key("elsewhere", Staff, ("LegalEntities:0", "XX99")),
        .. Key("overseas", Staff, ("Regions:0", "us")),
        .. Key("nobody", []),
        .. Key("onlyReads", [.. Staff, "finance_approver", "machine"]).Where(setting => !setting.Key.Contains(":Scopes:", StringComparison.Ordinal)),
        new("Q2C:ApiKeys:onlyReads:Scopes:0", "q2c.read"),
        .. Key("onlyWrites", Staff).Where(setting => !setting.Key.Contains(":Scopes:", StringComparison.Ordinal)),
        new("Q2C:ApiKeys:onlyWrites:Scopes:0", "q2c.write"),
        .. Key("acme", ["customer"], ("Customer", CustomerId(Acme))),
        .. Key("umbrella", ["customer"], ("Customer", CustomerId(Umbrella))),
    ]);

    public static string CustomerId(string account, string region = "eu") => Ids.Derive(region, Ids.Customer, "salesforce", account);

    public static string InvoiceId(string contract) => Ids.Derive(contract[..2], Ids.Invoice, contract);

    public new async Task InitializeAsync()
    {
        await base.InitializeAsync();
        var tokens = new List<string>();
        foreach (var (entity, account, region) in new[]
        {
            ("DE01", Acme, "eu"), ("XX99", Acme, "eu"), ("DE01", Umbrella, "eu"), ("DE01", Acme, "us"),
        })
        {
            var name = $"{entity} {(account == Acme ? "Acme" : "Umbrella")} {region}";
            (Contracts[name], var token) = await AcceptQuote(name, entity, account, region);
            tokens.Add(token);
        }

        foreach (var token in tokens)
            await Ask("everything", "query ($token: String) { contracts(atLeast: $token) { nodes { id } } }", new { token });
        await Wait.Until(async () => await Database.Scalar<long>("select count(*) from q2c_read.customer") == 3);

        // What has no grain here: an invoice, its project with an item, and a run for each contract.
        await Database.Execute(
            """
            insert into q2c_read.project
            select project_id, 1, name, true, id, customer_id, legal_entity, currency, 1, now(), now() from q2c_read.contract;
            insert into q2c_read.billable_item
            select project_id || '/1', 1, project_id, '1', '1', 1, 'time', 'line-1', '2026-03-02', 'Work', 'pat', 'architect', 1, 150,
                   'EUR', 15000, 15000, 'billable', 'An hour.', 'v1', 'open', null, null, null, now()
            from q2c_read.contract;
            insert into q2c_read.billing_run
            select replace(id, '_ct_', '_run_'), 1, legal_entity, '2026-03-31', '2026-03-31', 'fiona', now(), null, 1, 1, 1, '{}', 0, 0
            from q2c_read.contract;
            """);
        foreach (var contract in Contracts.Values)
        {
            await Database.Execute(
                $"""
                insert into q2c_read.invoice
                select '{InvoiceId(contract)}', 1, 'issued', 'INV-1', replace(id, '_ct_', '_run_'), project_id, id, customer_id, customer_name,
                       legal_entity, currency, '2026-03-31', '2026-04-30', 100, 19, 119, 119, 'fiona', null, '[]', '[]', '[]', now(), now(), now()
                from q2c_read.contract where id = '{contract}';
                insert into q2c_read.credit_memo
                select replace(id, '_ct_', '_cm_'), 1, 'issued', 'CM-1', '{InvoiceId(contract)}', 'INV-1', customer_id, customer_name, legal_entity,
                       currency, '2026-03-31', 'Agreed', false, 10, 2, 12, 'fiona', null, '[]', now(), now(), now()
                from q2c_read.contract where id = '{contract}';
                insert into q2c_read.customer_payment
                select '{InvoiceId(contract)}/payment/1', 1, '1', customer_id, '{InvoiceId(contract)}', legal_entity, 'stripe', '2026-04-01', currency, 107, 0,
                       'INV-1', now()
                from q2c_read.contract where id = '{contract}'
                """);
        }
    }

    public static IEnumerable<KeyValuePair<string, string?>> Key(
        string name, string[] roles, params (string Member, string Value)[] limits) =>
    [
        new($"Q2C:ApiKeys:{name}:Sha256", Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(name)))),
        new($"Q2C:ApiKeys:{name}:Expires", "2099-01-01T00:00:00Z"),
        .. roles.Select((role, i) => KeyValuePair.Create($"Q2C:ApiKeys:{name}:Roles:{i}", (string?)role)),
        .. new[] { "q2c.read", "q2c.write", "q2c.approve", "q2c.operate" }
            .Select((scope, i) => KeyValuePair.Create($"Q2C:ApiKeys:{name}:Scopes:{i}", (string?)scope)),
        .. limits.Select(limit => KeyValuePair.Create($"Q2C:ApiKeys:{name}:{limit.Member}", (string?)limit.Value)),
    ];

    /// <summary>The ids of a list, as the names of the contracts that they belong to.</summary>
    public async Task<string[]> List(string user, string field, string node = "id")
    {
        var data = await Ask(user, $$"""{ {{field}}(first: 100) { nodes { {{node}} } } }""");
        var path = node.Split([' ', '{', '}'], StringSplitOptions.RemoveEmptyEntries);
        return [.. data[field]!["nodes"]!.AsArray().Select(entry => (string?)path.Aggregate((JsonNode?)entry, (at, name) => at![name])).Select(NameOf).Distinct().Order(StringComparer.Ordinal)];
    }

    private string NameOf(string? id) => Contracts.FirstOrDefault(
        pair => pair.Value == id || InvoiceId(pair.Value) == id || pair.Value.Replace("_ct_", "_run_", StringComparison.Ordinal) == id).Key ?? "?";
}
