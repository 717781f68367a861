using System.Collections.Immutable;
using Npgsql;
using Q2C.Alerts;
using Q2C.Contracts;
using Q2C.CreditMemos;
using Q2C.ExceptionCases;
using Q2C.Grains.Journal;
using Q2C.Intercompany;
using Q2C.Invoices;
using Q2C.Projects;
using Q2C.Quotes;
using Q2C.Revenues;
using Q2C.Silo.Journal;

namespace Q2C.Silo.ReadModels;

/// <summary>One journaled event with what its row says about it.</summary>
/// <param name="Ordinal">The event's place in its row, from 0.</param>
internal sealed record Fact(RecordedRow Row, int Ordinal, Event Event)
{
    public string Grain => Row.Grain;

    public long Version => Row.Version;

    public DateTimeOffset At => Row.RecordTime;

    /// <summary>The stored name: <c>invoice.issued.v1</c>.</summary>
    public string Name => WireFormat.NameOf(Event);
}

/// <summary>Rows of one shard, in order, with their events and the engagements that they belong to.</summary>
internal sealed class Batch
{
    private readonly Dictionary<string, string> _contractByGrain;

    private Batch(IReadOnlyList<PumpedRow> rows, Dictionary<string, string> contractByGrain)
    {
        _contractByGrain = contractByGrain;
        Rows = rows;
        Facts = [.. FactsOf(rows)];
    }

    public IReadOnlyList<PumpedRow> Rows { get; }

    public ImmutableArray<Fact> Facts { get; }

    public int Shard => Rows[0].Row.Shard;

    public long FirstSeq => Rows[0].Row.Seq;

    public long LastSeq => Rows[^1].Row.Seq;

    /// <summary>The contract that the grain's engagement is about; null for customers, runs and feeds.</summary>
    public string? ContractOf(string grain) => _contractByGrain.GetValueOrDefault(grain);

    /// <summary>Reads which engagements the grains of these rows belong to, and records what the rows add to that.</summary>
    public static async Task<Batch> Open(
        NpgsqlConnection connection, NpgsqlTransaction transaction, IReadOnlyList<PumpedRow> rows,
        CancellationToken cancel)
    {
        var contractByGrain = FactsOf(rows).SelectMany(Memberships).DistinctBy(member => member.Grain)
            .ToDictionary(member => member.Grain, member => member.Contract, StringComparer.Ordinal);
        await Record(connection, transaction, contractByGrain, cancel);
        string[] asked = [.. rows.Select(row => row.Row.Grain).Distinct().Where(IsOfOneEngagement)];
        if (asked.Length > 0) await Read(connection, transaction, asked, contractByGrain, cancel);
        return new(rows, contractByGrain);
    }

    private static bool IsOfOneEngagement(string grain) =>
        !Ids.Is(grain, Ids.Customer) && !Ids.Is(grain, Ids.BillingRun) && !Ids.Is(grain, Ids.WorkFeed)
        && !Ids.Is(grain, Ids.NumberSeries);

    private static async Task Record(
        NpgsqlConnection connection, NpgsqlTransaction transaction, Dictionary<string, string> added, CancellationToken cancel)
    {
        if (added.Count == 0) return;
        await using var command = new NpgsqlCommand(
            """
            insert into q2c_read.engagement_member (grain, contract_id)
            select * from unnest($1, $2) as added(grain, contract_id) order by grain on conflict do nothing
            """, connection, transaction)
        {
            Parameters = { new() { Value = added.Keys.ToArray() }, new() { Value = added.Values.ToArray() } },
        };
        await command.ExecuteNonQueryAsync(cancel);
    }

    private static async Task Read(
        NpgsqlConnection connection, NpgsqlTransaction transaction, string[] grains,
        Dictionary<string, string> contractByGrain, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            "select grain, contract_id from q2c_read.engagement_member where grain = any($1)", connection, transaction)
        {
            Parameters = { new() { Value = grains } },
        };
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel)) contractByGrain[reader.GetString(0)] = reader.GetString(1);
    }

    private static IEnumerable<Fact> FactsOf(IReadOnlyList<PumpedRow> rows) =>
        rows.SelectMany(row => row.Body.Events.Select((@event, ordinal) => new Fact(row.Row, ordinal, @event)));

    private static IEnumerable<(string Grain, string Contract)> Memberships(Fact fact) => fact.Event switch
    {
        QuoteSubmitted e => [(fact.Grain, e.ContractId)],
        QuoteAccepted e => [(e.ContractId, e.ContractId), (e.ProjectId, e.ContractId)],
        ProjectOpened e => [(fact.Grain, e.Contract.ContractId)],
        InvoiceDrafted e => [(fact.Grain, e.Draft.ContractId)],
        RevenueOpened e => [(fact.Grain, e.ContractId)],
        AlertRaised { ContractId: { } contract } => [(fact.Grain, contract)],
        CaseOpened { Subject.ContractId: { } contract } => [(fact.Grain, contract)],
        IntercompanyMirrored e => [(fact.Grain, e.Document.ContractId)],
        CreditMemoDrafted e => [(fact.Grain, e.Memo.Contracts[0])],
        _ => [],
    };
}
