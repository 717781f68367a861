using Npgsql;
using Q2C.Gateway.Security;

namespace Q2C.Gateway.Reading;

/// <summary>Lists and rows of the read models: of what the gateway's role may read, what the caller may see.</summary>
public sealed class ReadModels(GatewayDatabase database, CurrentCaller caller, Limits limits, TimeProvider clock)
{
    private static readonly TimeSpan FreshnessLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan FreshnessPoll = TimeSpan.FromMilliseconds(20);

    // Of a row of a page: parent, behind, sort and id come before.
    private const int FirstOfEntry = 4;

    // The cursors of the pumps.
    private static readonly string[] ReadModelsOnly = ["read-models"];
    private static readonly string[] All = [.. ReadModelsOnly, "dispatch"];

    /// <summary>One page, by one statement.</summary>
    internal async Task<Page<T>> Page<T>(Listing listing, PageRequest request, Criteria? filter, CancellationToken cancel)
    {
        filter ??= new();
        var (where, values) = (filter.Sql, filter.Values);
        var pages = await Pages<T>(listing, request, filter, parentColumn: null, parents: [""], cancel);
        return pages[""] with { Count = cancelCount => Count(listing.Table, where, values, cancelCount) };
    }

    /// <summary>The same page of each parent's list, by one statement.</summary>
    internal async Task<IReadOnlyDictionary<string, Page<T>>> Pages<T>(
        Listing listing, PageRequest request, Criteria filter, string? parentColumn, IReadOnlyList<string> parents,
        CancellationToken cancel)
    {
        request.MustFit(limits.PageSize);
        var sql = PageStatement.For<T>(listing, request, filter, parentColumn, parents);
        await using var command = Command(sql, filter.Values);
        var pages = new Dictionary<string, PageStatement.Reading<T>>(StringComparer.Ordinal);
        await using var reader = await Execute(command, cancel);
        while (await reader.ReadAsync(cancel))
        {
            var parent = reader.GetString(0);
            if (!pages.TryGetValue(parent, out var page)) pages.Add(parent, page = new(listing, request, reader.GetBoolean(1)));
            if (!reader.IsDBNull(FirstOfEntry - 1))
                page.Add(RowReader<T>.Read(reader, FirstOfEntry), reader.GetString(FirstOfEntry - 2), reader.GetString(FirstOfEntry - 1));
        }

        foreach (var parent in parents) pages.TryAdd(parent, new(listing, request, behind: false));
        return pages.ToDictionary(pair => pair.Key, pair => pair.Value.ToPage());
    }

    private async Task<long> Count(string table, string where, IReadOnlyList<object> values, CancellationToken cancel)
    {
        await using var command = Command($"select count(*) from q2c_read.{table} where {where}", values);
        return (long)(await command.ExecuteScalarAsync(cancel))!;
    }

    internal async Task<T?> Find<T>(string table, object id, CancellationToken cancel) where T : class
    {
        await using var command = Command($"select {RowReader<T>.Columns("t")} from q2c_read.{table} t where id = $1", [id]);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        return await reader.ReadAsync(cancel) ? RowReader<T>.Read(reader, 0) : null;
    }

    internal async Task<IReadOnlyList<T>> FindMany<T>(string table, IReadOnlyList<string> ids, CancellationToken cancel)
    {
        await using var command = Command(
            $"select {RowReader<T>.Columns("t")} from q2c_read.{table} t where id = any($1)", [ids.ToArray()]);
        var rows = new List<T>(ids.Count);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel)) rows.Add(RowReader<T>.Read(reader, 0));
        return rows;
    }

    internal async Task<bool> Has(string table, object id)
    {
        await using var command = Command($"select exists (select from q2c_read.{table} where id = $1)", [id]);
        return (bool)(await command.ExecuteScalarAsync())!;
    }

    /// <param name="sql">Selects JSON documents as text.</param>
    internal async Task<IReadOnlyList<T>> Query<T>(string sql, CancellationToken cancel, params object[] parameters)
    {
        await using var command = Command(sql, parameters);
        return await Read<T>(command, cancel);
    }

    /// <summary>Returns when the read models have seen what the token stands for; a GraphQL error when they do not in time.</summary>
    /// <param name="withEffects">Also when what it asks of other systems is in the queue of the effects.</param>
    public async Task Reach(string? token, CancellationToken cancel, bool withEffects = false)
    {
        if (string.IsNullOrEmpty(token)) return;
        var wanted = Wanted(token);
        var started = clock.GetTimestamp();
        while (!await HasReached(wanted, withEffects ? All : ReadModelsOnly, cancel))
        {
            if (clock.GetElapsedTime(started) > FreshnessLimit) throw Failures.NotFreshYet(token, FreshnessLimit);
            await Task.Delay(FreshnessPoll, clock, cancel);
        }
    }

    /// <summary>With its parameters, over the rows that the caller sees.</summary>
    private NpgsqlCommand Command(string sql, IReadOnlyList<object> parameters)
    {
        var command = database.Source.CreateCommand(sql);
        foreach (var parameter in parameters) command.Parameters.Add(new() { Value = parameter });
        RowRules.Limit(command, caller.Sight);
        return command;
    }

    /// <summary>Throws a GraphQL error for a text that is no token.</summary>
    internal static FreshnessToken Wanted(string token)
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

    private async Task<bool> HasReached(FreshnessToken wanted, string[] pumps, CancellationToken cancel)
    {
        await using var command = database.Source.CreateCommand(
            """
            select not exists (
                select from unnest($1, $2) as wanted(shard, seq), unnest($3) as pump(name)
                where coalesce((
                    select c.seq from q2c.cursor c where c.name = pump.name and c.shard = wanted.shard), 0) < wanted.seq)
            """);
        command.Parameters.Add(new() { Value = wanted.Positions.Keys.Select(position => position.Shard).ToArray() });
        command.Parameters.Add(new() { Value = wanted.Positions.Values.ToArray() });
        command.Parameters.Add(new() { Value = pumps });
        return (bool)(await command.ExecuteScalarAsync(cancel))!;
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
