using System.Text;
using Q2C.Silo.Connectors;
using Q2C.Silo.Connectors.Jira;
using Q2C.Simulators.Jira;

namespace Q2C.Silo.Tests.Connectors.Jira;

/// <summary>A Jira site with a connection to it; its first project is linked to ours on request.</summary>
internal sealed class JiraBench : IAsyncDisposable
{
    public const string Ben = "5b10a2844c20165700ede21b";
    public const string Carla = "5b10a2844c20165700ede21c";

    public static readonly string ProjectId = Ids.Derive("eu", Ids.Project, "fleet");
    public static readonly string OtherId = Ids.Derive("eu", Ids.Project, "other");
    public static readonly LinkWorkProject Link = new(ProjectId, "eu_ct_1", "Fleet platform", "FLEET");

    private readonly Dictionary<string, string?> _watermarks = [];

    private JiraBench(JiraSimulator jira) => Jira = jira;

    public JiraSimulator Jira { get; }

    public ManualClock Clock { get; private init; } = new();

    public KnownSources Sources { get; } = [];

    public ConnectionParts Parts { get; private set; } = null!;

    public ConnectorSpec Spec => new(Parts, "jira");

    public static async Task<JiraBench> Start(JiraOptions? options = null, string? map = null, string name = "jira")
    {
        var clock = new ManualClock();
        var bench = new JiraBench(await JiraSimulator.StartAsync((options ?? new()) with { Clock = clock })) { Clock = clock };
        bench.Parts = Vendors.Parts(
            new JiraVendor(),
            Vendors.Settings("jira", bench.Jira.BaseAddress, new() { ["email"] = new JiraOptions().Email },
                new() { ["apiToken"] = Vendors.SecretFile(new JiraOptions().ApiToken) }) with { Name = name },
            clock, bench.Sources, null, [Vendors.MapFolder("Jira"), .. map is null ? (string[])[] : [Folder(map)]]);
        return bench;
    }

    /// <summary>An issue of the linked project; returns its id.</summary>
    public async Task<string> Issue(string summary = "Tracking service")
    {
        await Spec.SendWell(Link);
        return Jira.AddIssue("FLEET", summary);
    }

    /// <summary>What happens a second later.</summary>
    public long Next(Action change)
    {
        Clock.Advance(TimeSpan.FromSeconds(1));
        change();
        return Clock.GetUtcNow().ToUnixTimeMilliseconds();
    }

    /// <summary>One page of a feed, as the hub takes it.</summary>
    public async Task<PollResult.Page> Poll(string feed)
    {
        var page = Assert.IsType<PollResult.Page>(await Parts.Pollers.Single(poller => poller.Feed == feed).Poll(_watermarks.GetValueOrDefault(feed), default));
        _watermarks[feed] = page.Watermark;
        return page;
    }

    public static string Body(PolledDelivery delivery) => Encoding.UTF8.GetString(delivery.Body.Span);

    public ValueTask DisposeAsync() => Jira.DisposeAsync();

    private static string Folder(string map)
    {
        var folder = Directory.CreateTempSubdirectory("q2c-maps-").FullName;
        File.WriteAllText(Path.Combine(folder, "worklog.map.yaml"), map);
        return folder;
    }
}
