using Q2C.Simulators.Core;

namespace Q2C.Simulators.DocuSign;

/// <summary>Settings of the DocuSign simulator. The defaults are fixed test credentials, valid nowhere else.</summary>
public sealed record DocuSignOptions : SimulatorOptions
{
    public string AccountId { get; init; } = "6a1d7d6e-0000-4000-8000-000000000001";

    public string UserId { get; init; } = "6a1d7d6e-0000-4000-8000-000000000002";

    public string IntegrationKey { get; init; } = "6a1d7d6e-0000-4000-8000-000000000003";

    public long ConfigurationId { get; init; } = 12345;

    /// <summary>Keys that are active: Connect signs with each of them.</summary>
    public IReadOnlyList<string> HmacKeys { get; init; } = ["simulator-docusign-key"];

    /// <summary>Path of the endpoint under <see cref="SimulatorOptions.Webhooks"/>.</summary>
    public string WebhookPath { get; init; } = "/webhooks/docusign";

    /// <summary>The older XML instead of JSON SIM.</summary>
    public bool LegacyXml { get; init; }

    /// <summary>Delay before a failed delivery comes again; Connect waits a day, and gives up after ten tries.</summary>
    public TimeSpan FirstRetry { get; init; } = TimeSpan.FromDays(1);

    public int RequestsPerHour { get; init; } = 3_000;

    /// <summary>How soon the same envelope may be read again.</summary>
    public TimeSpan PollingInterval { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>How often it may be read within that time.</summary>
    public int ReadsOfOneEnvelope { get; init; } = 20;

    public TimeSpan TokenLifetime { get; init; } = TimeSpan.FromHours(1);
}
