using System.Collections.Immutable;
using Google.Protobuf;

namespace Q2C.Silo.Connectors.Salesforce.PubSub;

/// <summary>
/// Those messages of <c>eventbus.v1</c> that are used here, field by field: the code generator's packages are not needed
/// for four messages. Fields that are not named are passed over, as the format asks.
/// </summary>
internal static class PubSubMessages
{
    private const int Earliest = 1;
    private const int Custom = 2;

    /// <param name="after">Null for the earliest event that is kept.</param>
    public static byte[] FirstFetch(string topic, ReadOnlyMemory<byte>? after, int count) => Message(output =>
    {
        output.WriteTag(1, WireFormat.WireType.LengthDelimited);
        output.WriteString(topic);
        output.WriteTag(2, WireFormat.WireType.Varint);
        output.WriteEnum(after is null ? Earliest : Custom);
        if (after is { } replay)
        {
            output.WriteTag(3, WireFormat.WireType.LengthDelimited);
            output.WriteBytes(ByteString.CopyFrom(replay.Span));
        }

        WriteCount(output, count);
    });

    public static byte[] NextFetch(int count) => Message(output => WriteCount(output, count));

    public static byte[] SchemaRequest(string id) => Message(output =>
    {
        output.WriteTag(1, WireFormat.WireType.LengthDelimited);
        output.WriteString(id);
    });

    public static string SchemaOf(byte[] schemaInfo)
    {
        var schema = "";
        Read(schemaInfo, (field, input) =>
        {
            if (field != 1) return false;
            schema = input.ReadString();
            return true;
        });
        return schema;
    }

    public static FetchResponse ReadFetchResponse(byte[] message)
    {
        var events = ImmutableArray.CreateBuilder<ConsumerEvent>();
        var (latest, pending) = (ReadOnlyMemory<byte>.Empty, 0);
        Read(message, (field, input) =>
        {
            switch (field)
            {
                case 1:
                    events.Add(ReadEvent(input.ReadBytes().ToByteArray()));
                    return true;
                case 2:
                    latest = input.ReadBytes().Memory;
                    return true;
                case 4:
                    pending = input.ReadInt32();
                    return true;
                default:
                    return false;
            }
        });
        return new(events.ToImmutable(), latest, pending);
    }

    private static ConsumerEvent ReadEvent(byte[] message)
    {
        var read = new ConsumerEvent("", "", default, default);
        Read(message, (field, input) =>
        {
            switch (field)
            {
                case 1:
                    read = ReadProduced(input.ReadBytes().ToByteArray(), read);
                    return true;
                case 2:
                    read = read with { ReplayId = input.ReadBytes().Memory };
                    return true;
                default:
                    return false;
            }
        });
        return read;
    }

    private static ConsumerEvent ReadProduced(byte[] message, ConsumerEvent read)
    {
        Read(message, (field, input) =>
        {
            switch (field)
            {
                case 1:
                    read = read with { Id = input.ReadString() };
                    return true;
                case 2:
                    read = read with { SchemaId = input.ReadString() };
                    return true;
                case 3:
                    read = read with { Payload = input.ReadBytes().Memory };
                    return true;
                default:
                    return false;
            }
        });
        return read;
    }

    /// <param name="take">Reads the field's value and returns true, or leaves it.</param>
    private static void Read(byte[] message, Func<int, CodedInputStream, bool> take)
    {
        var input = new CodedInputStream(message);
        while (input.ReadTag() is not 0 and var tag)
            if (!take(WireFormat.GetTagFieldNumber(tag), input)) input.SkipLastField();
    }

    private static void WriteCount(CodedOutputStream output, int count)
    {
        output.WriteTag(4, WireFormat.WireType.Varint);
        output.WriteInt32(count);
    }

    private static byte[] Message(Action<CodedOutputStream> write)
    {
        using var bytes = new MemoryStream();
        using (var output = new CodedOutputStream(bytes, leaveOpen: true)) write(output);
        return bytes.ToArray();
    }
}

/// <param name="LatestReplayId">Where the subscription stands; set even if there are no events.</param>
/// <param name="Pending">How many events the server may still send before it has to be asked again.</param>
internal sealed record FetchResponse(ImmutableArray<ConsumerEvent> Events, ReadOnlyMemory<byte> LatestReplayId, int Pending);

/// <param name="Id">The event's UUID. The replay id is no key: it can come again after an org was migrated.</param>
/// <param name="Payload">Avro, in the schema that <paramref name="SchemaId"/> names.</param>
internal sealed record ConsumerEvent(string Id, string SchemaId, ReadOnlyMemory<byte> Payload, ReadOnlyMemory<byte> ReplayId);
