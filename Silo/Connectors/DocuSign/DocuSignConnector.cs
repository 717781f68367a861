namespace Q2C.Silo.Connectors.DocuSign;

/// <summary>Envelopes are made in DocuSign or by the CPQ; Q2C only reads them.</summary>
internal sealed class DocuSignConnector(ConnectionSettings settings, DocuSignApi api) : IConnector
{
    public string Connection => settings.Name;

    public TimeSpan LongestProcessing => TimeSpan.FromSeconds(1);

    public Guarantee GuaranteeOf(Operation operation) => throw Unsupported(operation);

    public Task<SendResult> Send(EffectRequest effect, int generation, CancellationToken cancel) => throw Unsupported(effect.Operation);

    public Task<LookUpResult> LookUp(EffectRequest effect, int generation, CancellationToken cancel) => throw Unsupported(effect.Operation);

    public async Task<HealthReport> CheckHealth(CancellationToken cancel) => await api.Account(cancel) switch
    {
        VendorReply.Answered { Status: 200 } account => new(true, $"DocuSign answers for the account {account.Text("accountName")}."),
        VendorReply.Answered { Status: 401 or 403 } => new(false, "DocuSign does not let this user in. Check accountId, userId and whether consent was given."),
        VendorReply.Answered { Status: 404 } => new(false, "DocuSign does not know the account here. Check accountId and the base address of the account."),
        var reply when api.Limited(reply) is { } wait => new(false, $"DocuSign's limit of requests is reached; it ends in {wait.TotalMinutes:0} minutes."),
        VendorReply.NotSent { Code: ProblemCodes.CredentialsRefused } refused => new(false,
            $"{refused.Message} With consent_required the user has to let the application act for them once."),
        var reply => new(false, reply.ToLookUpUnavailable().Message),
    };

    private static NotSupportedException Unsupported(Operation operation) => new($"DocuSign has no {operation.GetType().Name}.");
}
