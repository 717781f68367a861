using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Q2C.Grains.Journal;

/// <summary>A buffer per thread: what is written into it leaves as one array of its own.</summary>
internal static class WriteBuffer
{
    /// <summary>Stored bytes are never put into a page as they are: no more is escaped than JSON asks for.</summary>
    public static readonly JavaScriptEncoder Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;

    private static readonly JsonWriterOptions Options = new() { Encoder = Encoder, SkipValidation = true };

    private const int InitialBytes = 4 * 1024;

    /// <summary>A buffer that grew beyond this for one large value is not kept.</summary>
    private const int MaxKeptBytes = 1024 * 1024;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _kept;

    public static byte[] Fill<T>(T value, Action<Utf8JsonWriter, T> write) => Fill(value, write, static written => written.ToArray());

    /// <summary>What <paramref name="result"/> makes of the bytes; they are gone afterwards.</summary>
    public static byte[] Fill<T>(T value, Action<Utf8JsonWriter, T> write, Func<ReadOnlySpan<byte>, byte[]> result)
    {
        var buffer = _kept ?? new(InitialBytes);
        // Nobody else may have it while it is in use: writing may come back here.
        _kept = null;
        using (var json = new Utf8JsonWriter(buffer, Options)) write(json, value);
        var made = result(buffer.WrittenSpan);
        buffer.ResetWrittenCount();
        if (buffer.Capacity <= MaxKeptBytes) _kept = buffer;
        return made;
    }
}
