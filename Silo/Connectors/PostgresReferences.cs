using Npgsql;

namespace Q2C.Silo.Connectors;

/// <summary>References as the journal recorded them.</summary>
public sealed class PostgresReferences(NpgsqlDataSource database) : IReferenceLookUp
{
    public async ValueTask<string?> GrainOf(ExternalReference reference, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("select grain from q2c.xref where system = $1 and type = $2 and id = $3");
        command.Parameters.Add(new() { Value = reference.System });
        command.Parameters.Add(new() { Value = reference.Type });
        command.Parameters.Add(new() { Value = reference.Id });
        return await command.ExecuteScalarAsync(cancel) as string;
    }
}
