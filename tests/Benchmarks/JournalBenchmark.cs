using System.Diagnostics;
using System.Security.Cryptography;
using Npgsql;
using NpgsqlTypes;
using Q2C.Grains.Journal;
using Q2C.Silo.Journal;
using Q2C.Silo.Operations;

namespace Q2C.Benchmarks;

/// <summary>
/// Rows per second: first by bulk copy into a table like the journal, without numbering, checks or chain, from as many
/// connections as there are shards; then one command per append, each caller waiting for its answer.
/// </summary>
internal static class JournalBenchmark
{
    private const int BulkRows = 1_000;

    public static async Task<int> Run(int[] callers, TimeSpan length, int bodyBytes, CancellationToken cancel)
    {
        if (Environment.GetEnvironmentVariable("Q2C_POSTGRES") is { Length: > 0 } given)
        {
            await Measure(given, callers, length, bodyBytes, cancel);
            return 0;
        }

        var folder = Path.Combine("/var/tmp", $"q2c-bench-{Environment.ProcessId}");
        await using (var server = await StandalonePostgres.StartAsync(folder, cancel))
            await Measure(await server.Database("q2c_bench", cancel), callers, length, bodyBytes, cancel);
        Directory.Delete(folder, recursive: true);
        return 0;
    }

    private static async Task Measure(
        string connectionString, int[] callers, TimeSpan length, int bodyBytes, CancellationToken cancel)
    {
        var options = new JournalOptions { ConnectionString = connectionString };
        await using var database = JournalSetup.Connect(connectionString);
        await new Migrator(database, options.GatewayRole).Run(cancel: cancel);
        await JournalSetup.Prepare(database, options, cancel);
        var body = RandomNumberGenerator.GetBytes(bodyBytes);

        await Bulk(database, options.Shards, body, TimeSpan.FromSeconds(1), cancel);
        Report("bulk insert", await Bulk(database, options.Shards, body, length, cancel));
        await Appends(database, options, callers[0], body, TimeSpan.FromSeconds(2), cancel);
        foreach (var count in callers)
            Report($"{count} callers", await Appends(database, options, count, body, length, cancel));
    }

    private static void Report(string what, double perSecond) => Console.WriteLine($"{what,-14} {perSecond,9:n0} rows/s");

    private static async Task<double> Appends(
        NpgsqlDataSource database, JournalOptions options, int callers, byte[] body, TimeSpan length,
        CancellationToken cancel)
    {
        await using var journal = new PostgresJournal(database, options);
        var watch = Stopwatch.StartNew();
        var counts = await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(Caller, cancel)));
        return counts.Sum() / watch.Elapsed.TotalSeconds;

        async Task<long> Caller()
        {
            var grain = Ids.Derive("eu", Ids.Project, Guid.NewGuid().ToString());
            long version = 0;
            while (watch.Elapsed < length)
            {
                var entry = Entry(grain, version + 1, body);
                var result = await journal.Append(new(grain, version, [entry]), cancel);
                if (result is not AppendResult.Appended) throw new InvalidOperationException($"{grain} is this caller's alone.");
                version++;
            }

            return version;
        }
    }

    private static async Task<double> Bulk(
        NpgsqlDataSource database, int connections, byte[] body, TimeSpan length, CancellationToken cancel)
    {
        await using (var create = database.CreateCommand(
            "drop table if exists bulk; create table bulk (like q2c.journal including all)"))
            await create.ExecuteNonQueryAsync(cancel);
        var watch = Stopwatch.StartNew();
        var counts = await Task.WhenAll(
            Enumerable.Range(0, connections).Select(shard => Task.Run(() => Copy(shard), cancel)));
        return counts.Sum() / watch.Elapsed.TotalSeconds;

        async Task<long> Copy(int shard)
        {
            await using var connection = await database.OpenConnectionAsync(cancel);
            long seq = 0;
            while (watch.Elapsed < length)
            {
                await using var import = await connection.BeginBinaryImportAsync(
                    "copy bulk from stdin (format binary)", cancel);
                for (var i = 0; i < BulkRows; i++)
                {
                    var grain = Ids.Derive("eu", Ids.Project, $"{shard}", $"{++seq}");
                    await Write(import, shard, seq, grain, Entry(grain, 1, body), cancel);
                }

                await import.CompleteAsync(cancel);
            }

            return seq;
        }
    }

    private static async Task Write(
        NpgsqlBinaryImporter import, int shard, long seq, string grain, JournalEntry entry, CancellationToken cancel)
    {
        await import.StartRowAsync(cancel);
        await import.WriteAsync(shard, NpgsqlDbType.Integer, cancel);
        await import.WriteAsync(seq, NpgsqlDbType.Bigint, cancel);
        await import.WriteAsync(grain, NpgsqlDbType.Text, cancel);
        await import.WriteAsync(entry.Version, NpgsqlDbType.Bigint, cancel);
        await import.WriteAsync(entry.Key, NpgsqlDbType.Text, cancel);
        await import.WriteAsync(entry.Fingerprint, NpgsqlDbType.Bytea, cancel);
        await import.WriteAsync((short)entry.Outcome, NpgsqlDbType.Smallint, cancel);
        await import.WriteAsync(entry.Body, NpgsqlDbType.Bytea, cancel);
        await import.WriteAsync(RowBody.SchemaVersion, NpgsqlDbType.Smallint, cancel);
        await import.WriteAsync(entry.Correlation, NpgsqlDbType.Text, cancel);
        await import.WriteNullAsync(cancel);
        await import.WriteAsync(entry.Actor, NpgsqlDbType.Text, cancel);
        await import.WriteNullAsync(cancel);
        await import.WriteAsync(entry.RecordTime.UtcDateTime, NpgsqlDbType.TimestampTz, cancel);
        await import.WriteAsync(RowDigest.Of(grain, entry), NpgsqlDbType.Bytea, cancel);
    }

    private static JournalEntry Entry(string grain, long version, byte[] body) => new(
        version, $"evt_{version:d12}", SHA256.HashData(body), Outcome.Changed, body, $"corr-{grain}", null, "system",
        null,
        DateTimeOffset.UtcNow, [], []);
}
