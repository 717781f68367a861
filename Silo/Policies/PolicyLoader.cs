using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Q2C.Policies;

namespace Q2C.Silo.Policies;

/// <summary>
/// Reads the documents of the firm: <c>legal-entities</c>, <c>project-templates</c>, and if they are there <c>limits</c>,
/// <c>exceptions</c>, <c>bulk-actions</c> and <c>alerts</c>. Anything missing, unknown or contradictory is an error with file,
/// line and column; all show at once.
/// </summary>
public static class PolicyLoader
{
    public const string Entities = "legal-entities";
    private const string Templates = "project-templates";
    private const string Limits = "limits";
    private const string Exceptions = "exceptions";
    private const string BulkActions = "bulk-actions";
    private const string Alerts = "alerts";

    /// <summary>Those that hold for the whole installation.</summary>
    public static ImmutableArray<string> Names { get; } = [Entities, Templates, Limits, Exceptions, BulkActions, Alerts];

    /// <summary>Of a policy folder. Throws <see cref="DocumentException"/>.</summary>
    public static PolicyDocuments Load(string folder, string region) => Read(PolicyFolder.Read(folder), region);

    /// <summary>Throws <see cref="DocumentException"/>.</summary>
    public static PolicyDocuments Read(ImmutableSortedDictionary<string, PolicyText> texts, string region)
    {
        var errors = new DocumentErrors();
        foreach (var (unknown, text) in texts.Where(text => !Names.Contains(text.Key) && PolicyNames.ConnectionOf(text.Key) is null))
            errors.Add(text.File, new(0, 1, 1), $"'{unknown}' is no policy document; known are {string.Join(", ", Names)} and maps/<connection>/<name>.");
        var entities = Read(Entities, required: true, LegalEntities);
        var templates = Read(Templates, required: true, ProjectTemplates);
        var limits = Read(Limits, required: false, ConnectionLimitsByName);
        var classes = Read(Exceptions, required: false, ExceptionClasses.Read);
        var alerts = Read(Alerts, required: false, AlertPolicies.Read);
        var bulk = Read(BulkActions, required: false, BulkRules.Read);
        errors.ThrowIfAny();
        var set = new PolicySet(VersionOf(texts), region, entities, templates)
        {
            BulkRules = BulkRules.ByKind(bulk), AlertRules = AlertPolicies.ByRule(alerts),
        };
        return new(set, limits) { ExceptionClasses = classes, Texts = texts };

        ImmutableDictionary<string, T> Read<T>(string name, bool required, Func<YamlMap, IEnumerable<(string, T)>> read)
        {
            if (!texts.TryGetValue(name, out var text))
            {
                if (required) errors.Add($"{name}.yaml", new(0, 1, 1), "There is no such document; it is needed.");
                return ImmutableDictionary<string, T>.Empty;
            }

            return YamlMap.Parse(text.File, new StringReader(text.Text), errors) is { } root
                ? read(root).ToImmutableDictionary(pair => pair.Item1, pair => pair.Item2)
                : ImmutableDictionary<string, T>.Empty;
        }
    }

