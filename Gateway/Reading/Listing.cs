using System.Text;
using Npgsql;

namespace Q2C.Gateway.Reading;

/// <summary>A sorted table or view of the read models.</summary>
/// <param name="Sort">The column that the list is sorted by; the id breaks ties.</param>
/// <param name="SortType">Its SQL type.</param>
/// <param name="IdType">The SQL type of the id.</param>
internal sealed record Listing(string Table, string Sort, string SortType, bool Descending, string Id = "id", string IdType = "text");

/// <summary>Conditions on a list, with their parameters. Columns are ours; values are parameters.</summary>
internal sealed class Conditions
{
    private readonly StringBuilder _sql = new("true");
    private readonly List<object> _values = [];

    public string Sql => _sql.ToString();

    public Conditions Equal(string column, object? value)
    {
        if (value is not null) Add($"{column} = {Parameter(value)}");
        return this;
    }

    public Conditions OneOf<T>(string column, IReadOnlyCollection<T>? values) where T : struct, Enum
    {
        if (values is { Count: > 0 }) Add($"{column} = any({Parameter(values.Select(Rows.Name).ToArray())})");
        return this;
    }

    public void Add(string condition) => _sql.Append(" and ").Append(condition);

    public string Parameter(object value)
    {
        _values.Add(value);
        return $"${_values.Count}";
    }

    public void Bind(NpgsqlCommand command)
    {
        foreach (var value in _values) command.Parameters.Add(new() { Value = value });
    }
}
