using System.Collections.Immutable;
using Q2C.BulkActions;
using Q2C.Policies;

namespace Q2C.Silo.Policies;

/// <summary>Reads <c>bulk-actions.yaml</c>: for each kind of action when a second person has to decide.</summary>
internal static class BulkRules
{
    private static readonly ImmutableDictionary<string, BulkActionKind> Kinds =
        Enum.GetValues<BulkActionKind>().ToImmutableDictionary(kind => kind.ToString().ToLowerInvariant());

    public static IEnumerable<(string, BulkRule)> Read(YamlMap root) => root.Groups().Select(group =>
    {
        if (!Kinds.ContainsKey(group.Name))
            root.Error(group.Name, $"'{group.Name}' is no action on many exceptions; known are {string.Join(", ", Kinds.Keys.Order(StringComparer.Ordinal))}.");
        var items = group.Group.WholeNumber("approval-above-items");
        if (items < 0) group.Group.Error("approval-above-items", $"'approval-above-items' must not be negative, found {items}.");
        var rule = new BulkRule(items, Amounts(group.Group.OptionalMap("approval-above")));
        group.Group.Done();
        return (group.Name, rule);
    });

    public static ImmutableDictionary<BulkActionKind, BulkRule> ByKind(ImmutableDictionary<string, BulkRule> rules) =>
        rules.ToImmutableDictionary(rule => Kinds[rule.Key], rule => rule.Value);

    private static ImmutableDictionary<string, decimal> Amounts(YamlMap? map)
    {
        if (map is null) return ImmutableDictionary<string, decimal>.Empty;
        foreach (var unknown in map.Keys.Where(currency => !Currencies.IsKnown(currency)))
            map.Error(unknown, $"'{unknown}' is not an ISO 4217 currency code.");
        return map.Keys.ToImmutableDictionary(currency => currency, map.Number);
    }
}
