using Npgsql;
using NpgsqlTypes;

namespace Q2C.Benchmarks;

/// <summary>
/// What most systems do for each command: one transaction that reads the object's row, updates it with a version check
/// and adds the idempotency key and an outbox row. Prepared, pooled, three round trips.
/// </summary>
internal sealed class UsualDesign(NpgsqlDataSource database, int objects, byte[] body)
{
    private static readonly int[] PoolSizes = [2, 4, 8, 16, 32, 64];

    public static NpgsqlDataSource Connect(string connectionString, int pool) => NpgsqlDataSource.Create(
        new NpgsqlConnectionStringBuilder(connectionString)
        {
            MaxPoolSize = pool, MinPoolSize = pool, MaxAutoPrepare = 16, AutoPrepareMinUsages = 1, ApplicationName = "usual design",
            NoResetOnClose = true,
        });

    public static async Task CreateTables(NpgsqlDataSource database, int objects, byte[] body, CancellationToken cancel)
    {
        await database.Execute(
            """
            create schema usual;
            create table usual.state (id text primary key, version bigint not null, body bytea not null) with (fillfactor = 50);
            create table usual.idempotency (key text primary key, id text not null, version bigint not null);
            create table usual.outbox (
                seq bigint generated always as identity primary key, id text not null, at timestamptz not null default now(),
                body bytea not null)
            """, cancel);
        await using var command = database.CreateCommand("insert into usual.state select id, 0, $2 from unnest($1) as id");
        command.Parameters.Add(new() { Value = Enumerable.Range(0, objects).Select(Work.Customer).ToArray() });
        command.Parameters.Add(new() { Value = body });
        await command.ExecuteNonQueryAsync(cancel);
        await database.Execute("vacuum analyze usual.state", cancel);
    }

    /// <summary>The pool with which this many callers get most done.</summary>
    public static async Task<int> BestPool(
        string connectionString, int objects, byte[] body, int callers, CancellationToken cancel)
    {
        var best = (Pool: 0, PerSecond: 0.0);
        foreach (var pool in PoolSizes)
        {
            await using var database = Connect(connectionString, pool);
            var design = new UsualDesign(database, objects, body);
            await design.Run(callers, TimeSpan.FromSeconds(0.5), $"warm-{pool}", cancel);
            var result = await design.Run(callers, TimeSpan.FromSeconds(2), $"pool-{pool}", cancel);
            if (result.PerSecond > best.PerSecond) best = (pool, result.PerSecond);
        }

        return best.Pool;
    }

    public Task<LoadResult> Run(int callers, TimeSpan length, string round, CancellationToken cancel) => CallerLoad.Run(
        callers, length, (caller, turn) => Command(
            Work.Customer(Turns.Object(caller, turn, callers, objects)), $"{round}/{caller}/{turn}", cancel));

    private async Task Command(string id, string key, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        var version = await Version(connection, transaction, id, cancel);
        await using var batch = new NpgsqlBatch(connection, transaction);
        batch.BatchCommands.Add(Statement(
            "update usual.state set version = $2 + 1, body = $3 where id = $1 and version = $2", id, version, body));
        batch.BatchCommands.Add(Statement("insert into usual.idempotency values ($1, $2, $3)", key, id, version + 1));
        batch.BatchCommands.Add(Statement("insert into usual.outbox (id, body) values ($1, $2)", id, body));
        await batch.ExecuteNonQueryAsync(cancel);
        if (batch.BatchCommands[0].RecordsAffected != 1) throw new InvalidOperationException($"{id} is this caller's alone.");
        await transaction.CommitAsync(cancel);
    }

    private static async Task<long> Version(
        NpgsqlConnection connection, NpgsqlTransaction transaction, string id, CancellationToken cancel)
    {
        await using var read = new NpgsqlCommand("select version, body from usual.state where id = $1", connection, transaction);
        read.Parameters.Add(new() { Value = id, NpgsqlDbType = NpgsqlDbType.Text });
        await using var reader = await read.ExecuteReaderAsync(cancel);
        await reader.ReadAsync(cancel);
        return reader.GetInt64(0);
    }

    private static NpgsqlBatchCommand Statement(string sql, params ReadOnlySpan<object> values)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        return command;
    }
}

/// <summary>Each caller has objects of its own and takes them in turn, so that callers never meet.</summary>
internal static class Turns
{
    public static int Object(int caller, long turn, int callers, int objects) =>
        caller + (callers * (int)(turn % (objects / callers)));
}
