using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace Q2C.Silo.Operations;

/// <summary>
/// Has a running silo compare what every vendor holds with what was sent there (<c>reconcileConnection</c>), waits for it,
/// and lists what differs. An interrupted one goes on: the comparison is asked for once and kept.
/// </summary>
/// <param name="reason">Recorded with everything that is asked for.</param>
internal sealed class VendorCheck(NpgsqlDataSource database, string reason, TimeProvider time)
{
    private static readonly TimeSpan Glance = TimeSpan.FromSeconds(1);

    private static string Actor => $"cli:{Environment.UserName}";

    /// <summary>Everything that differs, by connection. Throws <see cref="OperationsException"/> when no silo works on it.</summary>
    public async Task<IReadOnlyList<VendorDifference>> Run(DateTimeOffset since, IProgress<long>? compared, CancellationToken cancel)
    {
        var connections = await Query("select connection from q2c.connection_state order by connection", row => row.GetString(0), cancel);
        if (connections is [])
            throw new OperationsException("No connection is known here yet.", "Start Q2C with its connections first; a silo looks at each within a minute.");
        var asked = new List<long>();
        foreach (var connection in connections) asked.Add(await Ask(connection, since, cancel));
        var told = 0L;
        while (true)
        {
            var open = await Query(
                """
                select r.connection, r.checked, r.problem, r.finished_at is null,
                       exists (select from q2c.lease l where l.name = 'watch/' || r.connection and l.expires_at > clock_timestamp())
                from q2c.reconciliation r where r.id = any ($1)
                """,
                row => (Connection: row.GetString(0), Checked: row.GetInt32(1), Problem: row.IsDBNull(2) ? null : row.GetString(2), IsOpen: row.GetBoolean(3), IsWorked: row.GetBoolean(4)),
                cancel, asked.ToArray());
            compared?.Report(open.Sum(one => (long)one.Checked) - told);
            told = open.Sum(one => (long)one.Checked);
            if (open.All(one => !one.IsOpen)) return await Differences(asked, cancel);
            if (open.FirstOrDefault(one => one is { IsOpen: true, IsWorked: false }) is { Connection: { } idle })
                throw new OperationsException(
                    $"No silo looks after the connection '{idle}'.", "Start Q2C with it, and ask again: what was compared already is kept.");
            if (open.FirstOrDefault(one => one is { IsOpen: true, Problem: not null }) is { Connection: { } stuck, Problem: { } problem })
                throw new OperationsException($"'{stuck}' cannot be compared: {problem}", "Remove the cause, and ask again: what was compared already is kept.");
            await Task.Delay(Glance, time, cancel);
        }
    }

    /// <summary>Sends again what is missing; returns how many.</summary>
    public async Task<int> Repair(IEnumerable<VendorDifference> differences, CancellationToken cancel)
    {
        var repaired = 0;
        foreach (var missing in differences.Where(difference => difference.Kind == "missing"))
        {
            var done = await Query(
                "select q2c.repair_difference($1, $2, $3, $4, $5, $6)", row => row.GetString(0), cancel, missing.Id, Actor,
                $"repair/{missing.Id}", Fingerprint($"repair/{missing.Id}"), reason, time.GetUtcNow());
            if (done is ["done"]) repaired++;
        }

        return repaired;
    }

    /// <summary>The comparison that was begun, or that is under way.</summary>
    private async Task<long> Ask(string connection, DateTimeOffset since, CancellationToken cancel)
    {
        var key = $"verify/{Guid.NewGuid():n}";
        await Query(
            "select q2c.ask_reconciliation($1, $2, $3, $4, $5, $6, $7)", row => row.GetString(0), cancel, connection, since.ToUniversalTime(), Actor, key,
            Fingerprint(key), reason, time.GetUtcNow());
        return (await Query("select max(id) from q2c.reconciliation where connection = $1", row => row.GetInt64(0), cancel, connection))[0];
    }

    private Task<IReadOnlyList<VendorDifference>> Differences(List<long> of, CancellationToken cancel) => Query(
        """
        select d.id, r.connection, d.kind, d.subject, d.record, d.external_ids
        from q2c.reconciliation_difference d join q2c.reconciliation r on r.id = d.reconciliation_id
        where r.id = any ($1) order by r.connection, d.id
        """,
        row => new VendorDifference(
            row.GetInt64(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetString(4), row.GetFieldValue<string[]>(5)),
        cancel, of.ToArray());

    private static byte[] Fingerprint(string of) => SHA256.HashData(Encoding.UTF8.GetBytes(of));

    private async Task<IReadOnlyList<T>> Query<T>(string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancel, params IReadOnlyList<object> values)
    {
        await using var command = database.CreateCommand(sql);
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var rows = new List<T>();
        while (await reader.ReadAsync(cancel)) rows.Add(read(reader));
        return rows;
    }
}

/// <param name="Kind"><c>missing</c>, <c>unknown</c> or <c>twice</c>.</param>
internal sealed record VendorDifference(
    long Id, string Connection, string Kind, string Subject, string Record, IReadOnlyList<string> ExternalIds);
