using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Q2C.Grains.Journal;

namespace Q2C.Silo.Journal;

/// <summary>
/// SHA-256 over a row's stored content: every column but its position, each with its length in front, times in
/// microseconds. The chain of a shard is built over these digests in order of seq.
/// </summary>
public static class RowDigest
{
    public const int Length = SHA256.HashSizeInBytes;

    private const int Absent = -1;

    public static byte[] Of(string grain, JournalEntry entry) => Of(
        grain, entry.Version, entry.Key, entry.Fingerprint.Span, (short)entry.Outcome, entry.Body.Span,
        RowBody.SchemaVersion, entry.Correlation, entry.Causation, entry.Actor, entry.BusinessTime, entry.RecordTime);

    public static byte[] Of(
        string grain, long version, string key, ReadOnlySpan<byte> fingerprint, short outcome, ReadOnlySpan<byte> body,
        short schemaVersion, string correlation, string? causation, string actor, DateTimeOffset? businessTime,
        DateTimeOffset recordTime)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Add(hash, grain);
        Add(hash, version);
        Add(hash, key);
        Add(hash, fingerprint);
        Add(hash, outcome);
        Add(hash, body);
        Add(hash, schemaVersion);
        Add(hash, correlation);
        Add(hash, causation);
        Add(hash, actor);
        Add(hash, businessTime is { } time ? Microseconds(time) : long.MinValue);
        Add(hash, Microseconds(recordTime));
        return hash.GetHashAndReset();
    }

    /// <summary>The hash that the chain of a shard starts from.</summary>
    public static byte[] Genesis(string region, int shard) =>
        SHA256.HashData(Encoding.UTF8.GetBytes($"q2c/journal/{region}/{shard}"));

    private static long Microseconds(DateTimeOffset time) => (time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / 10;

    private static void Add(IncrementalHash hash, string? text)
    {
        if (text is null) AddLength(hash, Absent);
        else Add(hash, Encoding.UTF8.GetBytes(text));
    }

    private static void Add(IncrementalHash hash, ReadOnlySpan<byte> bytes)
    {
        AddLength(hash, bytes.Length);
        hash.AppendData(bytes);
    }

    private static void Add(IncrementalHash hash, long number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(bytes, number);
        hash.AppendData(bytes);
    }

    private static void AddLength(IncrementalHash hash, int length)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(bytes, length);
        hash.AppendData(bytes);
    }
}
