using System.Diagnostics;
using Npgsql;
using Q2C.BillingRuns;
using Q2C.Connections;
using Q2C.Customers;
using Q2C.Grains.Journal;
using Q2C.Invoices;
using Q2C.Projects;

namespace Q2C.Benchmarks;

/// <summary>
/// The whole way through grains and PostgreSQL: time entries from feeds to projects, a billing run over all of them, and
/// its invoices until the ledger has them. Tax engine and ERP answer at once, so that only Q2C is measured.
/// </summary>
internal static class DeliveryToInvoice
{
    private const int Reporters = 16;
    private const int EntriesPerReport = 50;

    private const string Asked =
        """
        update q2c.effect e set status = 'accepted', settled_at = now(), updated_at = now(), external_id = e.id, outcome = $1
        where e.status = 'pending' and e.grain like 'eu_inv%' returning e.id, e.grain, e.operation
        """;

    private const string Issued = "select count(*) from q2c_read.invoice where number is not null";

    /// <summary>Items per second from the first delivery until the last invoice is issued.</summary>
    public static async Task<double> Run(BenchServer server, int projects, int entriesPerProject, CancellationToken cancel)
    {
        await using var silo = await BenchSilo.Start(await server.Prepare(cancel), cancel);
        Check(await silo.Grains.GetGrain<ICustomerGrain>(Work.Customer(0)).Execute(Work.Upsert(0, 1, "customer")));
        string[] names = [.. Enumerable.Range(0, projects).Select(i => $"billed-{i}")];
        foreach (var name in names) Check(await silo.Grains.GetGrain<IProjectGrain>(Work.Project(name)).Execute(Work.Open(name)));
        await silo.CatchUp(cancel);

        var watch = Stopwatch.StartNew();
        await Parallel.ForEachAsync(names, new ParallelOptions { MaxDegreeOfParallelism = Reporters, CancellationToken = cancel }, async (name, _) =>
        {
            for (var from = 0; from < entriesPerProject; from += EntriesPerReport)
                Check(await silo.Grains.GetGrain<IWorkFeedGrain>(Work.Feed(name)).Execute(Work.Report(name, from, EntriesPerReport)));
        });
        await silo.CatchUp(cancel);
        var run = new StartBillingRun("DE01", Work.Start.AddYears(1), Work.Start.AddYears(1), [.. names.Select(Work.Project)]);
        Check(await silo.Grains.GetGrain<IBillingRunGrain>(Ids.Derive("eu", Ids.BillingRun, "bench")).Execute(
            new("run", run, new("fiona", [Roles.Finance]), "run")));
        while (await silo.Database.Scalar<long>(Issued, cancel) < projects) await Answer(silo, cancel);
        return projects * entriesPerProject / watch.Elapsed.TotalSeconds;
    }

    private static async Task Answer(BenchSilo silo, CancellationToken cancel)
    {
        var asked = new List<(string Effect, string Grain, Operation Operation)>();
        await using (var command = silo.Database.CreateCommand(Asked))
        {
            command.Parameters.Add(new NpgsqlParameter { Value = WireFormat.Write((EffectOutcome)new EffectOutcome.Accepted("ext", null)).ToArray() });
            await using var rows = await command.ExecuteReaderAsync(cancel);
            while (await rows.ReadAsync(cancel))
                asked.Add((rows.GetString(0), rows.GetString(1), WireFormat.Read<Operation>(rows.GetFieldValue<byte[]>(2))));
        }

        await Parallel.ForEachAsync(asked, cancel, async (one, _) => Check(await silo.Grains.GetGrain<IInvoiceGrain>(one.Grain).Execute(new(
            $"{one.Effect}/answer", new ReportEffect(one.Effect, new EffectOutcome.Accepted(one.Effect, AnswerOf(one.Operation))), Actor.System, "bench"))));
    }

    private static Answer? AnswerOf(Operation operation) => operation switch
    {
        RecordTax { Request: var request } => new TaxAnswer(
            [.. request.Lines.Select(line => new TaxAnswerLine(line.LineId, Money.Zero(request.Currency), 0, "DE"))], Money.Zero(request.Currency)),
        PostErpInvoice { Invoice: var invoice } => new ErpInvoiceAnswer($"INV-{invoice.InvoiceId}"),
        _ => null,
    };

    private static void Check(Receipt receipt)
    {
        if (receipt.Outcome == Outcome.Refused)
            throw new InvalidOperationException($"{receipt.Grain}: {receipt.Problems.FirstOrDefault()?.Message}");
    }
}
