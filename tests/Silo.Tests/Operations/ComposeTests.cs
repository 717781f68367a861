using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Serialization;

namespace Q2C.Silo.Tests.Operations;

/// <summary>No container engine runs these tests: that the files fit each other and the code is what they can tell.</summary>
public sealed partial class ComposeTests
{
    private static readonly string Root = FindRoot();
    private static readonly Dictionary<object, object> Compose = Read("compose.yaml");

    private static Dictionary<object, object> Services => Map(Compose["services"]);

    [Fact]
    public void It_has_the_database_two_silos_a_gateway_the_vendors_and_a_collector() => Assert.Equal(
        ["collector", "gateway", "postgres", "silo-1", "silo-2", "simulators"], Services.Keys.Cast<string>().Order());

    [Fact]
    public void What_services_refer_to_is_there()
    {
        Assert.All(Services.Values.Select(Map), service =>
        {
            foreach (var other in Maps(service, "depends_on")) Assert.Contains(other, Services.Keys);
            foreach (var config in List(service, "configs")) Assert.Contains(Map(config)["source"], Map(Compose["configs"]).Keys);
            foreach (var secret in List(service, "secrets")) Assert.Contains(secret, Map(Compose["secrets"]).Keys);
            foreach (var volume in List(service, "volumes")) Assert.Contains($"{volume}".Split(':')[0], Map(Compose["volumes"]).Keys);
            if (service.TryGetValue("build", out var build)) Assert.True(File.Exists(Path.Combine(Root, $"{Map(build)["dockerfile"]}")));
        });
        Assert.True(File.Exists(Path.Combine(Root, $"{Map(Map(Compose["configs"])["connections"])["file"]}")));
    }

    [Theory]
    [InlineData("silo-1")]
    [InlineData("silo-2")]
    [InlineData("gateway")]
    [InlineData("simulators")]
    public void Every_variable_is_read_by_the_code(string service)
    {
        var sources = Sources();
        Assert.All(Environment(service).Keys.Cast<string>(), name => Assert.True(IsRead(name, sources), $"Nothing reads {name}."));
    }

    [Fact]
    public void Every_silo_has_an_address_of_its_own_that_all_others_are_told()
    {
        var addresses = new[] { "silo-1", "silo-2" }.Select(silo => (
            Own: $"{Environment(silo)["Q2C__Cluster__Address"]}",
            Network: $"{Map(Map(Map(Services[silo])["networks"])["hub"])["ipv4_address"]}")).ToArray();
        Assert.Equal(2, addresses.Distinct().Count());
        Assert.All(addresses, address => Assert.Equal(address.Own, address.Network));
        foreach (var service in new[] { "silo-1", "silo-2", "gateway" })
            Assert.Equal(
                addresses.Select(address => $"{address.Own}:5081"),
                Environment(service).Where(pair => $"{pair.Key}".StartsWith("Q2C__Cluster__Silos__", StringComparison.Ordinal)).Select(pair => $"{pair.Value}"));
    }

    [Fact]
    public void Nothing_listens_beyond_this_machine() => Assert.All(
        Services.Values.SelectMany(service => List(Map(service), "ports")),
        port => Assert.StartsWith("127.0.0.1:", $"{port}", StringComparison.Ordinal));

    [Fact]
    public void Every_secret_comes_from_the_file_that_is_not_committed()
    {
        var text = File.ReadAllText(Path.Combine(Root, "compose.yaml"));
        var wanted = Wanted().Matches(text).Select(match => match.Groups[1].Value).Append("Q2C_CLUSTER_KEY").Distinct().Order();
        var offered = File.ReadLines(Path.Combine(Root, ".env.example"))
            .Where(line => line.Contains('=') && !line.StartsWith('#')).Select(line => line.Split('=')[0]).Order();
        Assert.Equal(offered, wanted);
        Assert.Contains(".env", File.ReadAllLines(Path.Combine(Root, ".gitignore")));
        Assert.Contains(".env", File.ReadAllLines(Path.Combine(Root, ".dockerignore")));
    }

    [Fact]
    public void Every_image_is_built_from_official_ones_for_this_version_of_dotnet()
    {
        foreach (var file in new[] { "Silo/Dockerfile", "Gateway/Dockerfile", "tests/Simulators/Dockerfile" })
        {
            var lines = File.ReadAllLines(Path.Combine(Root, file));
            Assert.Equal(
                [
                    .. file == "Gateway/Dockerfile" ? ["FROM node:22-slim AS console"] : Array.Empty<string>(),
                    "FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build", "FROM mcr.microsoft.com/dotnet/aspnet:10.0",
                ],
                lines.Where(line => line.StartsWith("FROM", StringComparison.Ordinal)));
            Assert.Contains("USER $APP_UID", lines);
            var project = lines.Single(line => line.StartsWith("RUN dotnet publish", StringComparison.Ordinal)).Split(' ')[3];
            Assert.True(File.Exists(Path.Combine(Root, project)));
            Assert.Contains($"Q2C.{Path.GetFileNameWithoutExtension(project)}.dll", lines.Single(line => line.StartsWith("ENTRYPOINT", StringComparison.Ordinal)), StringComparison.Ordinal);
        }
    }

    private static Dictionary<object, object> Environment(string service) => Map(Map(Services[service])["environment"]);

    /// <summary>A variable by its name, a setting by its path, a member of a named item by the path of the list and its own name.</summary>
    private static bool IsRead(string name, List<string> sources)
    {
        string[] path = [.. name.Split("__").Where(part => !int.TryParse(part, out _))];
        return Any($"\"{name}\"") || Any($"\"env:{name}\"") || Any($"\"{string.Join(':', path)}\"")
            || (name.StartsWith("SIM_", StringComparison.Ordinal) && Any($"Secret(\"{name[4..]}\""))
            || (path.Length > 3 && Any($"\"{path[0]}:{path[1]}\"") && (Any($"\"{path[3]}\"") || Any($" {path[3]} {{ get; set; }}")));

        bool Any(string text) => sources.Any(source => source.Contains(text, StringComparison.Ordinal));
    }

    private static List<string> Sources() =>
    [
        .. new[] { "Silo", "Gateway", "Grains", "tests/Simulators" }
            .SelectMany(folder => Directory.GetFiles(Path.Combine(Root, folder), "*.*", SearchOption.AllDirectories))
            .Where(file => Path.GetExtension(file) is ".cs" or ".json")
            .Select(File.ReadAllText),
    ];

    private static Dictionary<object, object> Read(string file) =>
        new DeserializerBuilder().Build().Deserialize<Dictionary<object, object>>(
            new MergingParser(new Parser(new StringReader(File.ReadAllText(Path.Combine(Root, file))))));

    private static Dictionary<object, object> Map(object node) => (Dictionary<object, object>)node;

    private static Dictionary<object, object>.KeyCollection Maps(Dictionary<object, object> node, string member) =>
        (node.TryGetValue(member, out var inner) ? Map(inner) : []).Keys;

    private static IEnumerable<object> List(Dictionary<object, object> node, string member) =>
        node.TryGetValue(member, out var inner) ? (List<object>)inner : [];

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Q2C.sln"))) folder = Path.GetDirectoryName(folder)!;
        return folder;
    }

    [GeneratedRegex(@"\$\{(\w+):\?")]
    private static partial Regex Wanted();
}
