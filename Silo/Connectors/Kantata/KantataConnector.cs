using System.Text.Json.Nodes;

namespace Q2C.Silo.Connectors.Kantata;

/// <summary>
/// Projects with milestones, tasks and role placeholders. Kantata knows no idempotency key, so each record is searched
/// by its external reference first and created with the reference in the body; an update in between finds it.
/// </summary>
internal sealed class KantataConnector(ConnectionSettings settings, KantataApi api, KantataRates rates) : IConnector
{
    public string Connection => settings.Name;

    /// <summary>Kantata answers 504 after three minutes.</summary>
    public TimeSpan LongestProcessing { get; } = settings.Seconds("longestProcessingSeconds", TimeSpan.FromMinutes(3));

    public Guarantee GuaranteeOf(Operation operation) => operation switch
    {
        EnsurePsaProject or EnsurePsaMilestone or EnsurePsaTask or EnsurePsaRole => Guarantee.FindBeforeCreate,
        WithdrawPsaProject or ReportPsaBilling => Guarantee.NaturalKey,
        _ => throw new NotSupportedException($"Kantata cannot carry out {operation.GetType().Name}."),
    };

    public Task<SendResult> Send(EffectRequest effect, int generation, CancellationToken cancel) => effect.Operation switch
    {
        EnsurePsaProject project => Ensure(Models.Project, project.ProjectId, Workspace(project), effect.Id, cancel),
        EnsurePsaMilestone milestone => InProject(milestone.ProjectId, effect.Id, workspace =>
            Ensure(Models.Milestone, milestone.MilestoneId, Story(milestone, workspace), effect.Id, cancel), cancel),
        EnsurePsaTask task => InProject(task.ProjectId, effect.Id, workspace =>
            Ensure(Models.Task, task.TaskId, Story(task, workspace), effect.Id, cancel), cancel),
        EnsurePsaRole role => InProject(
            role.ProjectId, effect.Id, workspace => EnsureRole(role, workspace, effect.Id, cancel), cancel),
        WithdrawPsaProject withdrawn => Archive(withdrawn, effect.Id, cancel),
        ReportPsaBilling billing => InProject(
            billing.ProjectId, effect.Id, workspace => Report(billing, workspace, effect.Id, cancel), cancel),
        var other => throw new NotSupportedException($"Kantata cannot carry out {other.GetType().Name}."),
    };

    public async Task<LookUpResult> LookUp(EffectRequest effect, int generation, CancellationToken cancel)
    {
        var (model, id) = effect.Operation switch
        {
            EnsurePsaProject project => (Models.Project, project.ProjectId),
            EnsurePsaMilestone milestone => (Models.Milestone, milestone.MilestoneId),
            EnsurePsaTask task => (Models.Task, task.TaskId),
            EnsurePsaRole role => (Models.Role, role.RoleId),
            WithdrawPsaProject withdrawn => (Models.Project, withdrawn.ProjectId),
            ReportPsaBilling billing => (Models.Project, billing.ProjectId),
            var other => throw new NotSupportedException($"Kantata cannot carry out {other.GetType().Name}."),
        };
        var found = await api.Find(model.Collection, model.Name, id, effect.Id, cancel);
        if (!found.Certain) return found.Reply.ToLookUpUnavailable();
        return (effect.Operation, found.Record) switch
        {
            (_, null) => new LookUpResult.Absent(),

            // These set values that Kantata overwrites with the same: sent again, they end in the same state.
            (EnsurePsaRole or ReportPsaBilling, _) => new LookUpResult.Absent(),
            (WithdrawPsaProject, { } workspace) when !workspace.Flag("archived") => new LookUpResult.Absent(),
            (_, { } record) => new LookUpResult.Found(record.Id),
        };
    }

    public bool CanConfirm(Operation operation) => operation is not (EnsurePsaRole or ReportPsaBilling);

