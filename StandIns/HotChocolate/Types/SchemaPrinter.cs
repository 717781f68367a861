using System.Text;
using HotChocolate.Authorization;
using HotChocolate.Language;
using HotChocolate.Types;

namespace HotChocolate;

/// <summary>Prints a schema in the order in which it was written, with descriptions and directives.</summary>
internal static class SchemaPrinter
{
    public static string Print(Schema schema)
    {
        var output = new StringBuilder();
        PrintSchemaDefinition(output, schema);
        foreach (var type in schema.Types.Values.Where(IsPrinted))
        {
            PrintType(output, type);
        }

        foreach (var directive in schema.DirectiveDefinitions.Values.Where(d =>
            SpecifiedDirectives.CostNames.Contains(d.Name)
                ? Introspection.Uses(schema, d.Name)
                : !SpecifiedDirectives.Names.Contains(d.Name) && !AuthorizeDirective.Internal.Contains(d.Name)))
        {
            PrintDirective(output, directive);
        }

        return output.ToString().TrimEnd('\n') + "\n";
    }

    private static bool IsPrinted(NamedType type) =>
        !type.Name.StartsWith("__", StringComparison.Ordinal) && !Scalars.Specified.Contains(type.Name);

    private static void PrintSchemaDefinition(StringBuilder output, Schema schema)
    {
        SyntaxPrinter.PrintDescription(output, schema.Description, "");
        output.Append("schema").Append(Directives(schema.Directives)).Append(" {\n");
        foreach (var (name, type) in new[]
        {
            ("query", schema.QueryType), ("mutation", schema.MutationType), ("subscription", schema.SubscriptionType),
        })
        {
            output.Append(type is null ? "" : $"  {name}: {type.Name}\n");
        }

        output.Append("}\n\n");
    }

    private static void PrintType(StringBuilder output, NamedType type)
    {
        SyntaxPrinter.PrintDescription(output, type is ScalarLeaf && type.Description is null ? null : type.Description, "");
        switch (type)
        {
            case ScalarLeaf:
                output.Append($"scalar {type.Name}{Directives(type.Directives)}\n\n");
                break;
            case ComplexType complex:
                output.Append(type is ObjectType ? "type " : "interface ").Append(type.Name)
                    .Append(complex.Interfaces.Count == 0
                        ? ""
                        : " implements " + string.Join(" & ", complex.Interfaces.Select(i => i.Name)))
                    .Append(Directives(type.Directives)).Append(" {\n");
                foreach (var field in complex.Fields.Values)
                {
                    PrintField(output, field);
                }

                output.Append("}\n\n");
                break;
            case UnionType union:
                output.Append($"union {type.Name}{Directives(type.Directives)} = ")
                    .Append(string.Join(" | ", union.Members.Select(m => m.Name))).Append("\n\n");
                break;
            case EnumType @enum:
                output.Append($"enum {type.Name}{Directives(type.Directives)} {{\n");
                foreach (var value in @enum.Values.Values)
                {
                    SyntaxPrinter.PrintDescription(output, value.Description, "  ");
                    output.Append($"  {value.Name}{Directives(value.Directives)}\n");
                }

                output.Append("}\n\n");
                break;
            case InputObjectType input:
                output.Append($"input {type.Name}{Directives(type.Directives)} {{\n");
                foreach (var field in input.Fields.Values)
                {
                    SyntaxPrinter.PrintDescription(output, field.Description, "  ");
                    output.Append("  ").Append(InputValue(field)).Append('\n');
                }

                output.Append("}\n\n");
                break;
        }
    }

    private static void PrintField(StringBuilder output, FieldDefinition field)
    {
        SyntaxPrinter.PrintDescription(output, field.Description, "  ");
        output.Append("  ").Append(field.Name);
        PrintArguments(output, field.Arguments.Values, "  ");
        output.Append($": {field.Type}{Directives(field.Directives)}\n");
    }

    private static void PrintArguments(StringBuilder output, IList<InputField> arguments, string indent)
    {
        if (arguments.Count == 0)
        {
            return;
        }

        if (arguments.All(a => a.Description is null))
        {
            output.Append('(').AppendJoin(", ", arguments.Select(InputValue)).Append(')');
            return;
        }

        output.Append("(\n");
        foreach (var argument in arguments)
        {
            SyntaxPrinter.PrintDescription(output, argument.Description, indent + "  ");
            output.Append(indent).Append("  ").Append(InputValue(argument)).Append('\n');
        }

        output.Append(indent).Append(')');
    }

    private static string InputValue(InputField field) =>
        $"{field.Name}: {field.Type}{(field.DefaultValue is null ? "" : " = " + field.DefaultValue)}{Directives(field.Directives)}";

    private static string Directives(IReadOnlyList<DirectiveNode> directives) =>
        string.Concat(directives.Where(d => !AuthorizeDirective.Internal.Contains(d.Name.Value))
            .Select(d => " " + SyntaxPrinter.Print(d)));

    private static void PrintDirective(StringBuilder output, DirectiveDefinition directive)
    {
        SyntaxPrinter.PrintDescription(output, directive.Description, "");
        output.Append("directive @").Append(directive.Name);
        PrintArguments(output, directive.Arguments.Values, "");
        output.Append(directive.IsRepeatable ? " repeatable" : "")
            .Append(" on ").AppendJoin(" | ", directive.Locations).Append("\n\n");
    }
}
