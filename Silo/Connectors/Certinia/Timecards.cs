using System.Globalization;

namespace Q2C.Silo.Connectors.Certinia;

/// <summary>The billable part of a person's week on a project, as the mapping document reads it.</summary>
/// <param name="Project">Ours; null for a project that is not.</param>
/// <param name="Approved">Of the header, as <paramref name="InFinancials"/>.</param>
/// <param name="Start">The first day of the week, whichever day of the week that is.</param>
internal sealed record SplitWeek(
    string Id, string? Project, bool Approved, bool InFinancials, string Person, string? Role, string? Task, bool Billable, DateOnly Start,
    decimal? Monday, decimal? Tuesday, decimal? Wednesday, decimal? Thursday, decimal? Friday, decimal? Saturday, decimal? Sunday,
    string? MondayNote, string? TuesdayNote, string? WednesdayNote, string? ThursdayNote, string? FridayNote, string? SaturdayNote,
    string? SundayNote, string? Note, DateTimeOffset HeaderChangedAt, DateTimeOffset ChangedAt)
{
    private const int DaysOfWeek = 7;

    /// <summary>Approved is not yet final: Certinia takes a timecard into its financials in a second step.</summary>
    public bool IsFinal => Approved && InFinancials;

    /// <summary>Both levels change by themselves.</summary>
    public long Version => (HeaderChangedAt > ChangedAt ? HeaderChangedAt : ChangedAt).ToUnixTimeMilliseconds();

    public IEnumerable<(DateOnly Day, decimal Hours, string? Note)> Days() =>
        Enumerable.Range(0, DaysOfWeek).Select(i => Start.AddDays(i)).Select(day => day.DayOfWeek switch
        {
            DayOfWeek.Monday => (day, Monday ?? 0, MondayNote),
            DayOfWeek.Tuesday => (day, Tuesday ?? 0, TuesdayNote),
            DayOfWeek.Wednesday => (day, Wednesday ?? 0, WednesdayNote),
            DayOfWeek.Thursday => (day, Thursday ?? 0, ThursdayNote),
            DayOfWeek.Friday => (day, Friday ?? 0, FridayNote),
            DayOfWeek.Saturday => (day, Saturday ?? 0, SaturdayNote),
            _ => (day, Sunday ?? 0, SundayNote),
        });
}

internal sealed record Spent(
    string Id, string? Project, bool Approved, bool InFinancials, string Person, string Category, bool Billable, DateOnly Date, Money Cost,
    string? Note, DateTimeOffset ChangedAt)
{
    public long Version => ChangedAt.ToUnixTimeMilliseconds();
}

/// <param name="Key">Our project's id, a dot, and the id of the milestone in the contract.</param>
internal sealed record Reached(string Id, string? Project, string? Key, bool Approved, DateOnly? Date, DateTimeOffset ChangedAt)
{
    public long Version => ChangedAt.ToUnixTimeMilliseconds();
}

/// <summary>How records are named as sources of work: <c>{connection}:{object}/{id}</c>, a split's days one by one.</summary>
internal static class Sources
{
    private const string Day = "yyyy-MM-dd";

    public static string Of(string connection, string type, string id) => $"{connection}:{type}/{id}";

    public static string Of(string connection, string type, string id, DateOnly day) =>
        $"{Of(connection, type, id)}/{day.ToString(Day, CultureInfo.InvariantCulture)}";

    /// <summary>Null for a source of another connection.</summary>
    public static (string Type, string Id)? RecordOf(string connection, string source) =>
        source.StartsWith($"{connection}:", StringComparison.Ordinal) && source[(connection.Length + 1)..].Split('/') is [var type, var id, ..]
            ? (type, id)
            : null;

    public static DateOnly? DayOf(string source) =>
        DateOnly.TryParseExact(source[(source.LastIndexOf('/') + 1)..], Day, CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day : null;
}