    public async Task<HealthReport> CheckHealth(CancellationToken cancel) =>
        await api.Get("users?per_page=1", "kantata/health", cancel) switch
        {
            VendorReply.Answered { IsSuccess: true } => new(true, "Kantata answers and takes our token."),
            VendorReply.Answered { Status: 401 or 403 } => new(false, "Kantata refuses our token. It must belong to an account administrator."),
            VendorReply.Answered answer => new(false, $"Kantata answers {answer.Status}."),
            VendorReply.NotSent failure => new(false, failure.Message),
            VendorReply.Lost failure => new(false, failure.Message),
            _ => throw new InvalidOperationException("A reply is one of three."),
        };

    private async Task<SendResult> Ensure(Model model, string id, JsonObject fields, string correlation, CancellationToken cancel)
    {
        var found = await api.Find(model.Collection, model.Name, id, correlation, cancel);
        if (!found.Certain) return NotLookedUp(found.Reply);
        if (found.Record is { } there) return new SendResult.Accepted(there.Id);
        fields["external_reference"] = KantataApi.Reference(model.Name, id);
        return Created(await api.Post(model.Collection, new() { [model.Singular] = fields }, correlation, cancel));
    }

    private async Task<SendResult> EnsureRole(EnsurePsaRole role, KantataRecord workspace, string correlation, CancellationToken cancel)
    {
        var roles = await api.Get($"roles?per_page={KantataApi.PageSize}", correlation, cancel);
        if (KantataApi.Records(roles) is not { } known) return NotLookedUp(roles);
        if (known.FirstOrDefault(one => string.Equals(one["name"], role.Role, StringComparison.OrdinalIgnoreCase)) is not { } there)
            return new SendResult.Refused(
                "ROLE_UNKNOWN", $"Kantata has no role named '{role.Role}'.",
                "Create the role in Kantata (Settings, Roles) or correct the role's name in the contract, then retry.", ErrorClass.Business);

        var rated = await rates.Ensure(role, workspace, there.Id, correlation, cancel);
        if (rated is not SendResult.Accepted) return rated;
        return await Ensure(
            Models.Role, role.RoleId, new() { ["workspace_id"] = workspace.Id, ["role_id"] = there.Id }, correlation, cancel);
    }

    private async Task<SendResult> Archive(WithdrawPsaProject withdrawn, string correlation, CancellationToken cancel)
    {
        var found = await api.Find(Models.Project.Collection, Models.Project.Name, withdrawn.ProjectId, correlation, cancel);
        if (!found.Certain) return NotLookedUp(found.Reply);
        if (found.Record is not { } workspace) return new SendResult.Accepted(withdrawn.ProjectId);
        var reply = await api.Put(
            $"workspaces/{workspace.Id}", new() { ["workspace"] = new JsonObject { ["archived"] = true } }, correlation, cancel);
        return Created(reply);
    }

    /// <summary>The invoice becomes an external reference of the project and of each record that is on it.</summary>
    private async Task<SendResult> Report(ReportPsaBilling billing, KantataRecord workspace, string correlation, CancellationToken cancel)
    {
        foreach (var source in billing.SourceIds)
        {
            if (SourceIds.TryParse(source) is not { } subject) continue;
            var reference = KantataApi.Reference("invoice", billing.InvoiceId);
            reference["subject_type"] = subject.Type;
            reference["subject_id"] = subject.Id;
            reference["service_name"] = $"{KantataApi.Service}-billing";
            reference["external_status"] = billing.Status;
            reference["external_message"] = $"Invoice {billing.Number}";
            var reply = await api.Post(
                "external_references/create_or_update", new() { ["external_reference"] = reference }, correlation, cancel);

            // A record that was deleted since cannot be marked, and need not be.
            if (reply is VendorReply.Answered { Status: 404 } || KantataApi.IsAbout(reply, "subject_id")) continue;
            if (reply is not VendorReply.Answered { IsSuccess: true }) return Classify(reply);
        }

        return new SendResult.Accepted(workspace.Id);
    }

