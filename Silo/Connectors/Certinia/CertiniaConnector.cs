using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Q2C.Silo.Connectors.Mapping;
using Q2C.Silo.Connectors.Salesforce;
using static Q2C.Silo.Connectors.Certinia.CertiniaObjects;

namespace Q2C.Silo.Connectors.Certinia;

/// <summary>What becomes of canonical records in Certinia, by the mapping documents.</summary>
internal sealed class CertiniaMaps(MapCatalog maps)
{
    public OutboundMap<EnsurePsaProject> Project { get; } = maps.Outbound<EnsurePsaProject>("project");

    public OutboundMap<EnsurePsaProject> Budget { get; } = maps.Outbound<EnsurePsaProject>("budget");

    public OutboundMap<EnsurePsaMilestone> Milestone { get; } = maps.Outbound<EnsurePsaMilestone>("milestone");

    public OutboundMap<EnsurePsaTask> Task { get; } = maps.Outbound<EnsurePsaTask>("task");

    public OutboundMap<EnsurePsaRole> Role { get; } = maps.Outbound<EnsurePsaRole>("role");

    public OutboundMap<WithdrawPsaProject> Withdrawal { get; } = maps.Outbound<WithdrawPsaProject>("withdraw-project");

    public OutboundMap<ReportPsaBilling> Billing { get; } = maps.Outbound<ReportPsaBilling>("billing");
}

/// <summary>
/// Projects with budget, milestones, tasks and resource requests. Each record carries our id as an external id, so the
/// same request again meets the same record.
/// </summary>
internal sealed class CertiniaConnector(ConnectionSettings settings, SalesforceApi api, CertiniaMaps maps) : IConnector
{
    public string Connection => settings.Name;

    public TimeSpan LongestProcessing { get; } = settings.Seconds("longestProcessingSeconds", TimeSpan.FromMinutes(2));

    public Guarantee GuaranteeOf(Operation operation) => operation switch
    {
        EnsurePsaProject or EnsurePsaMilestone or EnsurePsaTask or EnsurePsaRole or WithdrawPsaProject or ReportPsaBilling => Guarantee.NaturalKey,
        _ => throw new NotSupportedException($"Certinia cannot carry out {operation.GetType().Name}."),
    };

    /// <summary>What is sent again is written over by the same and is therefore never found.</summary>
    public bool CanConfirm(Operation operation) => false;

    public Task<SendResult> Send(EffectRequest effect, int generation, CancellationToken cancel) => effect.Operation switch
    {
        EnsurePsaProject e => EnsureProject(e, effect.Id, cancel),
        EnsurePsaMilestone e => Upsert(Milestone, MilestoneId, MilestoneKey(e.ProjectId, e.MilestoneId), maps.Milestone.Map(e), effect.Id, cancel),
        EnsurePsaTask e => Upsert(CertiniaObjects.Task, TaskId, Key(e.TaskId), maps.Task.Map(e), effect.Id, cancel),
        EnsurePsaRole e => Upsert(Role, RoleId, Key(e.RoleId), maps.Role.Map(e), effect.Id, cancel),
        WithdrawPsaProject e => Withdraw(e, effect.Id, cancel),
        ReportPsaBilling e => Report(e, effect.Id, cancel),
        var other => throw new NotSupportedException($"Certinia cannot carry out {other.GetType().Name}."),
    };

    /// <summary>Sent again, each of these overwrites itself with the same: whether it arrived need not be known.</summary>
    public Task<LookUpResult> LookUp(EffectRequest effect, int generation, CancellationToken cancel) =>
        System.Threading.Tasks.Task.FromResult<LookUpResult>(new LookUpResult.Absent());

    public async Task<HealthReport> CheckHealth(CancellationToken cancel)
    {
        var (_, failure) = await api.Query($"SELECT Id, {ProjectId} FROM {Project} ORDER BY Id LIMIT 1", "certinia/health", cancel);
        return failure switch
        {
            null => new(true, "The org answers, and our user sees Certinia's projects with our external id."),
            VendorReply.Answered { Status: 400 } => new(false, $"The package or our fields are not there: {SalesforceApi.Error(failure).Message}. Run the installation of our fields in the org."),
            VendorReply.Answered answer => new(false, $"The org answers {answer.Status}: {SalesforceApi.Error(failure).Message ?? "no reason given"}."),
            VendorReply.NotSent e => new(false, e.Message),
            VendorReply.Lost e => new(false, e.Message),
            _ => throw new InvalidOperationException("A reply is one of three."),
        };
    }

    public static string MilestoneKey(string project, string milestone) => Key($"{project}/{milestone}");

    /// <summary>Project and budget in one request, both or neither.</summary>
    private async Task<SendResult> EnsureProject(EnsurePsaProject project, string correlation, CancellationToken cancel)
    {
        var (own, budget) = (maps.Project.Map(project), maps.Budget.Map(project));
        if (own.Failed || (project.Budget is not null && budget.Failed)) return MappingProblems.ToRefusal(own.Failed ? own.Problems : budget.Problems);
        if (project.Budget is null) return await Upsert(Project, ProjectId, project.ProjectId, own, correlation, cancel);
        var fields = budget.Value!;
        fields["pse__Project__c"] = "@{project.id}";
        var reply = await api.Composite(
            [
                new("project", Project, ProjectId, project.ProjectId, own.Value!), new("budget", Budget, BudgetId, project.ProjectId, fields),
            ], correlation, cancel);
        return Parts(reply) is { } parts ? OfComposite(parts) : SalesforceApi.Classify(reply);
    }

