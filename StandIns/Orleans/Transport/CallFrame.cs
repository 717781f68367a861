using System.Buffers;
using System.Collections.Immutable;
using System.Text.Json;
using Orleans.Runtime;
using Orleans.Serialization;

namespace Orleans.Transport;

/// <summary>Calls and answers as JSON documents.</summary>
internal sealed class CallFrame(WireSerializer serializer, GrainClasses classes, GrainMethods methods)
{
    public byte[] WriteCall(GrainCall call) => Write(writer =>
    {
        writer.WriteString("target", call.Target.ToString());
        writer.WriteString("interface", GrainInterfaces.NameOf(call.Interface));
        writer.WriteString("declaring", GrainInterfaces.NameOf(call.Method.Interface));
        writer.WriteString("method", call.Method.WireName);
        writer.WriteNumber("timeout", (long)call.Timeout.TotalMilliseconds);
        if (call.Source is { } source) writer.WriteString("source", source.ToString());
        writer.WriteStartArray("arguments");
        for (var index = 0; index < call.Arguments.Length; index++)
        {
            if (index == call.Method.TokenIndex) writer.WriteNullValue();
            else serializer.Write(writer, call.Arguments[index], call.Method.Parameters[index]);
        }

        writer.WriteEndArray();
        if (call.Context is not { IsEmpty: false } context) return;
        writer.WriteStartObject("context");
        foreach (var (name, value) in context)
        {
            writer.WritePropertyName(name);
            serializer.Write(writer, value, typeof(object));
        }

        writer.WriteEndObject();
    });

    /// <param name="body">What <see cref="WriteCall"/> wrote.</param>
    /// <param name="cancelled">What the method gets where it takes a token.</param>
    public (GrainCall Call, TimeSpan Timeout) ReadCall(ReadOnlyMemory<byte> body, CancellationToken cancelled)
    {
        using var document = JsonDocument.Parse(body);
        var frame = document.RootElement;
        var method = methods.Find(Text(frame, "declaring"), Text(frame, "method"));
        var interfaceType = methods.FindInterface(Text(frame, "interface"));
        var sent = frame.GetProperty("arguments");
        if (sent.GetArrayLength() != method.Parameters.Length)
            throw new SerializerException(
                $"{method} takes {method.Parameters.Length} arguments, {sent.GetArrayLength()} were sent.");
        var arguments = sent.EnumerateArray().Select((argument, index) => index == method.TokenIndex
            ? cancelled
            : serializer.Read(argument, method.Parameters[index])).ToArray();
        var target = GrainId.Parse(Text(frame, "target"));
        // The sender may have no grain classes and so only guess the type from the interface.
        if (!classes.IsKnown(target.Type)) target = new(classes.TypeFor(interfaceType), target.Key);
        var call = new GrainCall(target, interfaceType, method, arguments)
        {
            Source = frame.TryGetProperty("source", out var source) ? GrainId.Parse(source.GetString()!) : null,
            Context = ReadContext(frame),
        };
        var timeout = frame.GetProperty("timeout").GetInt64();
        return (call, timeout < 0 ? Timeout.InfiniteTimeSpan : TimeSpan.FromMilliseconds(timeout));
    }

    public byte[] WriteResult(GrainMethod method, object? result) => Write(writer =>
    {
        writer.WritePropertyName("result");
        if (method.ResultType == typeof(void)) writer.WriteNullValue();
        else serializer.Write(writer, result, method.ResultType);
    });

    public byte[] WriteFailure(Exception exception) => Write(writer =>
    {
        writer.WritePropertyName("failure");
        serializer.Write(writer, exception, typeof(Exception));
    });

    public void ReadAnswer(ReadOnlyMemory<byte> body, GrainCall call)
    {
        using var document = JsonDocument.Parse(body);
        if (document.RootElement.TryGetProperty("failure", out var failure))
            call.Fail((Exception)serializer.Read(failure, typeof(Exception))!);
        else if (call.Method.ResultType == typeof(void))
            call.Complete(null);
        else
            call.Complete(serializer.Read(document.RootElement.GetProperty("result"), call.Method.ResultType));
    }

    private static string Text(JsonElement frame, string name) => frame.GetProperty(name).GetString()!;

    private ImmutableDictionary<string, object>? ReadContext(JsonElement frame) =>
        frame.TryGetProperty("context", out var context)
            ? context.EnumerateObject().ToImmutableDictionary(
                entry => entry.Name, entry => serializer.Read(entry.Value, typeof(object))!)
            : null;

    private static byte[] Write(Action<Utf8JsonWriter> content)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(buffer);
        writer.WriteStartObject();
        content(writer);
        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }
}
