using System.Text.Json;
using HotChocolate.Language;

namespace HotChocolate.Types;

internal sealed class EnumValue(string name)
{
    public string Name { get; } = name;
    public JsonEncodedText Encoded { get; } = JsonEncodedText.Encode(name);
    public string? Description { get; init; }
    public string? DeprecationReason { get; init; }
    public IReadOnlyList<DirectiveNode> Directives { get; init; } = [];

    /// <summary>The CLR enum value bound to this name; unbound names stand for themselves.</summary>
    public object RuntimeValue { get; set; } = name;
}

/// <summary>An enum; its values are CLR enum values once bound, strings before.</summary>
internal sealed class EnumType(string name) : LeafType(name)
{
    private Dictionary<object, EnumValue>? _byRuntimeValue;

    public OrderedDictionary<string, EnumValue> Values { get; } = new(StringComparer.Ordinal);

    public override TypeKind Kind => TypeKind.Enum;

    public override bool TryParse(ValueNode literal, bool fromVariable, out object? value)
    {
        var name = literal switch
        {
            EnumValueNode e => e.Value,
            StringValueNode s when fromVariable => s.Value,
            _ => null,
        };
        var known = name is not null && Values.TryGetValue(name, out var found) ? found : null;
        value = known?.RuntimeValue;
        return known is not null;
    }

    public override bool TryCoerceResult(object result, out object? value)
    {
        _byRuntimeValue ??= Values.Values.GroupBy(v => v.RuntimeValue).ToDictionary(g => g.Key, g => g.First());
        var known = _byRuntimeValue.TryGetValue(result, out var found);
        value = found;
        return known;
    }

    public override void Write(Utf8JsonWriter writer, object value) =>
        writer.WriteStringValue(((EnumValue)value).Encoded);
}
