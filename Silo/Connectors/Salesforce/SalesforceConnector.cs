using System.Text.Json.Nodes;
using Q2C.Silo.Connectors.Mapping;

namespace Q2C.Silo.Connectors.Salesforce;

/// <summary>
/// Status of the engagement on its opportunity, by our contract id as external id. The first report finds no such id
/// and stamps it on the opportunity that the contract came from.
/// </summary>
internal sealed class SalesforceConnector(ConnectionSettings settings, SalesforceApi api, OutboundMap<ReportCrmStatus> map) : IConnector
{
    public const string Opportunity = "Opportunity";
    public const string EngagementId = "Q2C_Engagement_Id__c";

    public string Connection => settings.Name;

    public TimeSpan LongestProcessing { get; } = settings.Seconds("longestProcessingSeconds", TimeSpan.FromMinutes(1));

    public Guarantee GuaranteeOf(Operation operation) => operation is ReportCrmStatus
        ? Guarantee.NaturalKey
        : throw new NotSupportedException($"Salesforce cannot carry out {operation.GetType().Name}.");

    public async Task<SendResult> Send(EffectRequest effect, int generation, CancellationToken cancel)
    {
        if (effect.Operation is not ReportCrmStatus status)
            throw new NotSupportedException($"Salesforce cannot carry out {effect.Operation.GetType().Name}.");
        var mapped = map.Map(status);
        if (mapped.Value is not { } fields)
            return new SendResult.Refused(
                "MAPPING_FAILED", string.Join(' ', mapped.Problems.Select(problem => problem.Message)),
                "Correct status.map.yaml of this connection, then retry.", ErrorClass.Permanent);

        var reply = await api.UpdateByExternalId(Opportunity, EngagementId, status.ContractId, Copy(fields), effect.Id, cancel);
        switch (reply)
        {
            case VendorReply.Answered { Status: 404 }:
                fields[EngagementId] = status.ContractId;
                reply = await api.Update(Opportunity, status.OpportunityId, fields, effect.Id, cancel);
                break;
            case VendorReply.Answered { Status: 300 }:
                return new SendResult.Refused(
                    "EXTERNAL_ID_NOT_UNIQUE", $"Several opportunities carry {status.ContractId} in {EngagementId}.",
                    $"Make {EngagementId} unique in Salesforce and clear it on all but the opportunity of this contract.",
                    ErrorClass.Business);
        }

        return reply is VendorReply.Answered { IsSuccess: true }
            ? new SendResult.Accepted(status.OpportunityId)
            : SalesforceApi.Classify(reply);
    }

    /// <summary>Sent again, a status overwrites itself with the same: whether it arrived need not be known.</summary>
    public Task<LookUpResult> LookUp(EffectRequest effect, int generation, CancellationToken cancel) =>
        Task.FromResult<LookUpResult>(new LookUpResult.Absent());

    /// <summary>A status is written over by the same: sent again it is never found.</summary>
    public bool CanConfirm(Operation operation) => false;

    public async Task<HealthReport> CheckHealth(CancellationToken cancel)
    {
        var reply = await api.Limits(cancel);
        return reply switch
        {
            VendorReply.Answered { IsSuccess: true } answer => new(
                true, answer.Headers.TryGetValue("Sforce-Limit-Info", out var usage) ? $"Salesforce answers ({usage})." : "Salesforce answers."),
            VendorReply.Answered answer => new(
                false, $"Salesforce answers {answer.Status}: {SalesforceApi.Error(reply).Message ?? "no reason given"}."),
            VendorReply.NotSent failure => new(false, failure.Message),
            VendorReply.Lost failure => new(false, failure.Message),
            _ => throw new InvalidOperationException("A reply is one of three."),
        };
    }

    private static JsonObject Copy(JsonObject fields) => fields.DeepClone().AsObject();
}
