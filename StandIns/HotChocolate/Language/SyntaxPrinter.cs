using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace HotChocolate.Language;

/// <summary>Writes values and strings the way the specification's examples do.</summary>
internal static class SyntaxPrinter
{
    public static string Print(ValueNode value) => value switch
    {
        VariableNode v => "$" + v.Name.Value,
        IntValueNode v => v.Value,
        FloatValueNode v => v.Value,
        StringValueNode v => Quote(v.Value),
        BooleanValueNode v => v.Value ? "true" : "false",
        EnumValueNode v => v.Value,
        ListValueNode v => $"[{string.Join(", ", v.Values.Select(Print))}]",
        ObjectValueNode { Fields.Count: 0 } => "{}",
        ObjectValueNode v => $"{{ {string.Join(", ", v.Fields.Select(f => $"{f.Name.Value}: {Print(f.Value)}"))} }}",
        _ => "null",
    };

    public static string Print(DirectiveNode directive) => directive.Arguments.Count == 0
        ? "@" + directive.Name.Value
        : $"@{directive.Name.Value}({string.Join(", ", directive.Arguments.Select(a => $"{a.Name.Value}: {Print(a.Value)}"))})";

    public static string Quote(string text) =>
        $"\"{JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"";

    /// <summary>A description as a block string with every line at <paramref name="indent"/>.</summary>
    public static void PrintDescription(StringBuilder output, string? description, string indent)
    {
        if (description is null)
        {
            return;
        }

        output.Append(indent).Append("\"\"\"\n");
        foreach (var line in description.Replace("\"\"\"", "\\\"\"\"").Split('\n'))
        {
            output.Append(line.Length == 0 ? "" : indent).Append(line).Append('\n');
        }

        output.Append(indent).Append("\"\"\"\n");
    }
}
