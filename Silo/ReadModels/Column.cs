using System.Collections.Immutable;
using System.Reflection;
using Npgsql;
using NpgsqlTypes;
using Q2C.Grains.Journal;

namespace Q2C.Silo.ReadModels;

/// <summary>A column of a read model and how rows hand over its values: as one array of its type.</summary>
internal abstract class Column<TRow>(string name, string expression)
{
    private static readonly Dictionary<Type, NpgsqlDbType> Plain = new()
    {
        [typeof(bool)] = NpgsqlDbType.Boolean,
        [typeof(int)] = NpgsqlDbType.Integer,
        [typeof(long)] = NpgsqlDbType.Bigint,
        [typeof(decimal)] = NpgsqlDbType.Numeric,
        [typeof(DateOnly)] = NpgsqlDbType.Date,
        [typeof(DateTimeOffset)] = NpgsqlDbType.TimestampTz,
    };

    public string Name => name;

    /// <summary>The value in SQL, of what the array of this name brought.</summary>
    public string Expression => expression;

    /// <summary>All of the row's members, in their order.</summary>
    public static ImmutableArray<Column<TRow>> All { get; } = [.. typeof(TRow).GetProperties().Select(Of)];

    public abstract NpgsqlParameter Values(IReadOnlyList<TRow> rows);

    private static Column<TRow> Of(PropertyInfo property)
    {
        var name = $"\"{ReadModelJson.ColumnName(property.Name)}\"";
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        if (type == typeof(string)) return new WordColumn<TRow>(name, property);
        if (Plain.TryGetValue(type, out var plain))
            return (Column<TRow>)Activator.CreateInstance(
                typeof(PlainColumn<,>).MakeGenericType(typeof(TRow), property.PropertyType), name, property, plain)!;
        if (type.IsEnum) return new TextColumn<TRow>(name, name, value => ReadModelJson.Name((Enum)value), property);
        return type == typeof(ImmutableArray<string>)
            ? new TextColumn<TRow>(name, $"array(select jsonb_array_elements_text({name}::jsonb))", ReadModelJson.Write, property)
            : new TextColumn<TRow>(name, $"{name}::jsonb", ReadModelJson.Write, property);
    }
}

internal sealed class PlainColumn<TRow, TValue>(string name, PropertyInfo property, NpgsqlDbType type) : Column<TRow>(name, name)
{
    private readonly Func<TRow, TValue> _get = property.GetMethod!.CreateDelegate<Func<TRow, TValue>>();

    public override NpgsqlParameter Values(IReadOnlyList<TRow> rows) => new NpgsqlParameter<TValue[]>
    {
        TypedValue = [.. rows.Select(_get)], NpgsqlDbType = NpgsqlDbType.Array | type,
    };
}

/// <summary>What people and vendors wrote, and ids.</summary>
internal sealed class WordColumn<TRow>(string name, PropertyInfo property) : Column<TRow>(name, name)
{
    private readonly Func<TRow, string?> _get = property.GetMethod!.CreateDelegate<Func<TRow, string?>>();

    public override NpgsqlParameter Values(IReadOnlyList<TRow> rows) => new NpgsqlParameter<string?[]>
    {
        TypedValue = [.. rows.Select(row => _get(row) is { } text ? StorableText.Of(text) : null)],
        NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text,
    };
}

/// <summary>Travels as text: names of enums, and JSON.</summary>
internal sealed class TextColumn<TRow>(string name, string expression, Func<object, string> write, PropertyInfo property)
    : Column<TRow>(name, expression)
{
    public override NpgsqlParameter Values(IReadOnlyList<TRow> rows) => new NpgsqlParameter<string?[]>
    {
        TypedValue = [.. rows.Select(row => property.GetValue(row) is { } value ? write(value) : null)],
        NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text,
    };
}
