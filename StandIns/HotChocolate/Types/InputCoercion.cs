using HotChocolate.Language;

namespace HotChocolate.Types;

/// <summary>An input value that is not of its type; the path leads from the argument or variable to the value.</summary>
internal sealed class InputCoercionException(string message, Path path, string code = ErrorCodes.Execution.InvalidType)
    : Exception(message)
{
    public Path Path { get; } = path;
    public string Code { get; } = code;
}

/// <summary>Coerced variable values by name; a variable that was not given and has no default is absent.</summary>
internal sealed class VariableValues(IReadOnlyDictionary<string, object?> values)
{
    public static VariableValues Empty { get; } = new(new Dictionary<string, object?>());

    public IReadOnlyDictionary<string, object?> All { get; } = values;

    public bool TryGet(string name, out object? value) => All.TryGetValue(name, out value);

    public bool IsTrue(string name) => All.TryGetValue(name, out var value) && value is true;
}

/// <summary>Turns literals into runtime values: CLR enum values, bound input objects, lists of objects, scalars.</summary>
internal static class InputCoercion
{
    public static object? CoerceConstant(ValueNode literal, GraphType type) =>
        Coerce(literal, type, VariableValues.Empty, false, Path.Root);

    public static object? CoerceVariable(ValueNode value, GraphType type, Path path) =>
        Coerce(value, type, VariableValues.Empty, true, path);

    public static object? CoerceLiteral(ValueNode literal, GraphType type, VariableValues variables, Path path) =>
        Coerce(literal, type, variables, false, path);

    private static object? Coerce(
        ValueNode literal, GraphType type, VariableValues variables, bool fromVariable, Path path)
    {
        if (literal is VariableNode variable)
        {
            variables.TryGet(variable.Name.Value, out var value);
            return value is null && type is NonNullType ? throw NullFor(type, path) : value;
        }

        if (type is NonNullType nonNull)
        {
            return literal is NullValueNode
                ? throw NullFor(type, path)
                : Coerce(literal, nonNull.OfType, variables, fromVariable, path);
        }

        return (literal, type) switch
        {
            (NullValueNode, _) => null,
            (ListValueNode list, ListType t) =>
                Items(list, t.OfType, variables, fromVariable, path),
            (_, ListType t) => new List<object?> { Coerce(literal, t.OfType, variables, fromVariable, path) },
            (ObjectValueNode fields, InputObjectType t) => Fields(fields, t, variables, fromVariable, path),
            (_, LeafType leaf) when leaf.TryParse(Resolve(literal, variables), fromVariable, out var value) => value,
            _ => throw new InputCoercionException(
                $"The value `{literal}` is not compatible with the type `{type}`.", path),
        };
    }

    private static List<object?> Items(
        ListValueNode list, GraphType itemType, VariableValues variables, bool fromVariable, Path path)
    {
        var items = new List<object?>(list.Values.Count);
        for (var i = 0; i < list.Values.Count; i++)
        {
            items.Add(Coerce(list.Values[i], itemType, variables, fromVariable, path.Append(i)));
        }

        return items;
    }

    private static object Fields(
        ObjectValueNode literal, InputObjectType type, VariableValues variables, bool fromVariable, Path path)
    {
        foreach (var field in literal.Fields)
        {
            if (!type.Fields.ContainsKey(field.Name.Value))
            {
                throw new InputCoercionException(
                    $"The field `{field.Name.Value}` does not exist on the input object type `{type.Name}`.", path);
            }
        }

        var values = new Dictionary<string, object?>(type.Fields.Count, StringComparer.Ordinal);
        foreach (var field in type.Fields.Values)
        {
            var given = literal.Field(field.Name);
            if (given is not null && !(given is VariableNode v && !variables.TryGet(v.Name.Value, out _)))
            {
                values[field.Name] = Coerce(given, field.Type, variables, fromVariable, path.Append(field.Name));
            }
            else if (field.DefaultValue is not null)
            {
                values[field.Name] = field.CoercedDefault();
            }
            else if (field.Type is NonNullType)
            {
                throw new InputCoercionException(
                    $"The required input field `{field.Name}` of `{type.Name}` is missing.",
                    path.Append(field.Name), ErrorCodes.Execution.NonNullViolation);
            }
        }

        if (type.IsOneOf)
        {
            CheckOneOf(type, values, path);
        }

        return type.Factory?.Create(values) ?? values;
    }

    private static void CheckOneOf(InputObjectType type, Dictionary<string, object?> values, Path path)
    {
        if (values.Count != 1)
        {
            throw new InputCoercionException(
                $"Exactly one field of the OneOf Input Object `{type.Name}` must be set.", path,
                values.Count == 0 ? ErrorCodes.Execution.OneOfNoFieldSet : ErrorCodes.Execution.OneOfMoreThanOneFieldSet);
        }

        if (values.Values.First() is null)
        {
            throw new InputCoercionException(
                $"`null` was set to the field `{values.Keys.First()}` of the OneOf Input Object `{type.Name}`.", path,
                ErrorCodes.Execution.OneOfFieldIsNull);
        }
    }

    /// <summary>Scalars that take any value (JSON, Any) may hold variables inside.</summary>
    private static ValueNode Resolve(ValueNode literal, VariableValues variables) => literal switch
    {
        ListValueNode list => new ListValueNode(list.Location, [.. list.Values.Select(v => Resolve(v, variables))]),
        ObjectValueNode o => new ObjectValueNode(o.Location, [.. o.Fields.Select(f =>
            new ObjectFieldNode(f.Location, f.Name, Resolve(f.Value, variables)))]),
        VariableNode v => variables.TryGet(v.Name.Value, out var value)
            ? ValueNodes.FromObject(value)
            : NullValueNode.Instance,
        _ => literal,
    };

    private static InputCoercionException NullFor(GraphType type, Path path) =>
        new($"The type `{type}` does not accept null.", path, ErrorCodes.Execution.NonNullViolation);
}
