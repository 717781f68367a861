using System.Collections.Immutable;
using System.Text.Json.Serialization.Metadata;
using Q2C.Grains.Journal;
using Q2C.Silo.Policies;

namespace Q2C.Silo.Connectors.Mapping;

/// <summary>Reads the rules of a mapping document and checks the canonical side of each against its type.</summary>
internal sealed class MapReader(MapDirection direction, Type canonical)
{
    public ImmutableArray<MapField> Read(YamlMap root)
    {
        var wanted = direction.ToString().ToLowerInvariant();
        if (root.Text("direction") is var found && found != wanted && found.Length > 0)
            root.Error("direction", $"'direction' must be '{wanted}' here, found '{found}'.");
        var fields = Fields(root, [canonical]);
        root.Done();
        return fields;
    }

    private ImmutableArray<MapField> Fields(YamlMap group, ImmutableArray<Type> at)
    {
        if (!group.Has("fields")) group.Error("fields", "'fields' is missing.");
        return [.. group.Maps("fields").Select(field => Field(field, at)).OfType<MapField>()];
    }

    private MapField? Field(YamlMap field, ImmutableArray<Type> at)
    {
        var to = Path(field, "to", field.Text("to"));
        var source = Source(field, at, to);
        var read = new MapField(
            to ?? new(false, []),
            source ?? new MapSource.Constant(""),
            field.Has("as") ? field.Choice("as", MapFormat.Any) : MapFormat.Any,
            field.OptionalText("pattern"),
            Currency(field),
            field.Has("values") ? field.Texts("values").ToImmutableDictionary() : null,
            field.OptionalText("otherwise"),
            field.OptionalText("default"),
            field.Flag("required", otherwise: true),
            field.Position.Line);
        Check(field, read, at);
        field.Done();
        return to is null || source is null ? null : read;
    }

    private void Check(YamlMap field, MapField read, ImmutableArray<Type> at)
    {
        if (read.Pattern is not null && read.Format is not (MapFormat.Date or MapFormat.DateTime))
            field.Error("pattern", "'pattern' goes with 'as: date' or 'as: date-time' only.");
        if (read.Otherwise is not null && read.Values is null)
            field.Error("otherwise", "'otherwise' goes with 'values' only.");
        var wantsCurrency = direction == MapDirection.Inbound && read.Format is MapFormat.Money or MapFormat.MinorUnits
            && direction == MapDirection.Inbound;
        if (wantsCurrency && read.Currency is null)
            field.Error("as", "An amount that comes in needs 'currency: path' or 'currency-value: EUR'.");
        if (!wantsCurrency && read.Currency is not null)
            field.Error("currency", "'currency' goes with an amount that comes in only.");
        if (direction == MapDirection.Inbound && read.To.Names.Length > 0) Resolve(field, "to", read.To, at);
    }

    private MapSource? Source(YamlMap field, ImmutableArray<Type> at, MapPath? to)
    {
        string[] kinds = ["from", "value", "text", "each"];
        var given = kinds.Where(field.Has).ToArray();
        if (given.Length != 1)
        {
            field.Error(given.ElementAtOrDefault(1) ?? "to", $"A field needs exactly one of {string.Join(", ", kinds)}.");
            return null;
        }

        var text = field.Text(given[0]);
        return given[0] switch
        {
            "value" => new MapSource.Constant(text),
            "text" => Template(field, text, at),
            "from" => SourcePath(field, "from", text, at) is { } path ? new MapSource.From(path) : null,
            _ => Each(field, text, at, to),
        };
    }

    private MapSource.Each? Each(YamlMap field, string text, ImmutableArray<Type> at, MapPath? to)
    {
        var path = Path(field, "each", text);
        var listed = direction == MapDirection.Outbound ? path : to;
        var elements = listed is null ? [] : Resolve(field, direction == MapDirection.Outbound ? "each" : "to", listed, at)
            .Select(type => WireFormat.Options.GetTypeInfo(type)).ToImmutableArray();
        if (elements.Any(type => type.Kind != JsonTypeInfoKind.Enumerable)) field.Error("each", $"'{listed}' is not a list.");
        var fields = Fields(field, [.. elements.Select(type => type.ElementType).OfType<Type>()]);
        return path is null ? null : new(path, fields);
    }

    private MapSource.Template? Template(YamlMap field, string text, ImmutableArray<Type> at)
    {
        var parts = text.Split('{', '}');
        if (parts.Length % 2 == 0)
        {
            field.Error("text", "A '{' or '}' has no partner.");
            return null;
        }

        var paths = parts.Where((_, i) => i % 2 == 1).Select(part => SourcePath(field, "text", part, at)).OfType<MapPath>();
        return new([.. parts.Where((_, i) => i % 2 == 0)], [.. paths]);
    }

    private static MapSource? Currency(YamlMap field)
    {
        if (field.OptionalText("currency-value") is { } constant)
        {
            if (!Currencies.IsKnown(constant)) field.Error("currency-value", $"'{constant}' is not an ISO 4217 currency.");
            return new MapSource.Constant(constant);
        }

        return field.OptionalText("currency") is { } text && Path(field, "currency", text) is { } path
            ? new MapSource.From(path)
            : null;
    }

    private MapPath? SourcePath(YamlMap field, string key, string text, ImmutableArray<Type> at)
    {
        var path = Path(field, key, text);
        if (path is not null && direction == MapDirection.Outbound) Resolve(field, key, path, at);
        return path;
    }

    private static MapPath? Path(YamlMap field, string key, string text)
    {
        if (text.Length == 0) return null;
        var path = MapPath.TryParse(text);
        if (path is null) field.Error(key, $"'{text}' is not a path of names separated by dots.");
        return path;
    }

    /// <summary>The types that a canonical path can have; an error if no type on the way has its member.</summary>
    private ImmutableArray<Type> Resolve(YamlMap field, string key, MapPath path, ImmutableArray<Type> at)
    {
        var types = path.FromRoot ? [canonical] : at;
        foreach (var name in path.Names)
        {
            var owners = types;
            types = [.. owners.SelectMany(Concrete).SelectMany(type => WireFormat.Options.GetTypeInfo(type).Properties)
                .Where(property => property.Name == name).Select(property => property.PropertyType).Distinct()];
            if (!types.IsEmpty || owners.IsEmpty) continue;
            field.Error(key, $"{owners[0].Name} has no '{name}'; it has {string.Join(", ", Names(owners))}.");
            return [];
        }

        return types;
    }

    private static IEnumerable<string> Names(ImmutableArray<Type> types) => types.SelectMany(Concrete)
        .SelectMany(type => WireFormat.Options.GetTypeInfo(type).Properties).Select(property => property.Name).Distinct();

    private static IEnumerable<Type> Concrete(Type type)
    {
        var actual = Nullable.GetUnderlyingType(type) ?? type;
        return WireFormat.Options.GetTypeInfo(actual).PolymorphismOptions is { } polymorphism
            ? polymorphism.DerivedTypes.Select(derived => derived.DerivedType)
            : [actual];
    }
}
