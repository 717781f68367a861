using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Q2C.Grains.Journal;

namespace Q2C.Silo.Connectors.Mapping;

/// <summary>A canonical record as the vendor's JSON.</summary>
public sealed class OutboundMap<T>(MapDocument document) where T : notnull
{
    /// <summary>Every problem of the record at once, or the vendor's JSON.</summary>
    public MapResult<JsonObject> Map(T value)
    {
        var (json, problems) = MapEngine.Run(document, JsonSerializer.SerializeToNode(value, WireFormat.Options)!);
        return new(problems is [] ? json : null, problems);
    }
}

/// <summary>A vendor's JSON as a canonical record.</summary>
/// <param name="saw">Called with each record before it is mapped.</param>
public sealed class InboundMap<T>(MapDocument document, Action<MapDocument, JsonNode>? saw = null) where T : notnull
{
    /// <inheritdoc cref="MapDocument.VendorPaths"/>
    public IEnumerable<MapPath> VendorPaths => document.VendorPaths;

    /// <summary>The members of the vendor's record that the document reads: what a query has to ask for.</summary>
    public IEnumerable<string> VendorMembers => VendorPaths.Select(path => path.Names[0]).Distinct(StringComparer.Ordinal);

    public MapResult<T> Map(JsonNode vendor)
    {
        saw?.Invoke(document, vendor);
        var (json, problems) = MapEngine.Run(document, vendor);
        if (problems is not []) return new(default, problems);
        try
        {
            return new(json.Deserialize<T>(WireFormat.Options), []);
        }
        catch (Exception error) when (error is JsonException or ArgumentException or FormatException)
        {
            return new(default, [new(
                "MAPPING_INCOMPLETE", (error as JsonException)?.Path ?? "",
                $"What {Path.GetFileName(document.File)} makes is not a {typeof(T).Name}: {error.Message}",
                "Correct the mapping document: a member is missing or of another kind.")]);
        }
    }
}

/// <param name="Value">Null exactly if there are problems.</param>
public sealed record MapResult<T>(T? Value, ImmutableArray<Problem> Problems)
{
    public bool Failed => !Problems.IsEmpty;
}
