using System.Buffers.Binary;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Microsoft.AspNetCore.Http.Features;
using Q2C.Simulators.Core;

namespace Q2C.Simulators.Salesforce;

/// <summary>The Pub/Sub API: gRPC over HTTP/2, a stream that sends what it is asked for and no more.</summary>
public sealed partial class SalesforceSimulator
{
    private const int EventsPerResponse = 50;
    private const int InvalidArgument = 3;
    private const int Unauthenticated = 16;
    private const string Codes = "sfdc.platform.eventbus.grpc.";

    private CancellationTokenSource _streams = new();

    /// <summary>Breaks every open stream, as a deployment of the API does.</summary>
    public void BreakStreams() => Interlocked.Exchange(ref _streams, new()).Cancel();

    private void MapPubSub()
    {
        Grpc("/eventbus.v1.PubSub/Subscribe", http => Answered(http, Subscribe));
        Grpc("/eventbus.v1.PubSub/GetSchema", http => Answered(http, GetSchema));
    }

    private async Task Answered(HttpContext http, Func<HttpContext, Task> method)
    {
        http.Response.ContentType = "application/grpc";
        try
        {
            if (!IsSession(http.Request.Headers)) throw new GrpcFailure(Unauthenticated, "service.auth.error", "The session is expired or invalid.");
            await method(http);
            http.Response.AppendTrailer("grpc-status", "0");
        }
        catch (GrpcFailure failure)
        {
            http.Response.AppendTrailer("grpc-status", $"{failure.Status}");
            http.Response.AppendTrailer("grpc-message", Uri.EscapeDataString(failure.Message));
            http.Response.AppendTrailer("error-code", Codes + failure.Code);
        }
        catch (Exception error) when (error is OperationCanceledException or IOException)
        {
            http.Features.Get<IHttpResetFeature>()?.Reset(2);
        }
    }

    private bool IsSession(IHeaderDictionary headers)
    {
        lock (Store.Gate)
            return _sessions.IsValid(headers["accesstoken"]) && headers["tenantid"] == _options.OrganizationId
                && Uri.TryCreate(headers["instanceurl"], UriKind.Absolute, out _);
    }

    private async Task GetSchema(HttpContext http)
    {
        var id = "";
        var input = new CodedInputStream(await ReadFrame(http) ?? []);
        while (input.ReadTag() is not 0 and var tag)
            if (tag == WireFormat.MakeTag(1, WireFormat.WireType.LengthDelimited)) id = input.ReadString();
            else input.SkipLastField();
        var type = Schema.Objects.Values.FirstOrDefault(each => AvroWriter.IdOf(each) == id)
            ?? throw new GrpcFailure(InvalidArgument, "schema.not.found", $"There is no schema {id}.");
        await WriteFrame(http, output =>
        {
            Text(output, 1, AvroWriter.SchemaOf(type));
            Text(output, 2, id);
        });
    }

