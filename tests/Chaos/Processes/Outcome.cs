using System.Diagnostics;
using System.Text.Json.Nodes;
using Npgsql;
using Q2C.Silo.Journal;
using Q2C.Silo.Operations;
using Q2C.Silo.ReadModels;
using Q2C.Simulators.Demo;

namespace Q2C.Chaos.Processes;

/// <summary>
/// What must hold afterwards, looked at from outside: in the journal, in the read models, and in the vendors' own records.
/// </summary>
internal sealed class Outcome(Plant plant, Callers callers, Engagements engagements)
{
    private static readonly TimeSpan SettleLimit = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(250);

    private readonly List<string> _violations = [];

    /// <summary>Everything that does not hold; empty if all does.</summary>
    public async Task<IReadOnlyList<string>> Violations(CancellationToken cancel)
    {
        await using var database = NpgsqlDataSource.Create(plant.Database.ConnectionString);
        _violations.AddRange(plant.Parts.SelectMany(part => part.UnexplainedEnds));
        _violations.AddRange(engagements.Unfinished);
        await Settles(database, cancel);
        await Journal(database, cancel);
        await ReadModels(database, cancel);
        _violations.AddRange((await callers.Repeat(cancel)).Select(different => $"a repeated request got another answer: {different}"));
        await Deliveries(database, cancel);
        await Records(cancel);
        await Money(database, cancel);
        await Compared(database, cancel);
        return _violations;
    }

    /// <summary>When nothing goes wrong any more, everything comes to its end.</summary>
    private async Task Settles(NpgsqlDataSource database, CancellationToken cancel)
    {
        const string open =
            """
            select concat_ws(', ',
                (select count(*) || ' open effects, like ' || min(id) || ' ' || min(status) from q2c.effect where settled_at is null having count(*) > 0),
                (select count(*) || ' deliveries not processed' from q2c.inbox where status not in ('done', 'superseded') having count(*) > 0),
                (select count(*) || ' readers of shards behind' from q2c.cursor c join q2c.shard_head h using (shard) where c.seq < h.seq having count(*) > 0),
                (select count(*) || ' deliveries between grains not taken' from q2c.stream_progress where sent > received having count(*) > 0),
                (select count(*) || ' exceptions, like ' || min(code) || ': ' || min(message) from q2c_read.exception where status = 'open' having count(*) > 0))
            """;
        var since = Stopwatch.GetTimestamp();
        using var stripe = plant.Vendor("stripe");
        while (true)
        {
            var left = await Scalar<string>(database, open, cancel);
            if (left is "") return;
            if (Stopwatch.GetElapsedTime(since) > SettleLimit)
            {
                _violations.Add($"not settled after {SettleLimit.TotalMinutes} minutes: {left}");
                return;
            }

            await Task.Delay(Glance, cancel);
        }
    }

    private async Task Journal(NpgsqlDataSource database, CancellationToken cancel)
    {
        _violations.AddRange((await new JournalVerifier(database, "eu").Verify(cancel))
            .Where(report => report.Fault is not null).Select(report => $"shard {report.Shard}, row {report.Fault!.Seq}: {report.Fault.Reason}"));
        foreach (var (what, sql) in new[]
        {
            ("grains with gaps", "select count(*) from (select from q2c.journal group by grain having max(version) <> count(*)) g"),
            ("shards with gaps", "select count(*) from (select from q2c.journal group by shard having max(seq) <> count(*)) g"),
            ("entries that do not balance", "select count(*) from (select from q2c_read.ledger_line group by entry_id having sum(amount_minor) <> 0) g"),
        })
            if (await Scalar<long>(database, sql, cancel) is > 0 and var count) _violations.Add($"{count} {what}");
    }

    private async Task ReadModels(NpgsqlDataSource database, CancellationToken cancel)
    {
        var installation = await Installation.Read(database, cancel);
        await using var scratch = await ScratchDatabase.Create(plant.Database.ConnectionString, null, cancel);
        var differences = await new ReadModelComparison(database, installation.Options(plant.Database.ConnectionString)).Run(scratch.Database, null, cancel);
        _violations.AddRange(differences.SelectMany(table => table.Told.Select(row => $"{table.Table}: {row.Sentence()}")));
    }

