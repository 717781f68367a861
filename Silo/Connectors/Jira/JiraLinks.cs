using System.Collections.Concurrent;

namespace Q2C.Silo.Connectors.Jira;

/// <summary>
/// Which of our projects a Jira project is for: it says so itself, in its entity property. Kept for a while, that
/// there is none for a shorter one: what is passed over meanwhile is read again when the link shows (<see cref="LinkedProjects"/>).
/// </summary>
internal sealed class JiraLinks(JiraApi api, TimeProvider time)
{
    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan NoneKept = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, (string? Project, DateTimeOffset Until)> _links = new(StringComparer.Ordinal);

    /// <summary>Our project's id, null for none, or why it is not known.</summary>
    public async Task<(string? Project, VendorReply? Failure)> Of(string jiraProject, string correlation, CancellationToken cancel)
    {
        var now = time.GetUtcNow();
        if (_links.TryGetValue(jiraProject, out var known) && known.Until > now) return (known.Project, null);
        var reply = await api.Get(PathOf(jiraProject), correlation, cancel);
        switch (reply)
        {
            case VendorReply.Answered { IsSuccess: true } answer when answer.Text("value", "projectId") is { } project:
                _links[jiraProject] = (project, now + Kept);
                return (project, null);
            case VendorReply.Answered { Status: 404 } or VendorReply.Answered { IsSuccess: true }:
                _links[jiraProject] = (null, now + NoneKept);
                return (null, null);
            default:
                return (null, reply);
        }
    }

    public void Forget() => _links.Clear();

    public static string PathOf(string jiraProject) =>
        $"project/{Uri.EscapeDataString(jiraProject)}/properties/{JiraApi.LinkProperty}";
}
