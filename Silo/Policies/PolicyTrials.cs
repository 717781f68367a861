using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Npgsql;
using NpgsqlTypes;
using Q2C.Grains;
using Q2C.Grains.Contracts;
using Q2C.Grains.Customers;
using Q2C.Grains.Journal;
using Q2C.Grains.Quotes;
using Q2C.Policies;
using Q2C.Silo.Connectors;
using Q2C.Silo.Connectors.Mapping;

namespace Q2C.Silo.Policies;

/// <summary>
/// What documents would make of recorded deliveries and effects, beside what those in force make of them. Vendors are read
/// from where a delivery is only a hint; nothing is sent, nothing is recorded.
/// </summary>
public sealed class PolicyTrials(NpgsqlDataSource database, ConnectorRegistry connectors, TimeProvider clock)
{
    /// <summary>Of each connection.</summary>
    public const int MaxRecords = 500;

    private const string Deliveries =
        """
        select id, connection, feed, dedupe_key, body, received_at from q2c.inbox
        where connection = $1 and received_at >= $3 and status in ('received', 'done', 'parked') order by id desc limit $2
        """;

    private const string Effects =
        """
        select id, subject, operation, created_at from q2c.effect
        where connection = $1 and created_at >= $3 order by ordinal desc limit $2
        """;

    internal async Task<ImmutableArray<TriedRecord>> Run(
        PolicyTrialOrder order, PolicyDocuments before, PolicyDocuments after, CancellationToken cancel)
    {
        var own = PolicyNames.ConnectionOf(order.Document);
        var tried = ImmutableArray.CreateBuilder<TriedRecord>();
        foreach (var connection in connectors.Connections.Where(name => name == (own ?? order.Connection ?? name)))
        {
            var next = own is null ? null : connectors.Connect(connection, after);
            tried.AddRange(await TryDeliveries(connection, order, before.Set, after.Set, next, cancel));
            if (next is not null) tried.AddRange(await TryEffects(connection, order, next.Maps, cancel));
        }

        return tried.ToImmutable();
    }

