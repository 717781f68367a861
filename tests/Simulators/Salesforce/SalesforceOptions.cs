using Q2C.Simulators.Core;

namespace Q2C.Simulators.Salesforce;

/// <summary>Settings of the Salesforce simulator. The defaults are fixed test credentials, valid nowhere else.</summary>
public sealed record SalesforceOptions : SimulatorOptions
{
    public string ClientId { get; init; } = "simulator-connected-app";

    public string ClientSecret { get; init; } = "simulator-secret";

    /// <summary>User of the JWT bearer flow.</summary>
    public string Username { get; init; } = "integration@q2c.example";

    /// <summary>Public key (PEM) of the connected app's certificate, for the JWT bearer flow.</summary>
    public string? PublicKeyPem { get; init; }

    public string OrganizationId { get; init; } = SalesforceId.Of("00D", 1);

    /// <summary>Life of a session; the token endpoint does not tell it, a client learns it from a 401.</summary>
    public TimeSpan SessionLifetime { get; init; } = TimeSpan.FromHours(2);

    public int DailyRequestLimit { get; init; } = 15_000;

    public int QueryBatchSize { get; init; } = 2_000;

    /// <summary>Path of the Outbound Message endpoint under <see cref="SimulatorOptions.Webhooks"/>.</summary>
    public string WebhookPath { get; init; } = "/webhooks/salesforce";

    /// <summary>Delay before the first retry of an Outbound Message; it doubles up to two hours, for 24 hours.</summary>
    public TimeSpan FirstRetry { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Port of the Pub/Sub API; 0 takes a free one.</summary>
    public int PubSubPort { get; init; }

    /// <summary>How long the event bus keeps events.</summary>
    public TimeSpan EventsKept { get; init; } = TimeSpan.FromHours(72);

    /// <summary>How long a stream is silent before it says that there is nothing; in real time.</summary>
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(270);
}
