using System.Collections.Immutable;
using Npgsql;
using Q2C.Contracts;
using Q2C.Grains.Journal;
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

    /// <summary>The contract that the grain's engagement is about; null for customers, runs and feeds.</summary>
    public string? ContractOf(string grain) => _contractByGrain.GetValueOrDefault(grain);

    /// <summary>Reads which engagements the grains of these rows belong to, and records what the rows add to that.</summary>
    public static async Task<Batch> Open(
        NpgsqlConnection connection, NpgsqlTransaction transaction, IReadOnlyList<PumpedRow> rows,
        CancellationToken cancel)
    {
        var added = FactsOf(rows).SelectMany(Memberships).DistinctBy(member => member.Grain)
            .OrderBy(member => member.Grain, StringComparer.Ordinal).ToList();
        await using var command = new NpgsqlCommand(
            """
            with added as (
                insert into q2c_read.engagement_member (grain, contract_id)
                select * from unnest($1, $2) on conflict do nothing
            )
            select grain, contract_id from q2c_read.engagement_member where grain = any($3)
            """, connection, transaction)
        {
            Parameters =
            {
                new() { Value = added.Select(member => member.Grain).ToArray() },
                new() { Value = added.Select(member => member.Contract).ToArray() },
                new() { Value = rows.Select(row => row.Row.Grain).Distinct().ToArray() },
            },
        };
        var contractByGrain = added.ToDictionary(member => member.Grain, member => member.Contract, StringComparer.Ordinal);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel)) contractByGrain[reader.GetString(0)] = reader.GetString(1);
        return new(rows, contractByGrain);
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
        _ => [],
    };
}
