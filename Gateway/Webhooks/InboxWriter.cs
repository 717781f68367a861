using System.Collections.Immutable;
using System.Threading.Channels;
using Npgsql;
using NpgsqlTypes;

namespace Q2C.Gateway.Webhooks;

/// <summary>The entries of one request on their way into the inbox.</summary>
internal sealed record TakenRequest(
    string Connection, WebhookRequest Request, string Headers, ImmutableArray<InboxEntry> Entries)
{
    /// <summary>How many of the entries are new.</summary>
    public TaskCompletionSource<int> Added { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>
/// Puts deliveries into the inbox: while one statement commits, those that come gather for the next, so that many share
/// one commit. Each request is answered when what it brought is durable.
/// </summary>
internal sealed class InboxWriter : IAsyncDisposable
{
    private const int MaxRequests = 256;
    private const int MaxBytes = 8 * 1024 * 1024;

    private readonly NpgsqlDataSource _database;
    private readonly Channel<TakenRequest> _queue =
        Channel.CreateUnbounded<TakenRequest>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Task _loop;

    public InboxWriter(NpgsqlDataSource database)
    {
        _database = database;
        _loop = Task.Run(Work);
    }

    public async Task<int> Take(TakenRequest request, CancellationToken cancel)
    {
        await _queue.Writer.WriteAsync(request, cancel);
        return await request.Added.Task.WaitAsync(cancel);
    }

    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _loop;
    }

    private async Task Work()
    {
        var batch = new List<TakenRequest>();
        while (await _queue.Reader.WaitToReadAsync())
        {
            Gather(batch);
            if (await TryInsert(batch) is PostgresException && batch.Count > 1)
            {
                // One that the database cannot store must not keep out those that happened to come with it.
                foreach (var request in batch) await TryInsert([request]);
            }
        }
    }

    private void Gather(List<TakenRequest> batch)
    {
        batch.Clear();
        var bytes = 0;
        while (batch.Count < MaxRequests && bytes < MaxBytes && _queue.Reader.TryRead(out var request))
        {
            batch.Add(request);
            bytes += request.Entries.Sum(entry => entry.Body.Length);
        }
    }

    /// <summary>Answers the requests, or returns what went wrong; they are left open if the database refused the batch.</summary>
    private async Task<Exception?> TryInsert(List<TakenRequest> batch)
    {
        try
        {
            var entries = batch.SelectMany((request, i) => request.Entries.Select(entry => (request, entry, i))).ToArray();
            var added = new int[batch.Count];
            // Positions count from 1.
            foreach (var position in await Insert(entries)) added[entries[position - 1].i]++;
            for (var i = 0; i < added.Length; i++) batch[i].Added.TrySetResult(added[i]);
            return null;
        }
        catch (Exception failure)
        {
            if (failure is not PostgresException || batch.Count == 1)
                foreach (var request in batch) request.Added.TrySetException(failure);
            return failure;
        }
    }

    private async Task<long[]> Insert((TakenRequest Request, InboxEntry Entry, int Index)[] entries)
    {
        await using var command = _database.CreateCommand("select q2c.take_deliveries($1, $2, $3, $4, $5, $6, $7)");
        Add(NpgsqlDbType.Text, each => each.Request.Connection);
        Add(NpgsqlDbType.Text, each => each.Entry.DedupeKey);
        Add(NpgsqlDbType.TimestampTz, each => each.Request.Request.ReceivedAt);
        Add(NpgsqlDbType.Text, each => each.Request.Headers);
        Add(NpgsqlDbType.Text, each => each.Request.Request.ContentType);
        Add(NpgsqlDbType.Bytea, each => each.Entry.Body);
        Add(NpgsqlDbType.Text, each => each.Entry.Error is { } error ? DeliveryErrors.Write([error]) : null);
        return (long[])(await command.ExecuteScalarAsync())!;

        void Add<T>(NpgsqlDbType type, Converter<(TakenRequest Request, InboxEntry Entry, int Index), T> value) => command.Parameters.Add(
            new NpgsqlParameter<T[]> { TypedValue = Array.ConvertAll(entries, value), NpgsqlDbType = NpgsqlDbType.Array | type });
    }
}
