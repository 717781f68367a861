using System.Collections.Immutable;
using Q2C.Alerts;
using Q2C.Policies;

namespace Q2C.Silo.Policies;

/// <summary>Reads <c>alerts.yaml</c>: what is watched, from when on it is an alert, and who is told.</summary>
internal static class AlertPolicies
{
    private const int MaxMinutes = 366 * 24 * 60;

    private static readonly ImmutableDictionary<string, AlertRule> Rules =
        Enum.GetValues<AlertRule>().ToImmutableDictionary(rule => YamlMap.Kebab(rule.ToString()));

    private static readonly string[] Severities = ["low", "normal", "high", "critical"];

    public static IEnumerable<(string, AlertPolicy)> Read(YamlMap root) => root.Groups().Select(group =>
    {
        var map = group.Group;
        if (!Rules.ContainsKey(group.Name))
            root.Error(group.Name, $"'{group.Name}' is nothing that is watched; known are {string.Join(", ", Rules.Keys.Order(StringComparer.Ordinal))}.");
        var severity = map.OptionalText("severity") ?? "normal";
        if (!Severities.Contains(severity)) map.Error("severity", $"'severity' must be one of {string.Join(", ", Severities)}, found '{severity}'.");
        var policy = new AlertPolicy(
            After(map), map.Has("at-least") ? map.WholeNumber("at-least") : 1, severity,
            [.. (map.OptionalText("channels") ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)]);
        if (policy.AtLeast < 1) map.Error("at-least", $"'at-least' must be above 0, found {policy.AtLeast}.");
        map.Done();
        return (group.Name, policy);
    });

    public static ImmutableDictionary<AlertRule, AlertPolicy> ByRule(ImmutableDictionary<string, AlertPolicy> policies) =>
        policies.ToImmutableDictionary(policy => Rules[policy.Key], policy => policy.Value);

    private static TimeSpan After(YamlMap map)
    {
        if (map.Has("after-days") && map.Has("after-minutes")) map.Error("after-days", "Give 'after-days' or 'after-minutes', not both.");
        var (key, minutes) = map.Has("after-days") ? ("after-days", 24 * 60) : ("after-minutes", 1);
        if (!map.Has(key)) return TimeSpan.Zero;
        var after = map.Number(key) * minutes;
        if (after is >= 0 and <= MaxMinutes) return TimeSpan.FromMinutes((double)after);
        map.Error(key, $"'{key}' must be between 0 and {MaxMinutes / minutes}.");
        return TimeSpan.Zero;
    }
}
