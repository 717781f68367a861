using System.Reflection;
using System.Text.RegularExpressions;

namespace Q2C.Grains.Tests.Guards;

/// <summary>Every code that can be met is explained in <c>docs/errors.md</c>, and nothing else is.</summary>
public sealed partial class ErrorCodeTests
{
    // Of vendors, only compared with; and names that are no error codes.
    private static readonly string[] NotOurs = ["INSUFFICIENT_PERMISSION", "ENTITY_IS_DELETED", "PROCESSING_HALTED", "GAP_DELETE", "GAP_OVERFLOW", "LIMIT_EXCEEDED"];

    // Of the environment.
    private static readonly string[] Variables = ["Q2C_", "OTEL_", "PG"];

    private static readonly string[] Product = ["Grains.Abstractions", "Grains", "Silo", "Gateway", "StandIns/HotChocolate/Errors"];

    [Fact]
    public void Every_constant_of_a_problems_class_is_explained() => Assert.Empty(
        from type in new[] { typeof(Event).Assembly, typeof(Decision).Assembly }.SelectMany(assembly => assembly.GetTypes())
        where type.Name.EndsWith("Problems", StringComparison.Ordinal) || type == typeof(ProblemCodes)
        from code in type.GetFields(BindingFlags.Public | BindingFlags.Static).Where(field => field.IsLiteral)
        where !Explained().Contains((string)code.GetRawConstantValue()!)
        select $"{type.Name}.{code.Name}");

    [Fact]
    public void What_is_explained_is_what_the_code_can_give()
    {
        var given = Product.SelectMany(folder => SourceTree.Files(folder, ".cs"))
            .SelectMany(file => Literals().Matches(SourceTree.Read(file)))
            .Select(literal => literal.Groups["fixed"] is { Success: true } text ? text.Value : $"{literal.Groups["prefix"].Value}<>")
            .Where(code => !Variables.Any(prefix => code.StartsWith(prefix, StringComparison.Ordinal))).Except(NotOurs);

        Assert.Equal(given.Distinct().Order(StringComparer.Ordinal), Explained().Select(WithoutHint).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_code_is_explained_once() =>
        Assert.Equal(Explained().Count, Rows().Count());

    [Fact]
    public void Every_row_says_where_what_and_what_to_do() =>
        Assert.DoesNotContain(Rows(), row => row.Cells.Length != 4 || row.Cells.Any(string.IsNullOrWhiteSpace));

    private static HashSet<string> Explained() => [.. Rows().Select(row => row.Code)];

    private static IEnumerable<(string Code, string[] Cells)> Rows() => SourceTree.Read("docs/errors.md").Split('\n')
        .Where(line => line.StartsWith("| `", StringComparison.Ordinal))
        .Select(line => (line.Split('`')[1], line.Trim('|').Split('|')));

    private static string WithoutHint(string code) => Hint().Replace(code, "<>");

    [GeneratedRegex(@"<\w+>")]
    private static partial Regex Hint();

    [GeneratedRegex("""(?<!\$)"(?<fixed>[A-Z]+(?:_[A-Z0-9]+)+|[A-Z]{9,}|HC\d{4})"|\$"(?<prefix>[A-Z]+_)\{""")]
    private static partial Regex Literals();
}
