using Q2C.Silo.Connectors;

namespace Q2C.Silo.Effects;

/// <summary>Stands where a policy names a connection that this installation does not have: refuses, and says so.</summary>
internal sealed class MissingConnector(string connection, bool isConfigured) : IConnector
{
    public string Connection => connection;

    public TimeSpan LongestProcessing => TimeSpan.FromSeconds(1);

    public Guarantee GuaranteeOf(Operation operation) => Guarantee.NaturalKey;

    public Task<SendResult> Send(EffectRequest effect, int generation, CancellationToken cancel) =>
        Task.FromResult<SendResult>(new SendResult.Refused(
            "CONNECTION_MISSING",
            isConfigured
                ? $"The connection '{connection}' only receives; nothing can be sent to it."
                : $"There is no connection '{connection}' in this installation.",
            "Configure the connection or correct the name in the legal entity's policy, then retry.",
            ErrorClass.Permanent));

    public Task<LookUpResult> LookUp(EffectRequest effect, int generation, CancellationToken cancel) =>
        Task.FromResult<LookUpResult>(new LookUpResult.Absent());

    public Task<HealthReport> CheckHealth(CancellationToken cancel) =>
        Task.FromResult(new HealthReport(false, $"There is no connection '{connection}' in this installation."));
}