    private async Task<IReadOnlyList<TriedRecord>> TryDeliveries(
        string connection, PolicyTrialOrder order, PolicySet before, PolicySet after, Connected? next, CancellationToken cancel)
    {
        if (connectors.Find(connection)?.Inbound is not { } now) return [];
        var tried = new List<TriedRecord>();
        foreach (var delivery in await Read(Deliveries, connection, order, reader => new InboxDelivery(
            reader.GetInt64(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetFieldValue<byte[]>(4),
            reader.GetFieldValue<DateTimeOffset>(5)), cancel))
        {
            var held = await Map(now, delivery, cancel);
            var would = next?.Parts.Inbound is { } map ? await Map(map, delivery, cancel) : held;
            var compared = next is null
                ? Compare(Decided(held, before), Decided(would, after))
                : Compare(Mapped(held), Mapped(would));
            tried.Add(new($"{delivery.Id}", false, connection, delivery.Key, delivery.ReceivedAt, compared.Outcome, compared.Message, compared.Differences));
        }

        return tried;
    }

    /// <summary>Payloads that the document makes of operations that were asked of its connection.</summary>
    private async Task<IReadOnlyList<TriedRecord>> TryEffects(
        string connection, PolicyTrialOrder order, MapCatalog next, CancellationToken cancel)
    {
        var name = order.Document[(order.Document.LastIndexOf('/') + 1)..];
        if (next.InUse.FirstOrDefault(map => map.Name == name && map.Document.Direction == MapDirection.Outbound) is not { } would
            || connectors.MapsOf(connection)?.InUse.FirstOrDefault(map => map.Name == name) is not { } held)
            return [];
        var tried = new List<TriedRecord>();
        foreach (var (id, subject, bytes, at) in await Read(Effects, connection, order, reader => (
            reader.GetString(0), reader.GetString(1), reader.GetFieldValue<byte[]>(2), reader.GetFieldValue<DateTimeOffset>(3)), cancel))
        {
            if (RecordOf(WireFormat.Read<Operation>(bytes), would.Canonical) is not { } record) continue;
            var compared = Compare(Payload(held.Document, record), Payload(would.Document, record));
            tried.Add(new(id, true, connection, subject, at, compared.Outcome, compared.Message, compared.Differences));
        }

        return tried;
    }

    /// <summary>The operation itself, or the part of it that is mapped; null if it has none.</summary>
    private static JsonNode? RecordOf(Operation operation, Type canonical)
    {
        var record = canonical.IsInstanceOfType(operation)
            ? operation
            : operation.GetType().GetProperties().Where(property => property.PropertyType == canonical)
                .Select(property => property.GetValue(operation)).FirstOrDefault();
        return record is null ? null : JsonSerializer.SerializeToNode(record, canonical, WireFormat.Options);
    }

    private static async Task<InboundResult> Map(IInboundMap map, InboxDelivery delivery, CancellationToken cancel)
    {
        try
        {
            return await map.Map(delivery, cancel);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            return new InboundResult.Waits("DELIVERY_UNREADABLE", $"It cannot be read ({failure.GetType().Name}).");
        }
    }

    private static Made Mapped(InboundResult result) => result switch
    {
        InboundResult.Commands commands => new(new JsonObject { ["commands"] = Nodes(commands.Items.Select(one => Node(one.Grain, one.Envelope.Command))) }, null, null),
        _ => NotMade(result),
    };

    /// <summary>What new objects would decide; others depend on more than policies.</summary>
    private Made Decided(InboundResult result, PolicySet policies) => result switch
    {
        InboundResult.Commands commands => new(
            new JsonObject { ["decisions"] = Nodes(commands.Items.Select(one => Decision(one, policies)).OfType<JsonNode>()) }, null, null),
        _ => NotMade(result),
    };

    private static Made NotMade(InboundResult result) => result switch
    {
        InboundResult.Parked parked => new(null, string.Join(' ', parked.Problems.Select(problem => problem.Problem.Message)), null),
        InboundResult.Waits waits => new(null, null, waits.Reason),
        _ => throw new InvalidOperationException("A delivery has one of three results."),
    };

    private static Made Payload(MapDocument document, JsonNode record)
    {
        var (json, problems) = MapEngine.Run(document, record);
        return problems is [] ? new(json, null, null) : new(null, string.Join(' ', problems.Select(problem => problem.Message)), null);
    }

    private JsonObject? Decision(GrainCommand command, PolicySet policies)
    {
        // Both sides under one version: that it is another one is no difference.
        var context = new DecisionContext(
            command.Grain, command.Envelope.Key, command.Envelope.Actor, clock.GetUtcNow(), policies with { Version = "trial" });
        var decision = Ids.KindOf(command.Grain) switch
        {
            Ids.Contract => Contract.Decider.Decide(Contract.Decider.Initial, command.Envelope.Command, context),
            Ids.Customer => Customer.Decider.Decide(Customer.Decider.Initial, command.Envelope.Command, context),
            Ids.Quote => Quote.Decider.Decide(Quote.Decider.Initial, command.Envelope.Command, context),
            _ => null,
        };
        return decision is null ? null : new()
        {
            ["object"] = command.Grain,
            ["events"] = Nodes(decision.Events.Select(one => JsonSerializer.SerializeToNode(one, WireFormat.Options)!)),
            ["refused"] = Nodes(decision.Problems.Select(problem => (JsonNode)$"{problem.Code}: {problem.Message}")),
        };
    }

    private static JsonObject Node(string grain, Command command) =>
        new() { ["object"] = grain, ["command"] = JsonSerializer.SerializeToNode(command, WireFormat.Options) };

    private static JsonArray Nodes(IEnumerable<JsonNode> nodes) => new([.. nodes]);

    private static (TrialOutcome Outcome, string? Message, ImmutableArray<ValueDifference> Differences) Compare(Made held, Made would)
    {
        if (held.NotTried is not null || would.NotTried is not null) return (TrialOutcome.NotTried, held.NotTried ?? would.NotTried, []);
        var differences = JsonDifference.Between(held.Json, would.Json);
        return (held.Refusal, would.Refusal) switch
        {
            (null, { } refusal) => (TrialOutcome.Refused, refusal, []),
            ({ }, null) => (TrialOutcome.Accepted, null, differences),
            ({ } before, { } after) => (before == after ? TrialOutcome.Same : TrialOutcome.Different, after, []),
            _ => (differences.IsEmpty ? TrialOutcome.Same : TrialOutcome.Different, null, differences),
        };
    }

    private async Task<IReadOnlyList<T>> Read<T>(
        string sql, string connection, PolicyTrialOrder order, Func<NpgsqlDataReader, T> read, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(sql);
        command.Parameters.Add(new() { Value = connection });
        command.Parameters.Add(new() { Value = Math.Clamp(order.Last, 1, MaxRecords) });
        command.Parameters.Add(new() { Value = (order.Since ?? DateTimeOffset.MinValue).UtcDateTime, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var rows = new List<T>();
        while (await reader.ReadAsync(cancel)) rows.Add(read(reader));
        return rows;
    }

    /// <summary>What came of a record: JSON, a refusal, or why it could not be tried.</summary>
    private sealed record Made(JsonNode? Json, string? Refusal, string? NotTried);
}
