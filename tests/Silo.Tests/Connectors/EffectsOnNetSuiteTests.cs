using Q2C.Silo.Connectors.NetSuite;
using Q2C.Silo.Tests.Effects;
using Q2C.Simulators.Core;
using Q2C.Simulators.NetSuite;

namespace Q2C.Silo.Tests.Connectors;

/// <summary>Executor, connector and a NetSuite that misbehaves: whatever happens, one invoice.</summary>
public sealed class EffectsOnNetSuiteTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    public static TheoryData<Fault> Faults => new()
    {
        new Fault("record.upsert", FaultKind.ApplyThenDrop),
        new Fault("record.upsert", FaultKind.Drop),
        new Fault("record.upsert", FaultKind.Html),
        new Fault("record.upsert", FaultKind.Html) { Apply = true },
        new Fault("record.upsert", FaultKind.Status) { Status = 200, Body = "{\"success\":false", Apply = true },
        new Fault("record.upsert", FaultKind.Status) { Status = 500, Apply = true },
        new Fault("record.upsert", FaultKind.Status) { Status = 429, Body = "{}", Times = 3 },
        new Fault("record.get", FaultKind.Truncate) { Times = 2 },
        new Fault("record.get", FaultKind.Drop) { Times = 2 },
        new Fault("token", FaultKind.Status) { Status = 503, Times = 2 },
        new Fault(".*", FaultKind.Down) { Times = 4 },
    };

    [Theory, MemberData(nameof(Faults))]
    public async Task One_invoice_comes_of_it_and_its_grain_learns_the_number(Fault fault)
    {
        await using var netSuite = await NetSuiteSimulator.StartAsync();
        var connection = $"netsuite-{Guid.NewGuid():n}";
        var connector = Vendors.Connect(
            new NetSuiteVendor(),
            Vendors.Settings("netsuite", netSuite.BaseAddress,
                new() { ["clientId"] = "simulator-client", ["certificateId"] = "simulator-certificate" },
                new() { ["privateKey"] = Vendors.SecretFile(netSuite.CreateKey()) }) with { Name = connection },
            "NetSuite");
        foreach (var operation in new Operation[] { Samples.Customer, Samples.Job })
            await connector.Send(Samples.Ask(operation), 1, default);

        await using var bench = new EffectBench(postgres, connector);
        netSuite.Faults.Add(fault);
        await bench.Ask($"{connection}-1", operation: Samples.Invoice);
        var heard = await bench.Settle($"{connection}-1");
        var invoice = Assert.Single(netSuite.Records("invoice"));
        Assert.Equal(
            new EffectOutcome.Accepted((string)invoice["id"]!, new ErpInvoiceAnswer((string)invoice["tranId"]!)),
            heard);
    }
}
