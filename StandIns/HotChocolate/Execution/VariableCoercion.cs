using HotChocolate.Language;
using HotChocolate.Types;

namespace HotChocolate.Execution;

/// <summary>Checks and converts the variables of a request against an operation's declarations.</summary>
internal static class VariableCoercion
{
    public static VariableValues Coerce(
        PreparedOperation operation, IReadOnlyDictionary<string, object?>? given, List<IError> errors)
    {
        if (operation.Node.Variables.Count == 0)
        {
            return VariableValues.Empty;
        }

        var values = new Dictionary<string, object?>(operation.Node.Variables.Count, StringComparer.Ordinal);
        foreach (var definition in operation.Node.Variables)
        {
            try
            {
                Coerce(operation.Schema, definition, given, values);
            }
            catch (InputCoercionException e)
            {
                errors.Add(Invalid(definition, e));
            }
        }

        return new VariableValues(values);
    }

    private static void Coerce(
        Schema schema,
        VariableDefinitionNode definition,
        IReadOnlyDictionary<string, object?>? given,
        Dictionary<string, object?> values)
    {
        var name = definition.Variable.Name.Value;
        var type = schema.FindType(definition.Type)!;
        if (given is not null && given.TryGetValue(name, out var value))
        {
            values[name] = InputCoercion.CoerceVariable(ValueNodes.FromObject(value), type, Path.Root);
        }
        else if (definition.DefaultValue is not null)
        {
            values[name] = InputCoercion.CoerceConstant(definition.DefaultValue, type);
        }
        else if (type is NonNullType)
        {
            throw new InputCoercionException(
                $"Variable `{name}` is required.", Path.Root, ErrorCodes.Execution.NonNullViolation);
        }
    }

    private static IError Invalid(VariableDefinitionNode definition, InputCoercionException e)
    {
        var error = new Error(e.Message, Locations: [definition.Location]).WithCode(e.Code)
            .SetExtension("variable", definition.Variable.Name.Value);
        return e.Path.IsRoot ? error : error.SetExtension("path", e.Path.ToList());
    }
}
