using System.Text.Json.Nodes;

namespace Q2C.Silo.Connectors.Jira;

/// <summary>Links of Jira projects to ours. The property has our id as its value, so the same link again is the same link.</summary>
internal sealed class JiraConnector(ConnectionSettings settings, JiraApi api, JiraLinks links) : IConnector
{
    public string Connection => settings.Name;

    public TimeSpan LongestProcessing { get; } = settings.Seconds("longestProcessingSeconds", TimeSpan.FromMinutes(1));

    public Guarantee GuaranteeOf(Operation operation) => operation is LinkWorkProject or UnlinkWorkProject
        ? Guarantee.NaturalKey
        : throw new NotSupportedException($"Jira cannot carry out {operation.GetType().Name}.");

    public async Task<SendResult> Send(EffectRequest effect, int generation, CancellationToken cancel)
    {
        var result = effect.Operation switch
        {
            LinkWorkProject link => await Link(link, effect.Id, cancel),
            UnlinkWorkProject unlink => await Unlink(unlink, effect.Id, cancel),
            var other => throw new NotSupportedException($"Jira cannot carry out {other.GetType().Name}."),
        };
        links.Forget();
        return result;
    }

    public async Task<LookUpResult> LookUp(EffectRequest effect, int generation, CancellationToken cancel)
    {
        var (ours, external, linked) = effect.Operation switch
        {
            LinkWorkProject link => (link.ProjectId, link.ExternalProject, true),
            UnlinkWorkProject unlink => (unlink.ProjectId, unlink.ExternalProject, false),
            var other => throw new NotSupportedException($"Jira cannot carry out {other.GetType().Name}."),
        };
        links.Forget();

        // People name a key, which can change; a link is known by the project's id, as when it was made.
        var there = await api.Get($"project/{Uri.EscapeDataString(external)}", effect.Id, cancel);
        if (there is VendorReply.Answered { Status: 404 }) return linked ? new LookUpResult.Absent() : new LookUpResult.Found(external);
        if (there is not VendorReply.Answered { IsSuccess: true } found || found.Text("id") is not { } id) return there.ToLookUpUnavailable();
        var (project, failure) = await links.Of(id, effect.Id, cancel);
        if (failure is not null) return failure.ToLookUpUnavailable();
        return project == ours == linked ? new LookUpResult.Found(linked ? id : external) : new LookUpResult.Absent();
    }

    public async Task<HealthReport> CheckHealth(CancellationToken cancel)
    {
        var reply = await api.Get("myself", "jira/health", cancel);
        return reply switch
        {
            VendorReply.Answered { IsSuccess: true } answer =>
                new(true, $"Jira answers; we are {answer.Text("displayName") ?? "somebody without a name"} there."),
            VendorReply.Answered { Status: 401 } =>
                new(false, "Jira refuses our credentials. API tokens expire after a year at most: make a new one and put it in place."),
            VendorReply.Answered answer => new(false, $"Jira answers {answer.Status}: {JiraApi.Error(reply) ?? "no reason given"}."),
            VendorReply.NotSent failure => new(false, failure.Message),
            VendorReply.Lost failure => new(false, failure.Message),
            _ => throw new InvalidOperationException("A reply is one of three."),
        };
    }

    private async Task<SendResult> Link(LinkWorkProject link, string correlation, CancellationToken cancel)
    {
        var project = await api.Get($"project/{Uri.EscapeDataString(link.ExternalProject)}", correlation, cancel);
        if (project is not VendorReply.Answered { IsSuccess: true } found || found.Text("id") is not { } id)
            return NotRead(project, link.ExternalProject);
        links.Forget();
        var (linked, failure) = await links.Of(id, correlation, cancel);
        if (failure is not null) return NotRead(failure, link.ExternalProject);
        if (linked == link.ProjectId) return new SendResult.Accepted(id);
        if (linked is not null)
            return new SendResult.Refused(
                "WORK_PROJECT_TAKEN", $"The Jira project {link.ExternalProject} is linked to {linked}.",
                "Take that link back first, or name another Jira project: the work of a Jira project belongs to one of ours.",
                ErrorClass.Business);
        var body = new JsonObject { ["projectId"] = link.ProjectId, ["contractId"] = link.ContractId, ["name"] = link.Name };
        var reply = await api.Put(JiraLinks.PathOf(id), body, correlation, cancel);
        return reply is VendorReply.Answered { IsSuccess: true } ? new SendResult.Accepted(id) : Classify(reply, link.ExternalProject);
    }

    private async Task<SendResult> Unlink(UnlinkWorkProject unlink, string correlation, CancellationToken cancel)
    {
        links.Forget();
        var (linked, failure) = await links.Of(unlink.ExternalProject, correlation, cancel);
        if (failure is not null) return NotRead(failure, unlink.ExternalProject);
        if (linked != unlink.ProjectId) return new SendResult.Accepted(unlink.ExternalProject);
        var reply = await api.Delete(JiraLinks.PathOf(unlink.ExternalProject), correlation, cancel);
        return reply is VendorReply.Answered { IsSuccess: true } or VendorReply.Answered { Status: 404 }
            ? new SendResult.Accepted(unlink.ExternalProject)
            : Classify(reply, unlink.ExternalProject);
    }

    /// <summary>Nothing was sent that could change anything.</summary>
    private static SendResult NotRead(VendorReply reply, string project)
    {
        if (reply is VendorReply.Answered { Status: 400 or 403 or 404 }) return Classify(reply, project);
        var why = reply.ToLookUpUnavailable();
        return new SendResult.Unavailable(why.Code, why.Message, why.RetryAfter);
    }

    private static SendResult Classify(VendorReply reply, string project) => reply switch
    {
        VendorReply.Answered { Status: 404 } => new SendResult.Refused(
            "WORK_PROJECT_UNKNOWN", $"Jira has no project '{project}', or our user may not see it: {JiraApi.Error(reply) ?? "no reason given"}.",
            "Correct the key, or give the integration user the permission Browse Projects in it, then retry.", ErrorClass.Business),
        VendorReply.Answered { Status: 400 or 403 } => new SendResult.Refused(
            "JIRA_REFUSED", JiraApi.Error(reply) ?? "Jira refused the link without a reason.",
            "Give the integration user the permission Administer Projects in this project, then retry.", ErrorClass.Business),
        _ => reply.ToSendResult(message: JiraApi.Error(reply)),
    };
}
