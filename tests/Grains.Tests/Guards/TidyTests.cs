using System.Text.RegularExpressions;

namespace Q2C.Grains.Tests.Guards;

/// <summary>House rules that a reader would otherwise have to watch for.</summary>
public sealed partial class TidyTests
{
    private const int MaxLines = 600;

    private static readonly string[] Text =
        ["", ".cs", ".csproj", ".props", ".targets", ".json", ".yaml", ".md", ".sql", ".html", ".js", ".mjs", ".graphql"];

    private static IEnumerable<string> Code => SourceTree.Files("", ".cs");

    [Fact]
    public void Nothing_is_left_undone_in_code() => Assert.Empty(Lines(Code, Undone()));

    [Fact]
    public void A_file_of_code_can_be_read_in_one_sitting() =>
        Assert.DoesNotContain(Code, file => SourceTree.Read(file).Count(c => c == '\n') > MaxLines);

    [Fact]
    public void A_skipped_test_says_why() => Assert.Empty(Lines(Code, SkippedWithoutReason()));

    [Fact]
    public void No_file_knows_the_machine_it_was_written_on() => Assert.Empty(Lines(SourceTree.Files("", Text), Machine()));

    [Fact]
    public void No_file_knows_where_packages_are_downloaded() => Assert.Empty(Lines(SourceTree.Files("", Text), Registry()));

    private static IEnumerable<string> Lines(IEnumerable<string> files, Regex pattern) =>
        from file in files
        from line in SourceTree.Read(file).Split('\n').Select((text, i) => (Text: text, Number: i + 1))
        where pattern.IsMatch(line.Text)
        select $"{file}:{line.Number}: {line.Text.Trim()}";

    // The character classes keep this file from finding itself.
    [GeneratedRegex(@"\bTOD[O]\b|\bFIXM[E]\b|\bHAC[K]\b|NotImplementedExceptio[n]|#regio[n]")]
    private static partial Regex Undone();

    [GeneratedRegex(@"\bSkip\s*=\s*(""\s*""|null|string\.Empty)")]
    private static partial Regex SkippedWithoutReason();

    [GeneratedRegex(@"(?<![\w.])/(wor[k]|home|Users|root)/")]
    private static partial Regex Machine();

    [GeneratedRegex(@"registry\.npmj[s]|api\.nuge[t]\.org|deb\.debia[n]\.org|""resolved""\s*:")]
    private static partial Regex Registry();
}
