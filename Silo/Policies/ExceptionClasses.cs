using System.Collections.Immutable;
using Npgsql;
using NpgsqlTypes;

namespace Q2C.Silo.Policies;

/// <summary>What the policies say of exceptions with one code, or of one category.</summary>
/// <param name="Name">The code in upper case, or the category in lower case.</param>
/// <param name="OwnerRole">Null for the one that the exception comes with; so is <paramref name="Remedy"/>.</param>
/// <param name="RespondWithin">Null for no limit.</param>
public sealed record ExceptionClass(string Name, string Severity, string? OwnerRole, string? Remedy, TimeSpan? RespondWithin);

/// <summary>Reads <c>exceptions.yaml</c>, and makes it known to the lists.</summary>
public static class ExceptionClasses
{
    private const int MaxHours = 24 * 366;

    private static readonly string[] Severities = ["low", "normal", "high", "critical"];

    private static readonly string[] Categories = [.. Enum.GetNames<ExceptionCategory>().Select(name => name.ToLowerInvariant())];

    private static readonly string[] OwnerRoles =
        [Roles.Sales, Roles.Delivery, Roles.Finance, Roles.FinanceApprover, Roles.Operator, Roles.Administrator];

    internal static IEnumerable<(string, ExceptionClass)> Read(YamlMap root) => root.Groups().Select(group =>
    {
        var map = group.Group;
        if (!Categories.Contains(group.Name) && !group.Name.All(c => char.IsAsciiLetterUpper(c) || char.IsAsciiDigit(c) || c == '_'))
            root.Error(group.Name, $"'{group.Name}' is neither a code such as CREDENTIALS_REFUSED nor one of {string.Join(", ", Categories)}.");
        var read = new ExceptionClass(
            group.Name, OneOf(map, "severity", Severities) ?? "normal", OneOf(map, "owner-role", OwnerRoles), map.OptionalText("remedy"),
            Within(map));
        map.Done();
        return (group.Name, read);
    });

    /// <summary>The classes of the process that published last hold for everybody.</summary>
    public static async Task Publish(
        NpgsqlDataSource database, ImmutableDictionary<string, ExceptionClass> classes, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(
            """
            with given as (
                select * from unnest($1, $2, $3, $4, $5) as g(name, severity, owner_role, remedy, respond_within)
            ), gone as (
                delete from q2c.exception_class c where not exists (select from given g where g.name = c.name)
            )
            insert into q2c.exception_class (name, severity, owner_role, remedy, respond_within)
            select name, severity, owner_role, remedy, respond_within from given order by name
            on conflict (name) do update
            set severity = excluded.severity, owner_role = excluded.owner_role, remedy = excluded.remedy,
                respond_within = excluded.respond_within
            """);
        var all = classes.Values.ToList();
        Texts(each => each.Name);
        Texts(each => each.Severity);
        Texts(each => each.OwnerRole);
        Texts(each => each.Remedy);
        command.Parameters.Add(new NpgsqlParameter<TimeSpan?[]>
        {
            TypedValue = [.. all.Select(each => each.RespondWithin)], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Interval,
        });
        await command.ExecuteNonQueryAsync(cancel);

        void Texts(Func<ExceptionClass, string?> value) => command.Parameters.Add(new NpgsqlParameter<string?[]>
        {
            TypedValue = [.. all.Select(value)], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text,
        });
    }

    private static TimeSpan? Within(YamlMap map)
    {
        if (!map.Has("respond-within-hours")) return null;
        var hours = map.Number("respond-within-hours");
        if (hours is > 0 and <= MaxHours) return TimeSpan.FromHours((double)hours);
        map.Error("respond-within-hours", $"'respond-within-hours' must be above 0 and at most {MaxHours}, found {hours}.");
        return null;
    }

    private static string? OneOf(YamlMap map, string key, string[] known)
    {
        var text = map.OptionalText(key);
        if (text is not null && !known.Contains(text)) map.Error(key, $"'{key}' must be one of {string.Join(", ", known)}, found '{text}'.");
        return text;
    }
}
