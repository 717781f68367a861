using System.Collections.Immutable;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Q2C.Connections;
using Q2C.Grains.Journal;

namespace Q2C.Silo.Connectors;

/// <summary>
/// The commands that a delivery brings, as a document that a person can correct: a list of objects with the command for
/// each, as it is stored. For deliveries that only say what has changed, of which the body is not what is wrong.
/// </summary>
internal static class CommandDocument
{
    private const string Remedy = "Correct it there; the document as it would be now is in the preview.";

    private static readonly JsonSerializerOptions Readable = new()
    {
        WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
    };

    public static string Write(IEnumerable<PlannedCommand> commands) =>
        JsonSerializer.Serialize(commands.Select(command => new Line(command.Grain, JsonSerializer.Deserialize<JsonElement>(command.Content))), Readable);

    /// <summary>The commands, in the name of the connection, or all that is wrong with the document and where.</summary>
    public static InboundResult Read(InboxDelivery delivery)
    {
        var text = Encoding.UTF8.GetString(delivery.Body.Span);
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(text);
        }
        catch (JsonException broken)
        {
            return new InboundResult.Parked([new(
                Wrong("", $"The document is not JSON: {broken.Message}"), broken.LineNumber + 1, broken.BytePositionInLine + 1)]);
        }

        using (document)
        {
            if (document.RootElement.ValueKind != JsonValueKind.Array) return new InboundResult.Parked([new(Wrong("", "The document is no list."))]);
            var lines = document.RootElement.EnumerateArray().Select((line, i) => Read(line, i, document.RootElement.GetArrayLength(), delivery)).ToList();
            var problems = lines.Select(line => line.Problem).OfType<Problem>().ToImmutableArray();
            return problems.IsEmpty
                ? new InboundResult.Commands([.. lines.Select(line => line.Command!)])
                : new InboundResult.Parked([.. problems.Select(problem => Placed(problem, text))]);
        }
    }

    private static ParseProblem Placed(Problem problem, string text) =>
        JsonPlace.Of(text, problem.Path) is { } place ? new(problem, place.Line, place.Column) : new(problem);

    private static (GrainCommand? Command, Problem? Problem) Read(JsonElement json, int i, int count, InboxDelivery delivery)
    {
        try
        {
            var line = json.Deserialize<Line>(Readable);
            if (line?.ObjectId is not { } grain || !Ids.IsAny(grain)) return (null, Wrong($"[{i}].objectId", "This names no object."));
            return (
                new(grain, new(
                    count == 1 ? delivery.Key : $"{delivery.Key}/{i}", WireFormat.Read<Command>(line.Command), Actor.Connection(delivery.Connection),
                    delivery.Correlation, delivery.Causation)),
                null);
        }
        catch (UnknownWireNameException unknown)
        {
            return (null, Wrong($"[{i}].command", unknown.Message));
        }
        catch (Exception wrong) when (wrong is JsonException or InvalidOperationException or FormatException or OverflowException or ArgumentException)
        {
            var path = (wrong as JsonException)?.Path is { Length: > 2 } inner ? inner[1..] : "";
            return (null, Wrong($"[{i}].command{path}", $"This is not what is stored there: {wrong.Message.Split(" Path:")[0]}"));
        }
    }

    private static Problem Wrong(string path, string message) => new("COMMANDS_INVALID", path, message, Remedy);

    private sealed record Line([property: JsonRequired] string ObjectId, [property: JsonRequired] JsonElement Command);
}

/// <summary>What a connection makes of deliveries, and of the commands that somebody corrected in place of one.</summary>
internal sealed class CorrectableMap(IInboundMap map) : IInboundMap
{
    public Task<InboundResult> Map(InboxDelivery delivery, CancellationToken cancel) => delivery.Feed == DeliveryFeeds.CorrectedCommands
        ? Task.FromResult(CommandDocument.Read(delivery))
        : map.Map(delivery, cancel);
}
