using System.Text.RegularExpressions;

namespace Q2C.Grains.Tests.Guards;

/// <summary>What the documents name is there.</summary>
public sealed partial class DocumentTests
{
    public static TheoryData<string> Documents =>
        [.. SourceTree.Files("docs", ".md"), "ARCHITECTURE.md", "CONTRIBUTING.md", "README.md"];

    [Theory, MemberData(nameof(Documents))]
    public void A_test_that_is_named_exists(string document)
    {
        var tests = SourceTree.Files("tests", ".cs").SelectMany(file => Tests().Matches(SourceTree.Read(file)))
            .Select(test => test.Groups[1].Value);

        Assert.Empty(Sentences().Matches(SourceTree.Read(document)).Select(name => name.Groups[1].Value).Except(tests));
    }

    [Theory, MemberData(nameof(Documents))]
    public void A_file_that_is_named_exists(string document) => Assert.Empty(
        from Match name in Paths().Matches(SourceTree.Read(document))
        where !Path.Exists(Path.Combine(SourceTree.Root, name.Groups[1].Value))
        select name.Groups[1].Value);

    [Theory, MemberData(nameof(Documents))]
    public void A_link_leads_somewhere(string document) => Assert.Empty(
        from Match link in Links().Matches(SourceTree.Read(document))
        where !Path.Exists(Path.Combine(SourceTree.Root, Path.GetDirectoryName(document)!, link.Groups[1].Value))
        select link.Groups[1].Value);

    [GeneratedRegex(@"public (?:async )?(?:void|Task) ([A-Z]\w+)\(")]
    private static partial Regex Tests();

    // A test's name is a sentence: a capital, and words in lower case after underscores.
    [GeneratedRegex(@"`([A-Z][a-z]*(?:_[a-z0-9]\w*)+)`")]
    private static partial Regex Sentences();

    [GeneratedRegex(@"`((?:Grains|Grains\.Abstractions|Silo|Gateway|StandIns|tests|docs)(?:/[\w.-]+)+)`")]
    private static partial Regex Paths();

    [GeneratedRegex(@"\]\((?!https?:|#)([^)#]+)\)")]
    private static partial Regex Links();
}
