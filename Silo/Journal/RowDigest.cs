using System.Buffers;
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

    /// <summary>Bytes of the twelve lengths and numbers, at the most.</summary>
    private const int Numbers = 12 * sizeof(long);

    public static byte[] Of(string grain, JournalEntry entry) => Of(
        grain, entry.Version, entry.Key, entry.Fingerprint.Span, (short)entry.Outcome, entry.Body.Span,
        RowBody.SchemaVersion, entry.Correlation, entry.Causation, entry.Actor, entry.BusinessTime, entry.RecordTime);

    public static byte[] Of(
        string grain, long version, string key, ReadOnlySpan<byte> fingerprint, short outcome, ReadOnlySpan<byte> body,
        short schemaVersion, string correlation, string? causation, string actor, DateTimeOffset? businessTime,
        DateTimeOffset recordTime)
    {
        var letters = grain.Length + key.Length + correlation.Length + (causation?.Length ?? 0) + actor.Length;
        var rented = ArrayPool<byte>.Shared.Rent(
            Encoding.UTF8.GetMaxByteCount(letters) + fingerprint.Length + body.Length + Numbers);
        var content = new Writer(rented);
        content.Add(grain);
        content.Add(version);
        content.Add(key);
        content.Add(fingerprint);
        content.Add(outcome);
        content.Add(body);
        content.Add(schemaVersion);
        content.Add(correlation);
        content.Add(causation);
        content.Add(actor);
        content.Add(businessTime is { } time ? Microseconds(time) : long.MinValue);
        content.Add(Microseconds(recordTime));
        var digest = SHA256.HashData(content.Written);
        ArrayPool<byte>.Shared.Return(rented);
        return digest;
    }

    /// <summary>The hash that the chain of a shard starts from.</summary>
    public static byte[] Genesis(string region, int shard) =>
        SHA256.HashData(Encoding.UTF8.GetBytes($"q2c/journal/{region}/{shard}"));

    private static long Microseconds(DateTimeOffset time) => (time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / 10;

    /// <summary>Writes into a buffer that is large enough.</summary>
    private ref struct Writer(Span<byte> buffer)
    {
        private readonly Span<byte> _buffer = buffer;
        private int _length;

        public readonly ReadOnlySpan<byte> Written => _buffer[.._length];

        public void Add(string? text)
        {
            if (text is null)
            {
                AddLength(Absent);
                return;
            }

            var length = Encoding.UTF8.GetBytes(text, _buffer[(_length + sizeof(int))..]);
            AddLength(length);
            _length += length;
        }

        public void Add(ReadOnlySpan<byte> bytes)
        {
            AddLength(bytes.Length);
            bytes.CopyTo(_buffer[_length..]);
            _length += bytes.Length;
        }

        public void Add(long number)
        {
            BinaryPrimitives.WriteInt64BigEndian(_buffer[_length..], number);
            _length += sizeof(long);
        }

        private void AddLength(int length)
        {
            BinaryPrimitives.WriteInt32BigEndian(_buffer[_length..], length);
            _length += sizeof(int);
        }
    }
}