    private async Task<SendResult> InProject(
        string projectId, string correlation, Func<KantataRecord, Task<SendResult>> then, CancellationToken cancel)
    {
        var found = await api.Find(Models.Project.Collection, Models.Project.Name, projectId, correlation, cancel, "rate_card");
        if (!found.Certain) return NotLookedUp(found.Reply);
        return found.Record is { } workspace
            ? await then(workspace)
            : new SendResult.Refused(
                "PROJECT_MISSING", $"Kantata has no project that refers to {projectId}.",
                "The project was removed there or its reference changed. Restore it, or compensate and activate again.", ErrorClass.Business);
    }

    private static SendResult Created(VendorReply reply) => KantataApi.Records(reply) is [var record, ..]
        ? new SendResult.Accepted(record.Id)
        : Classify(reply);

    internal static SendResult Classify(VendorReply reply)
    {
        var (code, message) = KantataApi.Error(reply);
        return reply is VendorReply.Answered { Status: 422 or 400 }
            ? new SendResult.Refused(
                code ?? "KANTATA_VALIDATION", message ?? "Kantata refused the record.",
                "Correct what Kantata names, in the contract or in Kantata, then retry.", ErrorClass.Business)
            : reply.ToSendResult(code, message);
    }

    /// <summary>Nothing was sent that could change anything: only the search before it failed.</summary>
    internal static SendResult NotLookedUp(VendorReply reply)
    {
        var why = reply.ToLookUpUnavailable();
        return new SendResult.Unavailable(why.Code, why.Message, why.RetryAfter);
    }

    private static JsonObject Workspace(EnsurePsaProject project) => new()
    {
        ["title"] = project.Name,
        ["creator_role"] = "maven",
        ["description"] = $"{project.CustomerName}: contract {project.ContractId}",
        ["currency"] = project.Currency,
        ["start_date"] = $"{project.Start:yyyy-MM-dd}",
        ["due_date"] = project.End is { } end ? $"{end:yyyy-MM-dd}" : null,
        ["budgeted"] = true,
        ["price_in_cents"] = project.Budget is { } budget ? budget.Minor : null,
    };

    private static JsonObject Story(EnsurePsaMilestone milestone, KantataRecord workspace) => new()
    {
        ["workspace_id"] = workspace.Id,
        ["title"] = milestone.Name,
        ["story_type"] = "milestone",
        ["due_date"] = milestone.Due is { } due ? $"{due:yyyy-MM-dd}" : null,
        ["budget_estimate_in_cents"] = milestone.Amount is { } amount ? amount.Minor : null,
    };

    private static JsonObject Story(EnsurePsaTask task, KantataRecord workspace) => new()
    {
        ["workspace_id"] = workspace.Id,
        ["title"] = task.Name,
        ["story_type"] = "task",
        ["billable"] = task.Billable,
    };
}

internal sealed record Model(string Name, string Collection, string Singular);

/// <summary>What our objects are in Kantata.</summary>
internal static class Models
{
    public static readonly Model Project = new("project", "workspaces", "workspace");
    public static readonly Model Milestone = new("milestone", "stories", "story");
    public static readonly Model Task = new("task", "stories", "story");
    public static readonly Model Role = new("role", "workspace_resources", "workspace_resource");
    public static readonly Model RateCard = new("rate-card", "rate_cards", "rate_card");
}

/// <summary>How records of Kantata are named as sources of work: <c>time_entry/77</c>.</summary>
internal static class SourceIds
{
    public static string Of(string type, string id) => $"{type}/{id}";

    public static (string Type, string Id)? TryParse(string sourceId) => sourceId.Split('/') switch
    {
        ["time_entry", var id] => ("TimeEntry", id),
        ["expense", var id] => ("Expense", id),
        ["story", var id] => ("Story", id),
        _ => null,
    };
}
