using System.Text.RegularExpressions;

namespace Q2C.Gateway.Tests.GraphQL;

/// <summary>Schema documents without layout, comments and the order of definitions.</summary>
internal static partial class SchemaText
{
    private static readonly string[] BuiltIn = ["directive @", "scalar ", "schema "];

    public static IEnumerable<string> Definitions(string sdl)
    {
        var plain = Comments().Replace(Authorization().Replace(BlockStrings().Replace(sdl, match => Quote(match.Groups[1].Value)), ""), "");
        return Starts().Split(Spaces().Replace(plain, " ")).Select(text => Punctuation().Replace(text, "$1").Trim())
            .Where(text => text.Length > 0 && !BuiltIn.Any(kind => WithoutDescription(text).StartsWith(kind, StringComparison.Ordinal)));
    }

    private static string Quote(string block) => $"\"{Spaces().Replace(block.Trim(), " ")}\"";

    private static string WithoutDescription(string text) => Description().Replace(text, "");

    [GeneratedRegex("\"\"\"(.*?)\"\"\"", RegexOptions.Singleline)]
    private static partial Regex BlockStrings();

    // Who may see a field is not told to those who read the schema; what it costs unless it says so, HotChocolate tells.
    [GeneratedRegex(@"\s*@(?:authorize|allowAnonymous|cost)\b(?:\s*\([^)]*\))?|(?:""[^""]*""\s*)?enum ApplyPolicy \{[^}]*\}")]
    private static partial Regex Authorization();

    [GeneratedRegex("^ *#.*$", RegexOptions.Multiline)]
    private static partial Regex Comments();

    [GeneratedRegex(@"[\s,]+")]
    private static partial Regex Spaces();

    [GeneratedRegex(@"\s*([(){}\[\]:!|=&])\s*")]
    private static partial Regex Punctuation();

    [GeneratedRegex("^\"[^\"]*\" ")]
    private static partial Regex Description();

    // A definition starts after the closing brace of the one before, with or without a description.
    [GeneratedRegex(@"(?<=\}) (?=""|type |input |enum |interface |union |scalar |schema |directive |extend )|(?<=[A-Za-z]) (?=""[^""]*"" (?:type|input|enum|interface|union|scalar) )")]
    private static partial Regex Starts();
}
