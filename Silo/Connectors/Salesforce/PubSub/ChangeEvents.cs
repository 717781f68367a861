using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Q2C.Silo.Connectors.Salesforce.PubSub;

/// <summary>
/// Change Data Capture of one object over the Pub/Sub API: each page is what the stream brings next, and the stream stays
/// open in between. Our own changes are dropped. What the stream cannot tell (too many changes at once, events that
/// were not kept long enough) is found by reading all records that changed since.
/// </summary>
/// <param name="client">The name under which our writes appear as origin.</param>
internal sealed class ChangeEvents(PubSubClient pubSub, SalesforceApi api, string entity, string client, TimeProvider time) : IPoller
{
    private const string ReplayErrors = "sfdc.platform.eventbus.grpc.subscription.fetch.replayid.";
    private const int RecordsPerPage = 200;

    /// <summary>How long the org keeps events, and a margin for clocks and transactions that were under way.</summary>
    private static readonly TimeSpan Kept = TimeSpan.FromHours(72);
    private static readonly TimeSpan Margin = TimeSpan.FromMinutes(5);

    private (Subscription Stream, string? At)? _open;

    public string Feed => $"changes/{entity}";

    public TimeSpan Interval { get; } = TimeSpan.FromSeconds(1);

    /// <summary><c>Account</c> → <c>AccountChangeEvent</c>, <c>Some__c</c> → <c>Some__ChangeEvent</c>.</summary>
    public static string TopicOf(string entity) =>
        $"/data/{(entity.EndsWith("__c", StringComparison.Ordinal) ? entity[..^1] : entity)}ChangeEvent";

    public async Task<PollResult> Poll(string? watermark, CancellationToken cancel)
    {
        var position = Position.Parse(watermark);
        if (position.Sweep is { } sweep) return await Swept(position, sweep, cancel);
        try
        {
            return await Next(position, cancel);
        }
        catch (GrpcException failure) when (failure.ErrorCode?.StartsWith(ReplayErrors, StringComparison.Ordinal) == true)
        {
            Close();
            return new PollResult.Page([], (position with { Replay = null, Sweep = new(Since(position), "") }).ToString(), More: true);
        }
        catch (GrpcException failure)
        {
            Close();
            return new PollResult.Unavailable(
                failure.Status == GrpcStatus.Unauthenticated ? ProblemCodes.CredentialsRefused : "CHANGE_STREAM_BROKEN",
                failure.ErrorCode is { } code ? $"{failure.Message} ({code})" : failure.Message);
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException)
        {
            Close();
            return new PollResult.Unavailable("CHANGE_STREAM_BROKEN", $"The connection to the Pub/Sub API broke ({failure.GetType().Name}).");
        }
        catch
        {
            Close();
            throw;
        }
    }

    private async Task<PollResult> Next(Position position, CancellationToken cancel)
    {
        if (_open is not { } open || open.At != position.Replay)
        {
            Close();
            var after = position.Replay is { } replay ? Convert.FromBase64String(replay) : (ReadOnlyMemory<byte>?)null;
            open = (await pubSub.Subscribe(TopicOf(entity), after, cancel), position.Replay);
        }

        _open = null;
        using var guard = new Guard(open.Stream);
        var response = await open.Stream.Next(cancel);
        var deliveries = ImmutableArray.CreateBuilder<PolledDelivery>();
        var next = position with { Replay = Convert.ToBase64String(response.LatestReplayId.Span) };
        foreach (var @event in response.Events) next = Take(@event, await Decode(@event, cancel), next, deliveries);
        _open = (guard.Keep(), next.Replay);
        return new PollResult.Page(deliveries.ToImmutable(), next.ToString(), More: true);
    }

    private Position Take(ConsumerEvent @event, object decoded, Position position, ImmutableArray<PolledDelivery>.Builder deliveries)
    {
        switch (decoded)
        {
            case DecodedChange { Overflow: true } change:
                return position with { At = change.At, Sweep = new(Since(position with { At = Earlier(position.At, change.At) }), "") };
            case DecodedChange change:
                if (!change.IsBy(client)) deliveries.AddRange(change.Deliveries(@event.Id));
                return position with { At = change.At };
            default:
                deliveries.Add(new(@event.Id, JsonSerializer.SerializeToUtf8Bytes(new JsonObject
                {
                    ["unreadable"] = (string)decoded, ["schema"] = @event.SchemaId, ["payload"] = Convert.ToBase64String(@event.Payload.Span),
                })));
                return position;
        }
    }

    /// <summary>A change, or why it is none: one event that cannot be read must not hold up the others.</summary>
    private async Task<object> Decode(ConsumerEvent @event, CancellationToken cancel)
    {
        try
        {
            return DecodedChange.Of(await pubSub.Schema(@event.SchemaId, cancel), @event.Payload.Span);
        }
        catch (FormatException wrong)
        {
            return wrong.Message;
        }
    }

    /// <summary>Records that changed since, deleted ones too, page by page in the order of their ids.</summary>
    private async Task<PollResult> Swept(Position position, Sweep sweep, CancellationToken cancel)
    {
        var (rows, failure) = await api.QueryAll(
            $"SELECT Id, IsDeleted FROM {entity} WHERE SystemModstamp >= {sweep.Since.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'} AND Id > '{sweep.After}' "
            + $"ORDER BY Id LIMIT {RecordsPerPage}", $"changes/{entity}", cancel);
        if (failure is not null)
        {
            var why = failure.ToLookUpUnavailable();
            return new PollResult.Unavailable(why.Code, SalesforceApi.Error(failure).Message ?? why.Message, why.RetryAfter);
        }

        var found = rows.Select(row => (Id: row.GetProperty("Id").GetString()!, Gone: row.GetProperty("IsDeleted").GetBoolean())).ToList();
        var rest = found.Count == RecordsPerPage ? sweep with { After = found[^1].Id } : null;
        return new PollResult.Page(
            [.. found.Select(record => new PolledDelivery(
                $"sweep/{sweep.Since.ToUnixTimeSeconds()}/{record.Id}",
                JsonSerializer.SerializeToUtf8Bytes(new JsonObject
                {
                    ["entity"] = entity, ["recordId"] = record.Id, ["changeType"] = record.Gone ? "DELETE" : ChangeEvent.Swept,
                    ["at"] = time.GetUtcNow().ToString("O"),
                })))],
            (position with { Sweep = rest }).ToString(), More: true);
    }

    private DateTimeOffset Since(Position position) => (position.At ?? time.GetUtcNow() - Kept) - Margin;

    private static DateTimeOffset Earlier(DateTimeOffset? one, DateTimeOffset other) => one is { } at && at < other ? at : other;

    private void Close()
    {
        _open?.Stream.Dispose();
        _open = null;
    }

    /// <summary>Ends the stream unless it is kept.</summary>
    private sealed class Guard(Subscription stream) : IDisposable
    {
        private Subscription? _stream = stream;

        public Subscription Keep()
        {
            var kept = _stream!;
            _stream = null;
            return kept;
        }

        public void Dispose() => _stream?.Dispose();
    }

    /// <param name="Replay">The org's mark in the stream, opaque; null for the earliest.</param>
    /// <param name="At">When the last event that was seen was committed.</param>
    private sealed record Position(string? Replay, DateTimeOffset? At, Sweep? Sweep)
    {
        public override string ToString() => JsonSerializer.Serialize(this);

        public static Position Parse(string? text) => text is null ? new(null, null, null) : JsonSerializer.Deserialize<Position>(text)!;
    }

    private sealed record Sweep(DateTimeOffset Since, string After);
}
