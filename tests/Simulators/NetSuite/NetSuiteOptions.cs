using Q2C.Simulators.Core;

namespace Q2C.Simulators.NetSuite;

/// <summary>Settings of the NetSuite simulator. The defaults are fixed test credentials, valid nowhere else.</summary>
public sealed record NetSuiteOptions : SimulatorOptions
{
    public string Account { get; init; } = "TSTDRV1234567";

    public string ClientId { get; init; } = "simulator-client";

    public string CertificateId { get; init; } = "simulator-certificate";

    /// <summary>Public key (PEM) of the client's certificate; null takes keys from the control API only.</summary>
    public string? PublicKeyPem { get; init; }

    /// <summary>Requests of the whole account that may be under way at once.</summary>
    public int ConcurrencyLimit { get; init; } = 5;

    public TimeSpan TokenLifetime { get; init; } = TimeSpan.FromHours(1);
}
