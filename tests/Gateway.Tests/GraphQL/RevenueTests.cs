using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Q2C.BillingRuns;
using Q2C.Connections;
using Q2C.Contracts;
using Q2C.Invoices;
using Q2C.Projects;
using Q2C.Revenues;
using Q2C.Silo.Tests;

namespace Q2C.Gateway.Tests.GraphQL;

/// <summary>Revenue as finance sees it: recognised over HTTP, read as reports.</summary>
public sealed class RevenueTests(Engagements engagements) : IClassFixture<Engagements>
{
    private const string Recognize =
        "mutation ($input: RecognizeRevenueInput!) { recognizeRevenue(input: $input) { freshness errors { __typename ... on UserError { code path } } } }";

    private const string Revise =
        "mutation ($input: ReviseEstimateInput!) { reviseEstimate(input: $input) { freshness errors { ... on UserError { code path } } } }";

    private const string Balances =
        """
        query ($contract: ID, $asOf: Date!, $knownAt: DateTime) {
          ledgerBalances(contractId: $contract, asOf: $asOf, knownAt: $knownAt) { legalEntity account balance { amount currency } }
        }
        """;

    private static readonly DateOnly Month = new DateOnly(DateTime.UtcNow.Year, DateTime.UtcNow.Month, 1).AddMonths(-1);
    private static readonly DateOnly PeriodEnd = Month.AddMonths(1).AddDays(-1);

    [Fact]
    public async Task A_month_is_recognised_from_what_the_project_did_and_shows_in_every_report()
    {
        var before = DateTimeOffset.UtcNow;
        var (contract, project) = await Running("O-revenue");
        var sent = await Do("fiona", Recognize, new { idempotencyKey = "r1", contractId = contract, periodEnd = PeriodEnd });
        Assert.Equal("[]", sent["recognizeRevenue"]!["errors"]!.ToJsonString());

        // 100 of the support, a twelfth of its year, and five hours at 100: nothing is billed yet.
        await Wait.Until(async () => (await Ledger(contract)).Count > 0);
        Assert.Equal(
            ["contract_asset 100 EUR", "revenue -600 EUR", "unbilled_receivable 500 EUR"], await Ledger(contract));
        Assert.Empty(await Ledger(contract, PeriodEnd.AddDays(-1)));
        Assert.Empty(await Ledger(contract, PeriodEnd, before));

        var reports = await Ask("fiona",
            """
            query ($contract: ID, $asOf: Date!, $late: Date!) {
              revenueWaterfall(contractId: $contract) { month billed { amount } recognised { amount } deferred { amount } unbilled { amount } }
              unbilledWork(asOf: $late, olderThanDays: 10) { projectId disposition reason items amount { amount } ageInDays }
              projectMargins(asOf: $asOf) { projectId revenue { amount } cost { amount } margin { amount } marginPercent hoursWithoutCost hours utilisationPercent }
              forecast(madeAt: $asOf, contractId: $contract) { expectedRevenue { amount } actualRevenue { amount } revenueErrorPercent }
              receivablesAgeing(asOf: $asOf) { customerId }
            }
            """, new { contract, asOf = PeriodEnd, late = Month.AddDays(40) });
        Assert.Equal(
            $$$"""[{"month":"{{{PeriodEnd:O}}}","billed":{"amount":0},"recognised":{"amount":600},"deferred":{"amount":0},"unbilled":{"amount":600}}]""",
            reports["revenueWaterfall"]!.ToJsonString());
        Assert.Equal(
            $$$"""{"projectId":"{{{project}}}","disposition":"billable","reason":null,"items":1,"amount":{"amount":500},"ageInDays":38}""",
            reports["unbilledWork"]!.AsArray().Single(row => (string?)row!["projectId"] == project)!.ToJsonString());
        Assert.Equal(
            $$$"""{"projectId":"{{{project}}}","revenue":{"amount":600},"cost":{"amount":0},"margin":null,"marginPercent":null,"hoursWithoutCost":5,"hours":5,"utilisationPercent":100}""",
            reports["projectMargins"]!.AsArray().Single(row => (string?)row!["projectId"] == project)!.ToJsonString());
        Assert.Equal("""{"expectedRevenue":{"amount":600},"actualRevenue":{"amount":0},"revenueErrorPercent":null}""", reports["forecast"]![0]!.ToJsonString());
        Assert.Equal("[]", reports["receivablesAgeing"]!.ToJsonString());
    }

    [Fact]
    public async Task What_cannot_be_recognised_is_refused_with_its_reason()
    {
        var (contract, _) = await Running("O-refused");
        Assert.Equal(
            """[{"__typename":"ForbiddenError","code":"FORBIDDEN","path":""}]""",
            (await Do("sam", Recognize, new { idempotencyKey = "r2", contractId = contract, periodEnd = PeriodEnd }))["recognizeRevenue"]!["errors"]!.ToJsonString());
        Assert.Equal(
            """[{"__typename":"RefusedError","code":"PERIOD_END_INVALID","path":"periodEnd"}]""",
            (await Do("fiona", Recognize, new { idempotencyKey = "r3", contractId = contract, periodEnd = Month }))["recognizeRevenue"]!["errors"]!.ToJsonString());
        Assert.Equal(
            """[{"code":"LINE_WITHOUT_ESTIMATE","path":"lineId"}]""",
            (await Do("fiona", Revise, new { idempotencyKey = "r4", contractId = contract, lineId = "work", estimate = 10m, reason = "More" }))
                ["reviseEstimate"]!["errors"]!.ToJsonString());
        var future = await engagements.Send("fiona", Balances, new { contract, asOf = PeriodEnd, knownAt = DateTimeOffset.UtcNow.AddDays(1) });
        Assert.Equal("BAD_USER_INPUT", (string?)future["errors"]![0]!["extensions"]!["code"]);
    }

