using System.Collections.Immutable;
using Npgsql;
using NpgsqlTypes;
using Q2C.Grains.Journal;

namespace Q2C.Silo.Journal;

/// <summary>
/// One call of <c>q2c.append_runs</c>: a batch of runs, checked, numbered, chained and committed in one round trip.
/// </summary>
internal sealed class AppendStatement : IAsyncDisposable
{
    private readonly NpgsqlCommand _command = new();
    private readonly List<string> _arguments = [];

    private readonly NpgsqlParameter<string[]> _runGrain, _rowGrain, _rowKey, _rowCorrelation, _rowActor;
    private readonly NpgsqlParameter<string?[]> _rowCausation;
    private readonly NpgsqlParameter<long[]> _runExpected, _rowVersion;
    private readonly NpgsqlParameter<int[]> _runRows, _rowRun, _keyRun, _xrefRun, _dueRun;
    private readonly NpgsqlParameter<ReadOnlyMemory<byte>[]> _rowFingerprint, _rowBody, _rowDigest;
    private readonly NpgsqlParameter<ReadOnlyMemory<byte>[]> _keyFingerprint, _dueCommand;
    private readonly NpgsqlParameter<short[]> _rowOutcome;
    private readonly NpgsqlParameter<DateTime?[]> _rowBusiness;
    private readonly NpgsqlParameter<DateTime[]> _rowRecord, _dueAt;
    private readonly NpgsqlParameter<string[]> _keyPrincipal, _keyKey, _keyGrain;
    private readonly NpgsqlParameter<string[]> _xrefSystem, _xrefType, _xrefId, _xrefGrain;
    private readonly NpgsqlParameter<string[]> _dueGrain, _dueKey, _dueCorrelation, _dueCausation;

    private AppendStatement(NpgsqlConnection connection, int shard, TimeSpan timeout)
    {
        _command.Connection = connection;
        _command.CommandTimeout = (int)timeout.TotalSeconds;
        Argument("p_shard", new NpgsqlParameter<int> { TypedValue = shard, NpgsqlDbType = NpgsqlDbType.Integer });
        Argument("p_schema", new NpgsqlParameter<short>
        {
            TypedValue = RowBody.SchemaVersion, NpgsqlDbType = NpgsqlDbType.Smallint,
        });
        _runGrain = Texts("run_grain");
        _runExpected = Array<long>("run_expected", NpgsqlDbType.Bigint);
        _runRows = Integers("run_rows");
        _rowRun = Integers("row_run");
        _rowGrain = Texts("row_grain");
        _rowVersion = Array<long>("row_version", NpgsqlDbType.Bigint);
        _rowKey = Texts("row_key");
        _rowFingerprint = Blobs("row_fingerprint");
        _rowOutcome = Array<short>("row_outcome", NpgsqlDbType.Smallint);
        _rowBody = Blobs("row_body");
        _rowCorrelation = Texts("row_correlation");
        _rowCausation = Array<string?>("row_causation", NpgsqlDbType.Text);
        _rowActor = Texts("row_actor");
        _rowBusiness = Array<DateTime?>("row_business", NpgsqlDbType.TimestampTz);
        _rowRecord = Array<DateTime>("row_record", NpgsqlDbType.TimestampTz);
        _rowDigest = Blobs("row_digest");
        _keyRun = Integers("key_run");
        _keyPrincipal = Texts("key_principal");
        _keyKey = Texts("key_key");
        _keyFingerprint = Blobs("key_fingerprint");
        _keyGrain = Texts("key_grain");
        _xrefRun = Integers("xref_run");
        _xrefSystem = Texts("xref_system");
        _xrefType = Texts("xref_type");
        _xrefId = Texts("xref_id");
        _xrefGrain = Texts("xref_grain");
        _dueRun = Integers("due_run");
        _dueGrain = Texts("due_grain");
        _dueKey = Texts("due_key");
        _dueAt = Array<DateTime>("due_at", NpgsqlDbType.TimestampTz);
        _dueCommand = Blobs("due_command");
        _dueCorrelation = Texts("due_correlation");
        _dueCausation = Texts("due_causation");
        var arguments = _arguments.Select((name, i) => $"{name} => ${i + 1}");
        _command.CommandText = $"select firsts, taken from q2c.append_runs({string.Join(", ", arguments)})";
    }

    public static async Task<AppendStatement> Prepare(
        NpgsqlConnection connection, int shard, TimeSpan timeout, CancellationToken cancel)
    {
        var statement = new AppendStatement(connection, shard, timeout);
        statement.Bind([]);
        await statement._command.PrepareAsync(cancel);
        return statement;
    }

    /// <summary>
    /// The first seq of each run, null for one left out; and the runs left out for a principal's key.
    /// </summary>
    public async Task<(long?[] Firsts, HashSet<int> Taken)> Execute(
        IReadOnlyList<PendingRun> batch, CancellationToken cancel)
    {
        Bind(batch);
        await using var reader = await _command.ExecuteReaderAsync(cancel);
        await reader.ReadAsync(cancel);
        var firsts = reader.GetFieldValue<long?[]>(0);
        // One-based, as arrays are there.
        var taken = reader.GetFieldValue<int[]>(1).Select(run => run - 1).ToHashSet();
        return (firsts, taken);
    }

