using Npgsql;
using Q2C.Grains.Journal;

namespace Q2C.Silo.Journal;

/// <summary>
/// A read model that follows the journal. Gets the rows of one shard in order, each exactly once, in one transaction
/// with the cursor. The shards call it at the same time, so rows that several shards touch are written with upserts
/// sorted by key.
/// </summary>
public interface IProjection
{
    /// <summary>Tables that are emptied for a rebuild, with schema: <c>q2c.invoice_list</c>.</summary>
    IReadOnlyList<string> Tables { get; }

    ValueTask Apply(
        NpgsqlConnection connection, NpgsqlTransaction transaction, IReadOnlyList<PumpedRow> rows,
        CancellationToken cancel);

    /// <summary>
    /// After a rebuild, while rows go on coming: puts right what depends on the order in which the shards were read, as theirs
    /// is no order between them.
    /// </summary>
    ValueTask Rebuilt(NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken cancel) => default;
}

/// <summary>A journal row with its content read.</summary>
public sealed record PumpedRow(RecordedRow Row, RowBody Body);
