using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text.Json;

namespace Q2C.Gateway.Webhooks;

/// <summary>The door of the inbox: what it has taken is durable.</summary>
public sealed class Inbox(GatewayDatabase database) : IAsyncDisposable
{
    private readonly InboxWriter _writer = new(database.Source);

    // 1: an announcement is on its way; 2: and more has come since.
    private readonly ConcurrentDictionary<string, int> _announcing = new(StringComparer.Ordinal);

    public ValueTask DisposeAsync() => _writer.DisposeAsync();

    /// <summary>Takes all entries in one transaction; those that came before are left out. Returns how many are new.</summary>
    internal async Task<int> Take(
        string connection, WebhookRequest request, IReadOnlyDictionary<string, string> headers,
        ImmutableArray<InboxEntry> entries, CancellationToken cancel)
    {
        using var spans = Tracing.Gateway.StartEach("take delivery", entries.Select(entry => $"{connection}/{entry.DedupeKey}"));
        var added = await _writer.Take(
            new(connection, request, JsonSerializer.Serialize(headers), entries), cancel);
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
