using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Q2C.Grains.Tests.Guards;

/// <summary>Which project may know which other. Orleans and HotChocolate come by <c>UsesOrleans</c> and <c>UsesHotChocolate</c>.</summary>
public sealed partial class LayeringTests
{
    [Theory]
    [InlineData("Grains.Abstractions/Grains.Abstractions.csproj", "", "Sdk", null)]
    [InlineData("Grains/Grains.csproj", "Grains.Abstractions", "Sdk", null)]
    [InlineData("Gateway/Gateway.csproj", "Grains.Abstractions", "Client", "true")]
    [InlineData("Silo/Silo.csproj", "Gateway Grains", "Server", null)]
    [InlineData("StandIns/Orleans/StandIns.Orleans.csproj", "", null, null)]
    [InlineData("StandIns/HotChocolate/StandIns.HotChocolate.csproj", "", null, null)]
    public void A_project_refers_to_these_and_no_others(string file, string projects, string? orleans, string? hotChocolate)
    {
        var project = XDocument.Parse(SourceTree.Read(file));
        var references = project.Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value)).Order();

        Assert.Equal(projects, string.Join(' ', references));
        Assert.Equal(orleans, project.Descendants("UsesOrleans").SingleOrDefault()?.Value);
        Assert.Equal(hotChocolate, project.Descendants("UsesHotChocolate").SingleOrDefault()?.Value);
    }

    [Theory]
    [InlineData("Grains.Abstractions")]
    [InlineData("Grains")]
    [InlineData("Silo/Journal")]
    [InlineData("Silo/Effects")]
    [InlineData("Silo/Streams")]
    [InlineData("Silo/ReadModels")]
    public void Nothing_here_knows_a_vendor(string folder) => Assert.Empty(
        from file in SourceTree.Files(folder, ".cs")
        from line in SourceTree.Read(file).Split('\n')
        where !line.TrimStart().StartsWith("//", StringComparison.Ordinal) && Vendors().IsMatch(line)
        select $"{file}: {line.Trim()}");

    // A package inside the other's organisations: its API is theirs.
    private const string Package = "Certinia";
    private const string Platform = "Salesforce";

    [Fact]
    public void A_vendors_folder_knows_no_other_vendor() => Assert.Empty(
        from file in SourceTree.Files("Silo/Connectors", ".cs")
        where file.Count(c => c == '/') == 3
        let vendor = file.Split('/')[2]
        from Match name in Vendors().Matches(SourceTree.Read(file))
        where vendor != "Mapping" && !name.Value.Equals(vendor, StringComparison.OrdinalIgnoreCase)
            && !(vendor == Package && name.Value.Equals(Platform, StringComparison.OrdinalIgnoreCase))
        select $"{file}: {name.Value}");

    /// <summary>Objects and read models know what a caller may see; whoever goes past them shows too much.</summary>
    [Fact]
    public void A_resolver_reads_where_it_is_known_what_the_caller_sees() => Assert.Empty(
        from file in SourceTree.Files("Gateway/Resolvers", ".cs")
        where PastTheSight().IsMatch(SourceTree.Read(file))
        select file);

    [GeneratedRegex(@"GetGrain<|IClusterClient|CreateCommand")]
    private static partial Regex PastTheSight();

    [GeneratedRegex("salesforce|netsuite|kantata|avatax|stripe|jira|certinia", RegexOptions.IgnoreCase)]
    private static partial Regex Vendors();
}
