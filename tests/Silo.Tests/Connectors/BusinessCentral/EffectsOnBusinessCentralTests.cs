using Q2C.Silo.Tests.Effects;
using Q2C.Simulators.BusinessCentral;
using Q2C.Simulators.Core;

namespace Q2C.Silo.Tests.Connectors.BusinessCentral;

/// <summary>Executor, connector and a Business Central that misbehaves and knows no idempotency: whatever happens, one invoice.</summary>
public sealed class EffectsOnBusinessCentralTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    public static TheoryData<Fault> Faults => new()
    {
        new Fault(@"salesInvoices\.create", FaultKind.ApplyThenDrop),
        new Fault(@"salesInvoices\.create", FaultKind.Drop),
        new Fault(@"salesInvoices\.create", FaultKind.Truncate),
        new Fault(@"salesInvoices\.get", FaultKind.Drop) { Times = 2 },
        new Fault(@"salesInvoices\.post", FaultKind.ApplyThenDrop),
        new Fault(@"salesInvoices\.post", FaultKind.Drop),
        new Fault(@"salesInvoices\.post", FaultKind.Status) { Status = 504, Apply = true },
        new Fault(@"salesInvoices\.post", FaultKind.Status) { Status = 503, Headers = new Dictionary<string, string> { ["Retry-After"] = "30" } },
        new Fault(@"salesInvoices\.list", FaultKind.Status) { Status = 429, Body = """{"error":{"code":"Application_TooManyRequests","message":"x"}}""", Times = 3 },
        new Fault("token", FaultKind.Status) { Status = 503, Times = 2 },
        new Fault(".*", FaultKind.Down) { Times = 4 },
    };

    [Theory, MemberData(nameof(Faults))]
    public async Task One_invoice_comes_of_it_and_its_grain_learns_the_number(Fault fault)
    {
        await using var company = await BusinessCentralSimulator.StartAsync();
        var connection = $"businesscentral-{Guid.NewGuid():n}";
        var connector = Company.Connect(company, name: connection).Connector!;
        await connector.Send(Samples.Ask(Samples.Customer), 1, default);

        await using var bench = new EffectBench(postgres, connector);
        company.Faults.Add(fault);
        await bench.Ask($"{connection}-1", operation: Samples.Invoice);
        var heard = await bench.Settle($"{connection}-1");
        var invoice = Assert.Single(company.Records("salesInvoices"));
        Assert.Equal("Open", (string)invoice["status"]!);
        Assert.Equal(new EffectOutcome.Accepted((string)invoice["id"]!, new ErpInvoiceAnswer((string)invoice["number"]!)), heard);
    }
}
