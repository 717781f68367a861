using System.Globalization;
using HotChocolate.CostAnalysis;
using HotChocolate.Language;
using HotChocolate.Types;

namespace HotChocolate.Cost;

/// <summary>What @cost and @listSize say about a field.</summary>
internal sealed record FieldCost(double? Weight, ListSize? ListSize)
{
    public static FieldCost Default { get; } = new(null, null);

    public static FieldCost Free { get; } = new(0, null);

    public static FieldCost Read(IReadOnlyList<DirectiveNode> directives) =>
        new(ReadWeight(directives), ListSize.Read(directives));

    public static double? ReadWeight(IReadOnlyList<DirectiveNode> directives) =>
        directives.FirstOrDefault(d => d.Name.Value == "cost")?.Argument("weight") is StringValueNode weight
        && double.TryParse(weight.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            ? value
            : null;

    /// <summary>The weight of selecting the field: composite results cost, leaves do not.</summary>
    public static double FieldWeight(FieldDefinition field) =>
        field.Cost.Weight ?? (field.Type.Named is CompositeType ? 1 : 0);

    public static double TypeWeight(NamedType type) => ReadWeight(type.Directives) ?? (type is CompositeType ? 1 : 0);
}

/// <summary>How long a list is assumed to be.</summary>
internal sealed record ListSize(
    int? AssumedSize,
    IReadOnlyList<string> SlicingArguments,
    int? SlicingArgumentDefault,
    IReadOnlyList<string> SizedFields,
    bool RequireOneSlicingArgument)
{
    public static ListSize? Read(IReadOnlyList<DirectiveNode> directives) =>
        directives.FirstOrDefault(d => d.Name.Value == "listSize") is not { } node
            ? null
            : new ListSize(
                Int(node, "assumedSize"),
                Names(node, "slicingArguments"),
                Int(node, "slicingArgumentDefaultValue"),
                Names(node, "sizedFields"),
                Names(node, "slicingArguments").Count > 0
                    && node.Argument("requireOneSlicingArgument") is not BooleanValueNode { Value: false });

    private static int? Int(DirectiveNode node, string name) =>
        node.Argument(name) is IntValueNode value ? int.Parse(value.Value, CultureInfo.InvariantCulture) : null;

    private static IReadOnlyList<string> Names(DirectiveNode node, string name) => node.Argument(name) switch
    {
        ListValueNode list => [.. list.Values.OfType<StringValueNode>().Select(v => v.Value)],
        StringValueNode single => [single.Value],
        _ => [],
    };
}

/// <summary>Prices what the schema does not price itself.</summary>
internal static class CostDefaults
{
    public static void Apply(Schema schema, CostOptions options)
    {
        if (!options.ApplyCostDefaults || options.DefaultResolverCost is not { } cost)
        {
            return;
        }

        var fields = schema.Types.Values.OfType<ObjectType>().SelectMany(t => t.Fields.Values)
            .Where(f => f.Cost.Weight is null && f.Resolver?.Async is not null);
        foreach (var field in fields)
        {
            field.Cost = field.Cost with { Weight = cost };
        }
    }
}