    private async Task Subscribe(HttpContext http)
    {
        var first = Fetch.Read(await ReadFrame(http) ?? []);
        var entity = Schema.Objects.Values.FirstOrDefault(each => $"/data/{AvroWriter.Topic(each)}" == first.Topic)
            ?? throw new GrpcFailure(InvalidArgument, "subscription.topic.not.found", $"There is no topic {first.Topic}.");
        var (position, asked) = (Start(first), first.Requested);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, _streams.Token);
        await http.Response.StartAsync(stop.Token);
        var further = ReadFrame(http);
        while (true)
        {
            stop.Token.ThrowIfCancellationRequested();
            if (further.IsCompleted)
            {
                if (await further is not { } more) return;
                asked += Fetch.Read(more).Requested;
                further = ReadFrame(http);
            }

            var pulse = _pulse.Task;
            var events = Next(entity, position, Math.Min(asked, EventsPerResponse));
            if (events.Count == 0 && await Task.WhenAny(pulse, further, Task.Delay(_options.KeepAlive, stop.Token)) is var woke && (woke == pulse || woke == further)) continue;
            stop.Token.ThrowIfCancellationRequested();
            asked -= events.Count;
            if (events.Count > 0) position = (long)events[^1]["replay"].Number()!;
            else lock (Store.Gate) position = Math.Max(position, Newest());
            await WriteFrame(http, output => WriteResponse(output, events, position, asked));
        }
    }

    /// <summary>Where a subscription begins; a mark that the bus does not know any more is refused.</summary>
    private long Start(Fetch first)
    {
        lock (Store.Gate)
        {
            if (first.Preset == 1) return 0;
            if (first.Preset == 0) return Newest();
            if (first.Replay.Length != 8) throw new GrpcFailure(InvalidArgument, "subscription.fetch.replayid.corrupted", "The Replay ID is corrupted.");
            var replay = BinaryPrimitives.ReadInt64BigEndian(first.Replay);
            if (replay > Newest() || (replay > 0 && Store.Find(Changes, $"{replay:D20}") is { } mark && !IsKept(mark)))
                throw new GrpcFailure(InvalidArgument, "subscription.fetch.replayid.validation.failed", "The Replay ID validation failed.");
            return replay;
        }
    }

    private long Newest() => (long)(Store.All(Changes).LastOrDefault()?["replay"].Number() ?? 0);

    private bool IsKept(JsonObject change) => (long)change["at"].Number()! >= (Now - _options.EventsKept).ToUnixTimeMilliseconds();

    private List<JsonObject> Next(SObject entity, long after, int count)
    {
        lock (Store.Gate)
            return [.. Store.All(Changes).Where(change => change["entity"].Text() == entity.Name && (long)change["replay"].Number()! > after && IsKept(change)).Take(count)];
    }

    private static void WriteResponse(CodedOutputStream output, List<JsonObject> events, long latest, int pending)
    {
        foreach (var change in events)
            Bytes(output, 1, Message(consumer =>
            {
                Bytes(consumer, 1, Message(produced =>
                {
                    Text(produced, 1, change["uuid"].Text()!);
                    Text(produced, 2, change["schema"].Text()!);
                    Bytes(produced, 3, Convert.FromBase64String(change["payload"].Text()!));
                }));
                Bytes(consumer, 2, Replay((long)change["replay"].Number()!));
            }));
        Bytes(output, 2, Replay(latest));
        Text(output, 3, Guid.NewGuid().ToString());
        output.WriteTag(4, WireFormat.WireType.Varint);
        output.WriteInt32(pending);
    }

    private static byte[] Replay(long replay)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, replay);
        return bytes;
    }

    private static async Task<byte[]?> ReadFrame(HttpContext http)
    {
        var prefix = new byte[5];
        if (await http.Request.Body.ReadAtLeastAsync(prefix, 5, throwOnEndOfStream: false, http.RequestAborted) < 5) return null;
        var message = new byte[BinaryPrimitives.ReadUInt32BigEndian(prefix.AsSpan(1))];
        await http.Request.Body.ReadExactlyAsync(message, http.RequestAborted);
        return message;
    }

    private static async Task WriteFrame(HttpContext http, Action<CodedOutputStream> write)
    {
        var message = Message(write);
        var frame = new byte[5 + message.Length];
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(1), (uint)message.Length);
        message.CopyTo(frame.AsSpan(5));
        await http.Response.Body.WriteAsync(frame, http.RequestAborted);
        await http.Response.Body.FlushAsync(http.RequestAborted);
    }

    private static byte[] Message(Action<CodedOutputStream> write)
    {
        using var bytes = new MemoryStream();
        using (var output = new CodedOutputStream(bytes, leaveOpen: true)) write(output);
        return bytes.ToArray();
    }

    private static void Text(CodedOutputStream output, int field, string text)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteString(text);
    }

    private static void Bytes(CodedOutputStream output, int field, byte[] bytes)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(ByteString.CopyFrom(bytes));
    }

    /// <summary>A request for events: the topic, where to begin, how many.</summary>
    private sealed record Fetch(string Topic, int Preset, byte[] Replay, int Requested)
    {
        private const int MostRequested = 100;

        public static Fetch Read(byte[] message)
        {
            var (topic, preset, replay, requested) = ("", 0, Array.Empty<byte>(), 0);
            var input = new CodedInputStream(message);
            while (input.ReadTag() is not 0 and var tag)
                switch (WireFormat.GetTagFieldNumber(tag))
                {
                    case 1: topic = input.ReadString(); break;
                    case 2: preset = input.ReadEnum(); break;
                    case 3: replay = input.ReadBytes().ToByteArray(); break;
                    case 4: requested = input.ReadInt32(); break;
                    default: input.SkipLastField(); break;
                }

            return requested is > 0 and <= MostRequested
                ? new(topic, preset, replay, requested)
                : throw new GrpcFailure(InvalidArgument, "subscription.fetch.requested.events.invalid", "num_requested must be 1 to 100.");
        }
    }

    private sealed class GrpcFailure(int status, string code, string message) : Exception(message)
    {
        public int Status => status;

        public string Code => code;
    }
}
