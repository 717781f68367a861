using HotChocolate.Language;

namespace HotChocolate.Types;

/// <summary>The type system rules that a well-formed document can still break.</summary>
internal static class SchemaValidator
{
    public static IEnumerable<string> Validate(Schema schema) =>
        schema.Types.Values.SelectMany(Check)
            .Concat(schema.Types.Values.SelectMany(t => Applied(schema, t)))
            .Concat(schema.DirectiveDefinitions.Values.SelectMany(d => Inputs($"@{d.Name}", d.Arguments.Values)));

    private static IEnumerable<string> Check(NamedType type) => type switch
    {
        ComplexType complex => Complex(complex),
        UnionType { Members.Count: 0 } => [$"The union `{type.Name}` has no members."],
        EnumType { Values.Count: 0 } => [$"The enum `{type.Name}` has no values."],
        InputObjectType input => Input(input),
        _ => [],
    };

    private static IEnumerable<string> Complex(ComplexType type)
    {
        if (type.Fields.Count == 0)
        {
            yield return $"The type `{type.Name}` has no fields.";
        }

        foreach (var field in type.Fields.Values)
        {
            var coordinate = $"{type.Name}.{field.Name}";
            if (!field.Type.IsOutput)
            {
                yield return $"The field `{coordinate}` must be of an output type, but is `{field.Type}`.";
            }

            foreach (var problem in Inputs(coordinate, field.Arguments.Values))
            {
                yield return problem;
            }
        }

        foreach (var problem in type.Interfaces.SelectMany(i => Implements(type, i)))
        {
            yield return problem;
        }
    }

    private static IEnumerable<string> Implements(ComplexType type, InterfaceType contract)
    {
        foreach (var missing in contract.Interfaces.Where(i => !type.Interfaces.Contains(i)))
        {
            yield return $"`{type.Name}` must implement `{missing.Name}` because `{contract.Name}` does.";
        }

        foreach (var expected in contract.Fields.Values)
        {
            if (!type.Fields.TryGetValue(expected.Name, out var field))
            {
                yield return $"`{type.Name}` lacks the field `{expected.Name}` of `{contract.Name}`.";
                continue;
            }

            if (!Schema.IsSubType(field.Type, expected.Type))
            {
                yield return $"`{type.Name}.{field.Name}` is `{field.Type}`, but `{contract.Name}` says `{expected.Type}`.";
            }

            foreach (var argument in expected.Arguments.Values)
            {
                if (!field.Arguments.TryGetValue(argument.Name, out var own)
                    || own.Type.ToString() != argument.Type.ToString())
                {
                    yield return $"`{type.Name}.{field.Name}` must take `{argument.Name}: {argument.Type}` as `{contract.Name}` says.";
                }
            }

            foreach (var added in field.Arguments.Values.Where(a => a.IsRequired && !expected.Arguments.ContainsKey(a.Name)))
            {
                yield return $"`{type.Name}.{field.Name}` requires `{added.Name}`, which `{contract.Name}` does not know.";
            }
        }
    }

    private static IEnumerable<string> Input(InputObjectType type)
    {
        if (type.Fields.Count == 0)
        {
            yield return $"The input object `{type.Name}` has no fields.";
        }

        foreach (var problem in Inputs(type.Name, type.Fields.Values))
        {
            yield return problem;
        }

        foreach (var field in type.Fields.Values)
        {
            if (type.IsOneOf && (field.Type is NonNullType || field.DefaultValue is not null))
            {
                yield return $"`{type.Name}.{field.Name}` of a OneOf input object must be nullable and without default.";
            }

            if (RequiresItself(type, field, []))
            {
                yield return $"`{type.Name}.{field.Name}` requires itself.";
            }
        }
    }

    private static bool RequiresItself(InputObjectType type, InputField field, HashSet<InputObjectType> seen) =>
        field.Type is NonNullType { OfType: InputObjectType next }
        && (next == type || (seen.Add(next) && next.Fields.Values.Any(f => RequiresItself(type, f, seen))));

    private static IEnumerable<string> Inputs(string owner, IEnumerable<InputField> inputs)
    {
        foreach (var input in inputs)
        {
            if (!input.Type.IsInput)
            {
                yield return $"`{owner}({input.Name}:)` must be of an input type, but is `{input.Type}`.";
            }
            else if (input.DefaultValue is not null && DefaultProblem(input) is { } problem)
            {
                yield return $"The default of `{owner}({input.Name}:)` is wrong: {problem}";
            }

            if (input.IsRequired && input.DeprecationReason is not null)
            {
                yield return $"`{owner}({input.Name}:)` is required and so cannot be deprecated.";
            }
        }
    }

    private static string? DefaultProblem(InputField input)
    {
        try
        {
            InputCoercion.CoerceConstant(input.DefaultValue!, input.Type);
            return null;
        }
        catch (InputCoercionException e)
        {
            return e.Message;
        }
    }

    private static IEnumerable<string> Applied(Schema schema, NamedType type) => type switch
    {
        ScalarLeaf => Known(schema, type.Directives, "SCALAR", type.Name),
        ComplexType complex => Known(
                schema, type.Directives, type is ObjectType ? "OBJECT" : "INTERFACE", type.Name)
            .Concat(complex.Fields.Values.SelectMany(f =>
                Known(schema, f.Directives, "FIELD_DEFINITION", $"{type.Name}.{f.Name}")
                    .Concat(f.Arguments.Values.SelectMany(a =>
                        Known(schema, a.Directives, "ARGUMENT_DEFINITION", $"{type.Name}.{f.Name}({a.Name}:)"))))),
        UnionType => Known(schema, type.Directives, "UNION", type.Name),
        EnumType e => Known(schema, type.Directives, "ENUM", type.Name).Concat(e.Values.Values.SelectMany(v =>
            Known(schema, v.Directives, "ENUM_VALUE", $"{type.Name}.{v.Name}"))),
        InputObjectType i => Known(schema, type.Directives, "INPUT_OBJECT", type.Name).Concat(i.Fields.Values.SelectMany(f =>
            Known(schema, f.Directives, "INPUT_FIELD_DEFINITION", $"{type.Name}.{f.Name}"))),
        _ => [],
    };

    private static IEnumerable<string> Known(
        Schema schema, IReadOnlyList<DirectiveNode> directives, string location, string owner)
    {
        foreach (var directive in directives)
        {
            if (!schema.DirectiveDefinitions.TryGetValue(directive.Name.Value, out var definition))
            {
                yield return $"`{owner}` uses the unknown directive `@{directive.Name.Value}`. {directive.Location}";
            }
            else if (!definition.Locations.Contains(location))
            {
                yield return $"`@{directive.Name.Value}` cannot be used on {location} `{owner}`. {directive.Location}";
            }
        }
    }
}
