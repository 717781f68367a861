using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Data.Common;
using System.Linq.Expressions;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Q2C.Gateway.Reading;

/// <summary>
/// Reads rows of a table of the read models into a record: each parameter of its constructor is the column of that name.
/// Texts, numbers and instants come as such, all else as JSON.
/// </summary>
internal static class RowReader<TRow>
{
    private static readonly ConstructorInfo Constructor = typeof(TRow).GetConstructors().Single();

    private static readonly ImmutableArray<string> Names =
        [.. Constructor.GetParameters().Select(parameter => $"\"{JsonNamingPolicy.SnakeCaseLower.ConvertName(parameter.Name!)}\"")];

    /// <summary>The row whose columns begin at the given one.</summary>
    public static Func<DbDataReader, int, TRow> Read { get; } = Compile();

    /// <summary>What a statement selects of the table, or part of the statement, that goes by the name.</summary>
    public static string Columns(string of) => string.Join(", ", Names.Select(name => $"{of}.{name}"));

    private static Func<DbDataReader, int, TRow> Compile()
    {
        var (reader, first) = (Expression.Parameter(typeof(DbDataReader)), Expression.Parameter(typeof(int)));
        var values = Constructor.GetParameters()
            .Select((parameter, i) => Value(parameter.ParameterType, reader, Expression.Add(first, Expression.Constant(i))));
        return Expression.Lambda<Func<DbDataReader, int, TRow>>(Expression.New(Constructor, values), reader, first).Compile();
    }

    private static ConditionalExpression Value(Type type, Expression reader, Expression column)
    {
        var known = Nullable.GetUnderlyingType(type) ?? type;
        return Expression.Condition(
            Expression.Call(reader, nameof(DbDataReader.IsDBNull), null, column), Expression.Default(type),
            Expression.Convert(Column.Call(known, reader, column), type));
    }
}

/// <summary>A JSON column of a row, read when somebody looks into it.</summary>
internal sealed class Json<T>(byte[] utf8)
{
    public T Value => Rows.Read<T>(utf8);
}

/// <summary>The value of a column, which is not null, as a member has it.</summary>
internal static class Column
{
    private static readonly FrozenSet<Type> Scalars =
        new[] { typeof(string), typeof(bool), typeof(int), typeof(long), typeof(decimal), typeof(DateOnly), typeof(DateTimeOffset) }.ToFrozenSet();

    /// <summary>The call for a member of a type.</summary>
    public static MethodCallExpression Call(Type type, Expression reader, Expression column)
    {
        var isLazy = type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Json<>);
        var method = isLazy ? nameof(Lazy) : Scalars.Contains(type) ? nameof(Scalar) : type.IsEnum ? nameof(Name) : nameof(Document);
        return Expression.Call(typeof(Column), method, [isLazy ? type.GenericTypeArguments[0] : type], reader, column);
    }

    public static Json<TValue> Lazy<TValue>(DbDataReader reader, int column) => new(reader.GetFieldValue<byte[]>(column));

    public static TValue Scalar<TValue>(DbDataReader reader, int column) => reader.GetFieldValue<TValue>(column);

    public static TEnum Name<TEnum>(DbDataReader reader, int column) where TEnum : struct, Enum =>
        Names<TEnum>.Values.TryGetValue(reader.GetString(column), out var value)
            ? value
            : throw new InvalidDataException($"'{reader.GetString(column)}' is no {typeof(TEnum).Name}.");

    /// <summary>JSON, or a list of texts.</summary>
    public static TValue Document<TValue>(DbDataReader reader, int column) => reader.GetDataTypeName(column) == "text[]"
        ? List<TValue>(reader.GetFieldValue<string[]>(column))
        : Rows.Read<TValue>(reader.GetFieldValue<byte[]>(column));

    private static TValue List<TValue>(string[] texts) => typeof(TValue) == typeof(ImmutableArray<string>)
        ? (TValue)(object)ImmutableCollectionsMarshal.AsImmutableArray(texts)
        : (TValue)(object)texts;

    private static class Names<TEnum> where TEnum : struct, Enum
    {
        public static FrozenDictionary<string, TEnum> Values { get; } = Enum.GetValues<TEnum>().ToFrozenDictionary(Rows.Name);
    }
}
