using Npgsql;

namespace Q2C.Silo.Connectors;

/// <summary>References as the journal recorded them, and the sources of work as the read models know them.</summary>
public sealed class PostgresReferences(NpgsqlDataSource database) : IReferenceLookUp
{
    public async ValueTask<string?> GrainOf(ExternalReference reference, CancellationToken cancel)
    {
        await using var command = Command(
            "select grain from q2c.xref where system = $1 and type = $2 and id = $3", reference.System, reference.Type, reference.Id);
        return await command.ExecuteScalarAsync(cancel) as string;
    }

    public async ValueTask<WorkSource?> WorkSource(string connection, string sourceId, CancellationToken cancel) =>
        await Sources("source_id = $2", connection, sourceId, cancel) is [var known, ..] ? known : null;

    public ValueTask<IReadOnlyList<WorkSource>> WorkSourcesUnder(string connection, string prefix, CancellationToken cancel) =>
        Sources("source_id like $2", connection, $"{prefix.Replace("\\", "\\\\").Replace("_", "\\_").Replace("%", "\\%")}%", cancel);

    private async ValueTask<IReadOnlyList<WorkSource>> Sources(string which, string connection, string value, CancellationToken cancel)
    {
        await using var command = Command(
            $"select source_id, feed, project_id from q2c_read.work_source where connection = $1 and {which} order by source_id", connection, value);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var sources = new List<WorkSource>();
        while (await reader.ReadAsync(cancel)) sources.Add(new(reader.GetString(0), reader.GetString(1), reader.GetString(2)));
        return sources;
    }

    private NpgsqlCommand Command(string sql, params ReadOnlySpan<string> values)
    {
        var command = database.CreateCommand(sql);
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        return command;
    }
}