    private async Task<SendResult> Upsert<T>(string type, string field, string key, MapResult<T> mapped, string correlation, CancellationToken cancel) where T : JsonNode
    {
        if (mapped.Value is not JsonObject fields) return MappingProblems.ToRefusal(mapped.Problems);
        var reply = await api.Upsert(type, field, key, fields, correlation, cancel);
        return reply switch
        {
            VendorReply.Answered { IsSuccess: true } answer when answer.Text("id") is { } id => new SendResult.Accepted(id),
            VendorReply.Answered { Status: 204 } => new SendResult.Accepted(key),
            VendorReply.Answered { Status: 300 } => new SendResult.Refused(
                "EXTERNAL_ID_NOT_UNIQUE", $"Several records of {type} carry {key} in {field}.",
                $"Make {field} unique in the org and clear it on all but the record that is meant.", ErrorClass.Business),
            _ => SalesforceApi.Classify(reply),
        };
    }

    private async Task<SendResult> Withdraw(WithdrawPsaProject withdrawn, string correlation, CancellationToken cancel)
    {
        var mapped = maps.Withdrawal.Map(withdrawn);
        if (mapped.Value is not { } fields) return MappingProblems.ToRefusal(mapped.Problems);
        var reply = await api.UpdateByExternalId(Project, ProjectId, withdrawn.ProjectId, fields, correlation, cancel);
        return reply is VendorReply.Answered { IsSuccess: true } or VendorReply.Answered { Status: 404 }
            ? new SendResult.Accepted(withdrawn.ProjectId)
            : SalesforceApi.Classify(reply);
    }

    /// <summary>The invoice is written on each record that is on it, 200 in a request. Records that are gone need none.</summary>
    private async Task<SendResult> Report(ReportPsaBilling billing, string correlation, CancellationToken cancel)
    {
        var mapped = maps.Billing.Map(billing);
        if (mapped.Value is not { } fields) return MappingProblems.ToRefusal(mapped.Problems);
        var records = billing.SourceIds.Select(source => Sources.RecordOf(Connection, source)).OfType<(string Type, string Id)>().Distinct().ToImmutableArray();
        foreach (var part in records.Chunk(SalesforceApi.MaxInCollection))
        {
            var reply = await api.UpdateMany([.. part.Select(record => (record.Type, record.Id, fields))], correlation, cancel);
            if (reply is not VendorReply.Answered { IsSuccess: true, Json: { ValueKind: JsonValueKind.Array } results })
                return SalesforceApi.Classify(reply);
            foreach (var result in results.EnumerateArray())
                if (Failure(result) is { } failure) return failure;
        }

        return new SendResult.Accepted(billing.InvoiceId);
    }

    private static SendResult.Refused? Failure(JsonElement result)
    {
        if (result.GetProperty("success").GetBoolean()) return null;
        var error = result.GetProperty("errors").EnumerateArray().First();
        var code = error.GetProperty("statusCode").GetString();
        return code is "ENTITY_IS_DELETED" or "NOT_FOUND" ? null : Refused(code, error.GetProperty("message").GetString());
    }

    private static IReadOnlyList<JsonElement>? Parts(VendorReply reply) =>
        reply is VendorReply.Answered { IsSuccess: true, Json: { ValueKind: JsonValueKind.Object } json }
        && json.TryGetProperty("compositeResponse", out var parts) && parts.ValueKind == JsonValueKind.Array
            ? [.. parts.EnumerateArray()]
            : null;

    /// <summary>All were done or none; of those that were not, the one that is to blame does not say that it was rolled back.</summary>
    private static SendResult OfComposite(IReadOnlyList<JsonElement> parts)
    {
        var failed = parts.Where(part => part.GetProperty("httpStatusCode").GetInt32() >= 300)
            .Select(part => part.GetProperty("body")).Select(body => body.ValueKind == JsonValueKind.Array ? body.EnumerateArray().First() : body).ToList();
        if (failed.Count == 0) return new SendResult.Accepted(parts[0].GetProperty("body").GetProperty("id").GetString()!);
        var blamed = failed.FirstOrDefault(error => Code(error) != "PROCESSING_HALTED", failed[0]);
        return Code(blamed) == "UNABLE_TO_LOCK_ROW"
            ? new SendResult.Unavailable("UNABLE_TO_LOCK_ROW", "Somebody else is writing the record.")
            : Refused(Code(blamed), blamed.TryGetProperty("message", out var message) ? message.GetString() : null);
    }

    private static string? Code(JsonElement error) =>
        error.ValueKind == JsonValueKind.Object && error.TryGetProperty("errorCode", out var code) ? code.GetString() : null;

    private static SendResult.Refused Refused(string? code, string? message) => new(
        code ?? "CERTINIA_REFUSED", message ?? "The org refused the record without a reason.",
        "Correct what the org names (a field, a validation rule, a permission of the integration user), then retry.", ErrorClass.Business);
}
