using Npgsql;

namespace Q2C.Silo.ReadModels;

/// <summary>One or more tables that follow the journal.</summary>
internal interface IReadModel
{
    /// <summary>The tables of schema <c>q2c_read</c> that a rebuild truncates.</summary>
    IReadOnlyList<string> Tables { get; }

    /// <summary>Applies the batch in the pump's transaction; what was applied before changes nothing.</summary>
    ValueTask Apply(NpgsqlConnection connection, NpgsqlTransaction transaction, Batch batch, CancellationToken cancel);

    /// <summary>As <see cref="Journal.IProjection.Rebuilt"/>.</summary>
    ValueTask Rebuilt(NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken cancel) => default;
}
