using System.Collections.Immutable;
using Q2C.Silo.Policies;

namespace Q2C.Silo.Connectors.Mapping;

public enum MapDirection { Outbound, Inbound }

/// <summary>A mapping document, checked. <c>docs/mapping.md</c> describes the language.</summary>
public sealed record MapDocument(string File, MapDirection Direction, ImmutableArray<MapField> Fields)
{
    /// <summary>Whatever an inbound document reads of the vendor's record, lists by their own path only.</summary>
    public IEnumerable<MapPath> VendorPaths => Fields.SelectMany(rule => Paths(rule.Source).Concat(Paths(rule.Currency)));

    private static ImmutableArray<MapPath> Paths(MapSource? source) => source switch
    {
        MapSource.From from => [from.Path],
        MapSource.Template template => template.Paths,
        MapSource.Each each => [each.Path],
        _ => [],
    };

    /// <summary>Throws <see cref="DocumentException"/> with every error and its position.</summary>
    public static MapDocument Read(string file, TextReader text, MapDirection direction, Type canonical)
    {
        var errors = new DocumentErrors();
        var document = YamlMap.Parse(file, text, errors) is { } root
            ? new MapDocument(file, direction, new MapReader(direction, canonical).Read(root))
            : null;
        errors.ThrowIfAny();
        return document!;
    }
}

/// <summary>One rule: where a value comes from, what it becomes, and where it goes.</summary>
/// <param name="Line">Of the document; named in problems.</param>
public sealed record MapField(
    MapPath To, MapSource Source, MapFormat Format, string? Pattern, MapSource? Currency,
    ImmutableDictionary<string, string>? Values, string? Otherwise, string? Default, bool Required, long Line);

public abstract record MapSource
{
    private MapSource() { }

    public sealed record From(MapPath Path) : MapSource;

    public sealed record Constant(string Value) : MapSource;

    /// <summary>Text with <c>{paths}</c> in it; the paths at the odd positions.</summary>
    public sealed record Template(ImmutableArray<string> Literals, ImmutableArray<MapPath> Paths) : MapSource;

    /// <summary>Each element of a list becomes an element of the target list.</summary>
    public sealed record Each(MapPath Path, ImmutableArray<MapField> Fields) : MapSource;
}

/// <summary>What a value is on the vendor's side.</summary>
public enum MapFormat
{
    /// <summary>As it is.</summary>
    Any,
    Text,
    WholeNumber,
    Number,
    Boolean,

    /// <summary>A business day; ISO 8601 unless a pattern says otherwise.</summary>
    Date,

    /// <summary>An instant with its offset.</summary>
    DateTime,

    /// <summary>A Money as a decimal number in major units.</summary>
    Money,

    /// <summary>A Money as a whole number of minor units.</summary>
    MinorUnits,
}

/// <summary>
/// Member names, outermost first; a number is a place in a list. Inside a list paths start at the element; <c>$.</c>
/// starts at the root.
/// </summary>
public sealed record MapPath(bool FromRoot, ImmutableArray<string> Names)
{
    public override string ToString() => (FromRoot ? "$." : "") + string.Join('.', Names);

    public static MapPath? TryParse(string text)
    {
        var fromRoot = text.StartsWith("$.", StringComparison.Ordinal);
        var names = (fromRoot ? text[2..] : text).Split('.');
        return names.Any(name => name.Length == 0 || name.Any(char.IsWhiteSpace)) ? null : new(fromRoot, [.. names]);
    }
}
