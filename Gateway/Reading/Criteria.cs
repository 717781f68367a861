using System.Collections.Immutable;
using System.Text;

namespace Q2C.Gateway.Reading;

/// <summary>Days from one to another, both included; a side that is left out is open.</summary>
public sealed record DateRange(DateOnly? From, DateOnly? To);

/// <summary>From an instant up to, not including, another; a side that is left out is open.</summary>
public sealed record InstantRange(DateTimeOffset? From, DateTimeOffset? Until);

/// <summary>
/// Criteria on a list, with their parameters. Columns are ours; values are parameters. A value that is not given adds
/// no condition.
/// </summary>
internal sealed class Criteria
{
    private readonly StringBuilder _sql = new("true");

    public string Sql => _sql.ToString();

    /// <summary>Of the parameters <c>$1</c> and on.</summary>
    public ImmutableList<object> Values { get; private set; } = [];

    public Criteria Equal(string column, object? value)
    {
        if (value is not null) Add($"{column} = {Parameter(value)}");
        return this;
    }

    public Criteria Equal<T>(string column, T? value) where T : struct, Enum =>
        value is { } given ? Equal(column, Rows.Name(given)) : this;

    public Criteria OneOf<T>(string column, IReadOnlyCollection<T>? values) where T : struct, Enum =>
        OneOf(column, values?.Select(Rows.Name).ToArray());

    public Criteria OneOf(string column, IReadOnlyCollection<string>? values)
    {
        if (values is { Count: > 0 }) Add($"{column} = any({Parameter(values.ToArray())})");
        return this;
    }

    public Criteria Within(string column, DateRange? range)
    {
        if (range?.From is { } from) Add($"{column} >= {Parameter(from)}");
        if (range?.To is { } to) Add($"{column} <= {Parameter(to)}");
        return this;
    }

    public Criteria Within(string column, InstantRange? range)
    {
        if (range?.From is { } from) Add($"{column} >= {Parameter(from.ToUniversalTime())}");
        if (range?.Until is { } until) Add($"{column} < {Parameter(until.ToUniversalTime())}");
        return this;
    }

    /// <summary>One of the columns contains the text, whatever the case.</summary>
    public Criteria Search(string? text, params ReadOnlySpan<string> columns)
    {
        if (string.IsNullOrWhiteSpace(text)) return this;
        var pattern = Parameter($"%{Escape(text.Trim())}%");
        Add($"({string.Join(" or ", columns.ToArray().Select(column => $"{column} ilike {pattern}"))})");
        return this;
    }

    public Criteria Where(bool applies, string condition)
    {
        if (applies) Add(condition);
        return this;
    }

    public void Add(string condition) => _sql.Append(" and ").Append(condition);

    public string Parameter(object value)
    {
        Values = Values.Add(value);
        return $"${Values.Count}";
    }

    private static string Escape(string text) => text.Replace(@"\", @"\\").Replace("%", @"\%").Replace("_", @"\_");
}
