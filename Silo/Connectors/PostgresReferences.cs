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

    public async ValueTask<WorkSource?> WorkSource(string connection, string sourceId, CancellationToken cancel)
    {
        await using var command = Command(
            "select feed, project_id from q2c_read.work_source where connection = $1 and source_id = $2", connection, sourceId);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        return await reader.ReadAsync(cancel) ? new(reader.GetString(0), reader.GetString(1)) : null;
    }

    private NpgsqlCommand Command(string sql, params ReadOnlySpan<string> values)
    {
        var command = database.CreateCommand(sql);
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        return command;
    }
}
