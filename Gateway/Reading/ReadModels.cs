using Npgsql;

namespace Q2C.Gateway.Reading;

/// <summary>Lists and rows of the read models, as the gateway's role sees them.</summary>
public sealed class ReadModels(GatewayDatabase database, TimeProvider clock)
{
    private static readonly TimeSpan FreshnessLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan FreshnessPoll = TimeSpan.FromMilliseconds(20);

    internal async Task<Page<T>> Page<T>(Listing listing, PageRequest request, Conditions? filter, CancellationToken cancel)
    {
        filter ??= new();
        var descending = listing.Descending != request.Backwards;
        if (request.From is { } cursor)
        {
            var position = $"({filter.Parameter(cursor.Sort)}::text::{listing.SortType}, {filter.Parameter(cursor.Id)}::text::{listing.IdType})";
            filter.Add($"({listing.Sort}, {listing.Id}) {(descending ? '<' : '>')} {position}");
        }

        var direction = descending ? "desc" : "asc";

        // Qualified: a bare name would sort by the column of the result, which is text.
        await using var command = database.Source.CreateCommand(
            $"""
            select to_jsonb(t)::text, {listing.Sort}::text, {listing.Id}::text from q2c_read.{listing.Table} t
            where {filter.Sql} order by t.{listing.Sort} {direction}, t.{listing.Id} {direction} limit {request.Size + 1}
            """);
        filter.Bind(command);
        return Slice(request, await Edges<T>(command, cancel));
    }

    internal async Task<T?> Find<T>(string table, object id, CancellationToken cancel) where T : class
    {
        await using var command = database.Source.CreateCommand($"select to_jsonb(t)::text from q2c_read.{table} t where id = $1");
        command.Parameters.Add(new() { Value = id });
        return await command.ExecuteScalarAsync(cancel) is string json ? Rows.Read<T>(json) : null;
    }

    internal async Task<IReadOnlyList<T>> FindMany<T>(string table, IReadOnlyList<string> ids, CancellationToken cancel)
    {
        await using var command = database.Source.CreateCommand($"select to_jsonb(t)::text from q2c_read.{table} t where id = any($1)");
        command.Parameters.Add(new() { Value = ids.ToArray() });
        return await Read<T>(command, cancel);
    }

    /// <param name="sql">Selects JSON documents as text.</param>
    internal async Task<IReadOnlyList<T>> Query<T>(string sql, CancellationToken cancel, params object[] parameters)
    {
        await using var command = database.Source.CreateCommand(sql);
        foreach (var parameter in parameters) command.Parameters.Add(new() { Value = parameter });
        return await Read<T>(command, cancel);
    }

    /// <summary>Returns when the read models have seen what the token stands for; a GraphQL error when they do not in time.</summary>
    public async Task Reach(string? token, CancellationToken cancel)
    {
        if (string.IsNullOrEmpty(token)) return;
        var wanted = Wanted(token);
        var started = clock.GetTimestamp();
        while (!await HasReached(wanted, cancel))
        {
            if (clock.GetElapsedTime(started) > FreshnessLimit) throw Failures.NotFreshYet(token, FreshnessLimit);
            await Task.Delay(FreshnessPoll, clock, cancel);
        }
    }

    private static FreshnessToken Wanted(string token)
    {
        try
        {
            return FreshnessToken.Parse(token);
        }
        catch (FormatException wrong)
        {
            throw Failures.BadInput(wrong.Message);
        }
    }

    private async Task<bool> HasReached(FreshnessToken wanted, CancellationToken cancel)
    {
        await using var command = database.Source.CreateCommand(
            """
            select not exists (
                select from unnest($1, $2) as wanted(shard, seq)
                where coalesce((
                    select c.seq from q2c.cursor c where c.name = 'read-models' and c.shard = wanted.shard), 0) < wanted.seq)
            """);
        command.Parameters.Add(new() { Value = wanted.Positions.Keys.Select(position => position.Shard).ToArray() });
        command.Parameters.Add(new() { Value = wanted.Positions.Values.ToArray() });
        return (bool)(await command.ExecuteScalarAsync(cancel))!;
    }

    private static Page<T> Slice<T>(PageRequest request, List<Edge<T>> edges)
    {
        var more = edges.Count > request.Size;
        if (more) edges.RemoveAt(edges.Count - 1);
        if (request.Backwards) edges.Reverse();
        var hasNext = request.Backwards ? request.From is not null : more;
        var hasPrevious = request.Backwards ? more : request.From is not null;
        return new(edges, new(hasNext, hasPrevious, edges.FirstOrDefault()?.Cursor, edges.LastOrDefault()?.Cursor));
    }

    private static async Task<List<Edge<T>>> Edges<T>(NpgsqlCommand command, CancellationToken cancel)
    {
        var edges = new List<Edge<T>>();
        await using var reader = await Execute(command, cancel);
        while (await reader.ReadAsync(cancel))
        {
            var cursor = new Cursor(reader.GetString(1), reader.GetString(2));
            edges.Add(new(cursor.ToString(), Rows.Read<T>(reader.GetString(0))));
        }

        return edges;
    }

    private static async Task<IReadOnlyList<T>> Read<T>(NpgsqlCommand command, CancellationToken cancel)
    {
        var rows = new List<T>();
        await using var reader = await Execute(command, cancel);
        while (await reader.ReadAsync(cancel)) rows.Add(Rows.Read<T>(reader.GetString(0)));
        return rows;
    }

    private static async Task<NpgsqlDataReader> Execute(NpgsqlCommand command, CancellationToken cancel)
    {
        try
        {
            return await command.ExecuteReaderAsync(cancel);
        }
        catch (PostgresException wrong) when (wrong.SqlState is PostgresErrorCodes.InvalidDatetimeFormat
            or PostgresErrorCodes.InvalidTextRepresentation or PostgresErrorCodes.DatetimeFieldOverflow)
        {
            throw Failures.BadInput("The cursor does not belong to this list.");
        }
    }
}