    public ValueTask DisposeAsync() => _command.DisposeAsync();

    private void Bind(IReadOnlyList<PendingRun> batch)
    {
        _runGrain.TypedValue = [.. batch.Select(run => run.Run.Grain)];
        _runExpected.TypedValue = [.. batch.Select(run => run.Run.ExpectedVersion)];
        _runRows.TypedValue = [.. batch.Select(run => run.Run.Entries.Length)];
        Row[] rows = [.. batch.SelectMany((run, i) => run.Rows.Select(row => new Row(i + 1, run.Run.Grain, row)))];
        BindRows(rows);
        BindKeys([.. rows.Where(row => row.Entry.Principal is not null)]);
        BindReferences(
            [.. rows.SelectMany(row => row.Entry.References.OrEmpty().Select(reference => (row, reference)))]);
        BindDue([.. rows.SelectMany(row => row.Pending.Due.Select(due => (row, due.Due, due.Command)))]);
    }

    private void BindRows(Row[] rows)
    {
        _rowRun.TypedValue = Each(rows, row => row.Run);
        _rowGrain.TypedValue = Each(rows, row => row.Grain);
        _rowVersion.TypedValue = Each(rows, row => row.Entry.Version);
        _rowKey.TypedValue = Each(rows, row => row.Entry.Key);
        _rowFingerprint.TypedValue = Each(rows, row => row.Entry.Fingerprint);
        _rowOutcome.TypedValue = Each(rows, row => (short)row.Entry.Outcome);
        _rowBody.TypedValue = Each(rows, row => row.Entry.Body);
        _rowCorrelation.TypedValue = Each(rows, row => row.Entry.Correlation);
        _rowCausation.TypedValue = Each(rows, row => row.Entry.Causation);
        _rowActor.TypedValue = Each(rows, row => row.Entry.Actor);
        _rowBusiness.TypedValue = Each(rows, row => row.Entry.BusinessTime?.UtcDateTime);
        _rowRecord.TypedValue = Each(rows, row => row.Entry.RecordTime.UtcDateTime);
        _rowDigest.TypedValue = Each(rows, row => (ReadOnlyMemory<byte>)row.Pending.Digest);
    }

    private void BindKeys(Row[] rows)
    {
        _keyRun.TypedValue = Each(rows, row => row.Run);
        _keyPrincipal.TypedValue = Each(rows, row => row.Entry.Principal!);
        _keyKey.TypedValue = Each(rows, row => row.Entry.Key);
        _keyFingerprint.TypedValue = Each(rows, row => row.Entry.Fingerprint);
        _keyGrain.TypedValue = Each(rows, row => row.Grain);
    }

    private void BindReferences((Row Row, ExternalReference Reference)[] references)
    {
        _xrefRun.TypedValue = Each(references, x => x.Row.Run);
        _xrefSystem.TypedValue = Each(references, x => x.Reference.System);
        _xrefType.TypedValue = Each(references, x => x.Reference.Type);
        _xrefId.TypedValue = Each(references, x => x.Reference.Id);
        _xrefGrain.TypedValue = Each(references, x => x.Row.Grain);
    }

    private void BindDue((Row Row, DueCommand Due, ReadOnlyMemory<byte> Command)[] due)
    {
        _dueRun.TypedValue = Each(due, x => x.Row.Run);
        _dueGrain.TypedValue = Each(due, x => x.Row.Grain);
        _dueKey.TypedValue = Each(due, x => x.Due.Key);
        _dueAt.TypedValue = Each(due, x => x.Due.At.UtcDateTime);
        _dueCommand.TypedValue = Each(due, x => x.Command);
        _dueCorrelation.TypedValue = Each(due, x => x.Row.Entry.Correlation);
        _dueCausation.TypedValue = Each(due, x => $"{x.Row.Grain}@{x.Row.Entry.Version}");
    }

    private static TValue[] Each<TItem, TValue>(TItem[] items, Converter<TItem, TValue> value) =>
        System.Array.ConvertAll(items, value);

    private NpgsqlParameter<string[]> Texts(string name) => Array<string>(name, NpgsqlDbType.Text);

    private NpgsqlParameter<int[]> Integers(string name) => Array<int>(name, NpgsqlDbType.Integer);

    private NpgsqlParameter<ReadOnlyMemory<byte>[]> Blobs(string name) =>
        Array<ReadOnlyMemory<byte>>(name, NpgsqlDbType.Bytea);

    private NpgsqlParameter<T[]> Array<T>(string name, NpgsqlDbType element)
    {
        var parameter = new NpgsqlParameter<T[]> { NpgsqlDbType = NpgsqlDbType.Array | element };
        Argument(name, parameter);
        return parameter;
    }

    private void Argument(string name, NpgsqlParameter parameter)
    {
        _arguments.Add(name);
        _command.Parameters.Add(parameter);
    }

    /// <param name="Run">One-based, as arrays are in PostgreSQL.</param>
    private readonly record struct Row(int Run, string Grain, PendingRow Pending)
    {
        public JournalEntry Entry => Pending.Entry;
    }
}

internal static class ImmutableArrays
{
    public static ImmutableArray<T> OrEmpty<T>(this ImmutableArray<T> items) => items.IsDefault ? [] : items;
}
