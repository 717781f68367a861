using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Q2C.Silo.Connectors.Jira;

/// <summary>
/// Jira projects that were linked since the last look: every issue of theirs with work is read, since what was logged
/// before the link was nobody's. The watermark is the links seen, and where the reading of a new one stands.
/// </summary>
internal sealed class LinkedProjects(JiraApi api, TimeSpan interval) : IPoller
{
    private const int ProjectsPerPage = 50;
    private const int IssuesPerPage = 100;

    public string Feed => "linked-projects";

    public TimeSpan Interval => interval;

    public async Task<PollResult> Poll(string? watermark, CancellationToken cancel)
    {
        var seen = Progress.Parse(watermark);
        if (seen.Reading is { } reading) return await Issues(seen, reading, cancel);
        var (links, failure) = await Links(cancel);
        if (links is null) return WorklogPage.Unavailable(failure!);
        var fresh = links.FirstOrDefault(link => seen.Links.GetValueOrDefault(link.Key) != link.Value);
        return fresh.Key is null
            ? new PollResult.Page([], (seen with { Links = links }).ToString())
            : await Issues(
                new(seen.Links.RemoveRange(seen.Links.Keys.Except(links.Keys)), seen.Round + 1, null),
                new(fresh.Key, fresh.Value, null), cancel);
    }

    private async Task<PollResult> Issues(Progress seen, ProjectReading reading, CancellationToken cancel)
    {
        var page = reading.PageToken is { } token ? $"&nextPageToken={Uri.EscapeDataString(token)}" : "";
        var jql = Uri.EscapeDataString($"project = {reading.JiraProject} AND worklogDate is not EMPTY ORDER BY id");
        var reply = await api.Get($"search/jql?jql={jql}&fields=id&maxResults={IssuesPerPage}{page}", "jira/linked-projects", cancel);
        if (JiraApi.List(reply, "issues") is not { } issues) return WorklogPage.Unavailable(reply);
        var next = ((VendorReply.Answered)reply).Text("nextPageToken");
        var progress = next is null
            ? seen with { Links = seen.Links.SetItem(reading.JiraProject, reading.Project), Reading = null }
            : seen with { Reading = reading with { PageToken = next } };
        return new PollResult.Page(
            [.. issues.Select(issue => JiraApi.Text(issue, "id")).OfType<string>().Select(id => new PolledDelivery(
                $"linked/{seen.Round}/{reading.Project}/issue/{id}", Encoding.UTF8.GetBytes($$$"""{"webhookEvent":"{{{JiraWork.IssueLinked}}}","issue":{"id":"{{{id}}}"}}""")))],
            progress.ToString(), More: true);
    }

    /// <summary>Every Jira project with a link, by its id.</summary>
    private async Task<(ImmutableSortedDictionary<string, string>? Links, VendorReply? Failure)> Links(CancellationToken cancel)
    {
        var links = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        for (var start = 0; ; start += ProjectsPerPage)
        {
            var reply = await api.Get(
                $"project/search?properties={JiraApi.LinkProperty}&startAt={start.ToString(CultureInfo.InvariantCulture)}"
                + $"&maxResults={ProjectsPerPage}&orderBy=key", "jira/linked-projects", cancel);
            if (JiraApi.List(reply, "values") is not { } projects) return (null, reply);
            foreach (var project in projects)
                if (JiraApi.Text(project, "id") is { } id && JiraApi.Text(project, "properties", JiraApi.LinkProperty, "projectId") is { } ours)
                    links[id] = ours;
            if (((VendorReply.Answered)reply).Text("isLast") != "false") return (links.ToImmutable(), null);
        }
    }

    private sealed record ProjectReading(string JiraProject, string Project, string? PageToken);

    /// <param name="Round">Of readings: a project that is linked again is read again.</param>
    private sealed record Progress(ImmutableSortedDictionary<string, string> Links, int Round, ProjectReading? Reading)
    {
        public override string ToString() => JsonSerializer.Serialize(this);

        public static Progress Parse(string? text) => text is null
            ? new(ImmutableSortedDictionary<string, string>.Empty, 0, null)
            : JsonSerializer.Deserialize<Progress>(text)!;
    }
}