    /// <summary>Of what is in the documents, whoever numbers them.</summary>
    private static string VersionOf(ImmutableSortedDictionary<string, PolicyText> texts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, text) in texts) hash.AppendData(Encoding.UTF8.GetBytes($"{name}\n{text.Text}\n"));
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }

    private static IEnumerable<(string, LegalEntity)> LegalEntities(YamlMap root) => root.Groups().Select(group =>
    {
        var entity = Entity(group.Name, group.Group);
        group.Group.Done();
        return (group.Name, entity);
    });

    private static LegalEntity Entity(string code, YamlMap map)
    {
        var currency = Checked(map, "currency", Currencies.IsKnown, "is not an ISO 4217 currency code");
        var zone = Checked(map, "time-zone", text => TimeZoneInfo.TryFindSystemTimeZoneById(text, out _), "is not an IANA time zone");
        return new(
            code, map.Text("name"), currency, zone, Address(map.Map("address")), map.Text("tax-number"),
            map.Choice("rounding", Rounding.HalfUp), map.Threshold("approval-threshold", currency), Days(map),
            map.Texts("tax-categories").ToImmutableDictionary(), Connections(map), Books(map.OptionalMap("books")),
            BillingPolicies.Read(map.OptionalMap("billing"), currency));
    }

    private static BooksPolicy? Books(YamlMap? map)
    {
        if (map is null) return null;
        var otherwise = BooksPolicy.Default;
        var books = new BooksPolicy(
            map.OptionalDay("closed-through"), map.Has("when-closed") ? map.Choice("when-closed", otherwise.WhenClosed) : otherwise.WhenClosed,
            map.Flag("recognise-monthly", otherwise.RecogniseMonthly), map.Flag("export-journals", otherwise.ExportJournals),
            [.. map.Maps("cost-rates").Select(CostRate)]);
        map.Done();
        return books;
    }

    private static CostRate CostRate(YamlMap map)
    {
        var rate = new CostRate(
            map.OptionalText("person"), map.OptionalText("role"), map.OptionalDay("from"), map.Number("hourly"),
            map.Has("overhead") ? map.Number("overhead") : 0);
        if (rate.Hourly < 0) map.Error("hourly", $"'hourly' must not be negative, found {rate.Hourly}.");
        if (rate.Overhead < 0) map.Error("overhead", $"'overhead' must not be negative, found {rate.Overhead}.");
        map.Done();
        return rate;
    }

    private static PostalAddress Address(YamlMap? map)
    {
        if (map is null) return new("", null, "", null, "", "");
        var address = new PostalAddress(
            map.Text("line1"), map.OptionalText("line2"), map.Text("city"), map.OptionalText("region"),
            map.Text("postal-code"), Checked(map, "country", Countries.IsKnown, "is not a two-letter country code such as DE"));
        map.Done();
        return address;
    }

    private static int Days(YamlMap map)
    {
        var days = map.WholeNumber("payment-days");
        if (days is < 0 or > 365) map.Error("payment-days", $"'payment-days' must be between 0 and 365, found {days}.");
        return days;
    }

    private static ImmutableDictionary<string, string> Connections(YamlMap map)
    {
        var known = Enum.GetNames<SystemKind>().Select(name => name.ToLowerInvariant()).ToHashSet();
        var connections = map.Texts("connections");
        foreach (var kind in connections.Keys.Where(kind => !known.Contains(kind)))
            map.OptionalMap("connections")!.Error(kind, $"'{kind}' is not a kind of system; known are {string.Join(", ", known)}.");
        return connections.ToImmutableDictionary();
    }

    private static IEnumerable<(string, ProjectTemplate)> ProjectTemplates(YamlMap root) => root.Groups().Select(group =>
    {
        var tasks = group.Group.Maps("tasks").Select(task =>
        {
            var read = new TemplateTask(task.Text("key"), task.Text("name"), task.Flag("billable", otherwise: true));
            task.Done();
            return (Task: read, Source: task);
        }).ToList();
        foreach (var repeated in tasks.GroupBy(task => task.Task.Key).SelectMany(same => same.Skip(1)))
            repeated.Source.Error("key", $"The task key '{repeated.Task.Key}' is there twice.");
        if (!group.Group.Has("tasks")) group.Group.Error("tasks", "'tasks' is missing.");
        group.Group.Done();
        return (group.Name, new ProjectTemplate(group.Name, [.. tasks.Select(task => task.Task)]));
    });

    private static IEnumerable<(string, ConnectionLimits)> ConnectionLimitsByName(YamlMap root) => root.Groups().Select(group =>
    {
        var map = group.Group;
        var otherwise = ConnectionLimits.Default;
        var limits = new ConnectionLimits(
            (int)AtLeast(map, "concurrency", otherwise.Concurrency, 1),
            AtLeast(map, "per-second", otherwise.PerSecond, 0.01m),
            (int)AtLeast(map, "burst", otherwise.Burst, 1),
            Seconds(map, "first-retry-seconds", otherwise.FirstRetry),
            Seconds(map, "longest-retry-seconds", otherwise.LongestRetry),
            (int)AtLeast(map, "break-after", otherwise.BreakAfter, 2),
            Seconds(map, "break-for-seconds", otherwise.BreakFor));
        if (limits.LongestRetry < limits.FirstRetry)
            map.Error("longest-retry-seconds", "'longest-retry-seconds' must not be shorter than 'first-retry-seconds'.");
        map.Done();
        return (group.Name, limits);
    });

    private static TimeSpan Seconds(YamlMap map, string key, TimeSpan otherwise) =>
        TimeSpan.FromSeconds((double)AtLeast(map, key, (decimal)otherwise.TotalSeconds, 0.01m));

    private static decimal AtLeast(YamlMap map, string key, decimal otherwise, decimal least)
    {
        if (!map.Has(key)) return otherwise;
        var value = map.Number(key);
        if (value is >= 0 && value >= least && value <= 1_000_000) return value;
        map.Error(key, $"'{key}' must be between {least} and 1000000, found {value}.");
        return otherwise;
    }

    private static string Checked(YamlMap map, string key, Func<string, bool> valid, string complaint)
    {
        var text = map.Text(key);
        if (text.Length > 0 && !valid(text)) map.Error(key, $"'{text}' {complaint}.");
        return text;
    }
}
