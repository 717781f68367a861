using Npgsql;
using Q2C.Grains.Journal;

namespace Q2C.Silo.Journal;

/// <summary>Reads journal rows; every query over the journal selects <see cref="Columns"/>.</summary>
internal static class RowReader
{
    public const string Columns =
        "version, key, fingerprint, outcome, body, correlation, causation, actor, record_time, shard, seq, grain";

    private const int Key = 1;

    /// <summary>False for the snapshot that a load puts in front of the rows.</summary>
    public static bool IsRow(NpgsqlDataReader reader) => !reader.IsDBNull(Key);

    public static RecordedRow Read(NpgsqlDataReader reader, string region) => new(
        Grain: reader.GetString(11),
        Version: reader.GetInt64(0),
        Key: reader.GetString(Key),
        Fingerprint: reader.GetFieldValue<byte[]>(2),
        Outcome: (Outcome)reader.GetInt16(3),
        Body: reader.GetFieldValue<byte[]>(4),
        Correlation: reader.GetString(5),
        Causation: reader.IsDBNull(6) ? null : reader.GetString(6),
        Actor: reader.GetString(7),
        RecordTime: reader.GetFieldValue<DateTimeOffset>(8),
        Region: region,
        Shard: reader.GetInt32(9),
        Seq: reader.GetInt64(10));
}
