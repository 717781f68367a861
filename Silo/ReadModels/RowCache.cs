namespace Q2C.Silo.ReadModels;

/// <summary>
/// Rows of a read model as this process last wrote them, for one shard: good for the batch that begins right after the
/// one they come from. Whatever happened between (a batch undone, another process, a rebuild) begins elsewhere.
/// </summary>
internal sealed class RowCache<TRow> where TRow : ReadRow
{
    private const int MaxRows = 16_384;

    private readonly Dictionary<string, TRow> _rows = new(StringComparer.Ordinal);
    private long _lastSeq = -1;

    /// <summary>Forgets everything unless the batch follows the one before.</summary>
    public void Begin(Batch batch)
    {
        if (batch.FirstSeq != _lastSeq + 1) _rows.Clear();
        // Until the batch is through, nothing is known to be written.
        _lastSeq = -1;
    }

    public TRow? Find(string id) => _rows.GetValueOrDefault(id);

    public void End(Batch batch, IEnumerable<TRow> written)
    {
        if (_rows.Count > MaxRows) _rows.Clear();
        foreach (var row in written) _rows[row.Id] = row;
        _lastSeq = batch.LastSeq;
    }
}