    /// <summary>What the vendor was told is taken, was taken.</summary>
    private async Task Deliveries(NpgsqlDataSource database, CancellationToken cancel)
    {
        using var stripe = plant.Vendor("stripe");
        foreach (var @event in await stripe.Records("event", cancel))
        {
            if (@event["type"]?.ToString() != "payment_intent.succeeded" || @event["pending_webhooks"]?.ToString() != "0") continue;
            var times = await Scalar<long>(
                database, $"select count(*) from q2c.inbox where connection = 'stripe' and dedupe_key = '{@event["id"]}' and status = 'done'", cancel);
            if (times != 1) _violations.Add($"Stripe was told that {@event["id"]} is taken, and it is done {times} times");
        }
    }

    /// <summary>Each record once, as its vendor shows it.</summary>
    private async Task Records(CancellationToken cancel)
    {
        foreach (var kind in new[] { "customer", "salesOrder", "job", "invoice", "customerPayment" })
            await Once("netsuite", kind, record => record["externalId"]?.ToString(), cancel);
        await Once("stripe", "payment_intent", record => record["metadata"]?["effect_id"]?.ToString(), cancel);
        await Once("avatax", "transaction", record => record["code"]?.ToString(), cancel);
        await Once("kantata", "external_references", record => $"{record["subject_type"]} {record["service_model"]} {record["service_model_ref"]} {record["subject_id"]}", cancel);
        await Once("kantata", "workspaces", record => record["title"]?.ToString(), cancel);
    }

    private async Task Once(string vendor, string kind, Func<JsonObject, string?> key, CancellationToken cancel)
    {
        using var control = plant.Vendor(vendor);
        _violations.AddRange((await control.Records(kind, cancel)).Select(key).Where(one => !string.IsNullOrEmpty(one)).GroupBy(one => one)
            .Where(same => same.Count() > 1).Select(same => $"{vendor} has {same.Count()} {kind} for {same.Key}"));
    }

    /// <summary>What customers paid at Stripe is what their invoices say, and what the ERP was told.</summary>
    private async Task Money(NpgsqlDataSource database, CancellationToken cancel)
    {
        using VendorControl stripe = plant.Vendor("stripe"), netSuite = plant.Vendor("netsuite");
        var taken = (await stripe.Records("payment_intent", cancel)).Where(intent => intent["status"]?.ToString() == "succeeded")
            .Sum(intent => long.Parse(intent["amount_received"]!.ToString()));
        var paid = await Scalar<long>(database, "select coalesce(sum(total_minor - outstanding_minor), 0)::bigint from q2c_read.invoice where number is not null", cancel);
        if (taken != paid) _violations.Add($"customers paid {taken} at Stripe, and their invoices say {paid}");
        var payments = (await netSuite.Records("customerPayment", cancel)).Count;
        var invoices = await Scalar<long>(database, "select count(*) from q2c_read.invoice where status = 'paid'", cancel);
        if (payments != invoices) _violations.Add($"{invoices} invoices are paid, and NetSuite knows {payments} payments");
        if (engagements.Paid + engagements.Unfinished.Count != engagements.Started)
            _violations.Add($"{engagements.Started} engagements began, {engagements.Paid} are paid and {engagements.Unfinished.Count} are not");
    }

    /// <summary>The installation's own comparison agrees.</summary>
    private async Task Compared(NpgsqlDataSource database, CancellationToken cancel)
    {
        var check = new VendorCheck(database, "chaos", TimeProvider.System);
        _violations.AddRange((await check.Run(DateTimeOffset.UtcNow.AddDays(-1), null, cancel))
            .Select(difference => $"{difference.Connection}: {difference.Kind} {difference.Subject} ({difference.Record})"));
    }

    private static async Task<T> Scalar<T>(NpgsqlDataSource database, string sql, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(cancel))!;
    }
}