    [Fact]
    public async Task Hours_count_once_whatever_a_cap_left_of_them_and_however_they_were_corrected()
    {
        var (contract, project) = await Running("O-capped", Money.Of(300, "EUR"));
        var (run, day, now) = ("eu_run_capped", Month.AddDays(2), DateTimeOffset.UtcNow);
        await Tell(project, "reserve", new ReservationAsked(run, project, "DE01", PeriodEnd, now));
        await Tell(project, "issue", new InvoiceIssued(
            "eu_inv_capped", run, project, contract, "eu_cu_1", "INV-1", PeriodEnd, PeriodEnd, Money.Of(300, "EUR"), Money.Of(0, "EUR"),
            Money.Of(300, "EUR"), ["time/1@1"], [], now));

        await Hours(project, day, 5);
        Assert.Equal("""[{"amount":{"amount":200}}]""", await Leakage());

        await Tell(project, "correct", new WorkReported("kantata", project,
            [new WorkRecord.TimeWorked("time/1", 2, day, "Ada", "architect", null, 6, true, "work", null)], now));
        await Hours(project, day, 6);
        Assert.Equal("""[{"amount":{"amount":300}}]""", await Leakage());
    }

    private async Task Hours(string project, DateOnly day, int hours)
    {
        JsonNode? margin = null;
        await Wait.Until(async () => (margin = (await Ask("fiona",
            "query ($asOf: Date!) { projectMargins(asOf: $asOf) { projectId hours utilisationPercent } }", new { asOf = PeriodEnd }))
            ["projectMargins"]!.AsArray().Single(row => (string?)row!["projectId"] == project))!["hours"]!.GetValue<decimal>() == hours);
        Assert.Equal(100, margin!["utilisationPercent"]!.GetValue<decimal>());
        Assert.Equal(
            $$$"""[{"person":"Ada","role":"architect","hours":{{{hours}}},"billableHours":{{{hours}}},"amount":{"amount":300},"lastDay":"{{{day:O}}}"}]""",
            (await Ask("dana", "query ($id: ID!) { project(id: $id) { resources { person role hours billableHours amount { amount } lastDay } } }",
                new { id = project }))["project"]!["resources"]!.ToJsonString());
    }

    private async Task<string> Leakage() => (await Ask("fiona",
        "query ($from: Date!, $to: Date!) { keyFigures(from: $from, to: $to) { leakage { amount { amount } } } }",
        new { from = Month, to = PeriodEnd }))["keyFigures"]!["leakage"]!.ToJsonString();

    private Task<JsonNode> Do(string user, string mutation, object input) => Ask(user, mutation, new { input });

    private Task<JsonNode> Ask(string user, string query, object variables) => engagements.Ask(user, query, variables);

    private async Task<List<string>> Ledger(string contract, DateOnly? asOf = null, DateTimeOffset? knownAt = null) =>
    [
        .. (await Ask("fiona", Balances, new { contract, asOf = asOf ?? PeriodEnd, knownAt }))["ledgerBalances"]!.AsArray()
            .Select(row => $"{row!["account"]} {row["balance"]!["amount"]} {row["balance"]!["currency"]}"),
    ];

    /// <summary>A contract that runs: support for a year and work by the hour, five hours of which are done.</summary>
    private async Task<(string Contract, string Project)> Running(string opportunity, Money? cap = null)
    {
        var (contract, _) = await engagements.AcceptQuote(opportunity);
        await engagements.CatchUp();
        var view = (await engagements.Cluster.GetGrain<IContractGrain>(contract).Read())!;
        var address = view.Customer.BillTo;
        var activated = new ContractActivated(
            contract, view.ProjectId, view.CustomerId, view.Customer, view.Name, new(1, Month, "EUR",
            [
                new("support", "consulting", "Support", new BillingModel.FixedFee(
                        Money.Of(1200, "EUR"), [new("m-1", "Year", Money.Of(1200, "EUR"), null)]),
                    Month, Month.AddYears(1).AddDays(-1), Revenue: new(new RevenueTreatment.StraightLine(Spread.ByMonth))),
                new("work", "consulting", "Work", new BillingModel.TimeAndMaterials([new("architect", 100m)], cap is { } most ? new(most) : null), Month, null),
            ]),
            new("DE01", "salesforce", "netsuite", "kantata", "avatax", "stripe", Rounding.HalfUp, Money.Of(10_000, "EUR"), 30, "Europe/Berlin",
                address, ImmutableDictionary<string, string>.Empty, []), [], DateTimeOffset.UtcNow);
        await Tell(view.ProjectId, $"{opportunity}-p", activated);
        await Tell(view.ProjectId, $"{opportunity}-w", new WorkReported("kantata", view.ProjectId,
            [new WorkRecord.TimeWorked("time/1", 1, Month.AddDays(2), "Ada", "architect", null, 5, true, "work", null)], DateTimeOffset.UtcNow));
        await Tell(RevenueIds.Of(contract), $"{opportunity}-r", activated);
        return (contract, view.ProjectId);
    }

    private async Task Tell(string grain, string key, Event @event)
    {
        var receipt = await engagements.Cluster.Aggregate(grain).Execute(new(key, new Observe("test", [@event]), Actor.System, key));
        Assert.Equal([], receipt.Problems.Select(problem => problem.Code));
    }
}
