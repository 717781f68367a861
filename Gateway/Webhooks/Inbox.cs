using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text.Json;
using NpgsqlTypes;

namespace Q2C.Gateway.Webhooks;

/// <summary>The door of the inbox: what it has taken is durable.</summary>
public sealed class Inbox(GatewayDatabase database)
{
    private const string Insert =
        """
        insert into q2c.inbox (connection, dedupe_key, received_at, headers, content_type, body, status, error)
        select $1, e.dedupe_key, $2, $3, $4, e.body, case when e.error is null then 'received' else 'parked' end, e.error::jsonb
        from unnest($5, $6, $7) as e(dedupe_key, body, error)
        on conflict do nothing
        """;

    // 1: an announcement is on its way; 2: and more has come since.
    private readonly ConcurrentDictionary<string, int> _announcing = new(StringComparer.Ordinal);

    /// <summary>Takes all entries in one transaction; those that came before are left out. Returns how many are new.</summary>
    internal async Task<int> Take(
        string connection, WebhookRequest request, IReadOnlyDictionary<string, string> headers,
        ImmutableArray<InboxEntry> entries, CancellationToken cancel)
    {
        using var spans = Tracing.Gateway.StartEach("take delivery", entries.Select(entry => $"{connection}/{entry.DedupeKey}"));
        await using var command = database.Source.CreateCommand(Insert);
        command.Parameters.Add(new() { Value = connection });
        command.Parameters.Add(new() { Value = request.ReceivedAt });
        command.Parameters.Add(new() { Value = JsonSerializer.Serialize(headers), NpgsqlDbType = NpgsqlDbType.Jsonb });
        command.Parameters.Add(new() { Value = request.ContentType });
        command.Parameters.Add(new() { Value = entries.Select(entry => entry.DedupeKey).ToArray() });
        command.Parameters.Add(new() { Value = entries.Select(entry => entry.Body.ToArray()).ToArray() });
        command.Parameters.Add(new()
        {
            Value = entries.Select(entry => entry.Error is { } error ? DeliveryErrors.Write([error]) : null).ToArray(),
            NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text,
        });
        var added = await command.ExecuteNonQueryAsync(cancel);
        WebhookMetrics.Taken(connection, added, entries.Length);
        if (added > 0) AnnounceSoon(connection);
        return added;
    }

    /// <summary>Wakes whoever works the connection's inbox; after the commit, and a hint only.</summary>
    public async Task Announce(string connection, CancellationToken cancel)
    {
        await using var command = database.Source.CreateCommand("select pg_notify('q2c', $1)");
        command.Parameters.Add(new() { Value = $"inbox/{connection}" });
        await command.ExecuteNonQueryAsync(cancel);
    }

    /// <summary>The same without waiting: of those that come while one is on its way, one follows.</summary>
    private void AnnounceSoon(string connection)
    {
        if (_announcing.AddOrUpdate(connection, 1, (_, waiting) => Math.Min(waiting + 1, 2)) == 1) _ = KeepAnnouncing(connection);
    }

    private async Task KeepAnnouncing(string connection)
    {
        do
        {
            _announcing[connection] = 1;
            try
            {
                await Announce(connection, default);
            }
            catch (Exception)
            {
                // Whoever works the inbox looks from time to time without being told; the next delivery announces again.
            }
        }
        while (!_announcing.TryRemove(KeyValuePair.Create(connection, 1)));
    }

    /// <summary>A delivery that was turned away leaves this and nothing else.</summary>
    public async Task Count(string connection, string reason, CancellationToken cancel)
    {
        WebhookMetrics.Refused(connection, reason);
        await using var command = database.Source.CreateCommand("select q2c.count_webhook($1, $2)");
        command.Parameters.Add(new() { Value = connection });
        command.Parameters.Add(new() { Value = reason });
        await command.ExecuteNonQueryAsync(cancel);
    }
}

/// <summary>How the errors of a parked delivery are kept: a list of problems with their positions.</summary>
internal static class DeliveryErrors
{
    public static string Write(IReadOnlyList<ParseError> errors) => JsonSerializer.Serialize(errors, JsonSerializerOptions.Web);

    public static IReadOnlyList<ParseError> Read(string json) =>
        JsonSerializer.Deserialize<ParseError[]>(json, JsonSerializerOptions.Web) ?? [];
}
