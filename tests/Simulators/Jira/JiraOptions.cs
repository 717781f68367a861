using Q2C.Simulators.Core;

namespace Q2C.Simulators.Jira;

/// <summary>Settings of the Jira simulator. The defaults are fixed test credentials, valid nowhere else.</summary>
public sealed record JiraOptions : SimulatorOptions
{
    public string Email { get; init; } = "q2c@simulator.example";

    public string ApiToken { get; init; } = "simulator-jira-token";

    /// <summary>Secret of the administrator's webhook, which signs.</summary>
    public string WebhookSecret { get; init; } = "simulator-jira-webhook-secret";

    /// <summary>Client secret of the app: if there is one, the app's webhook carries a token under it and no signature.</summary>
    public string? AppSecret { get; init; }

    /// <summary>Path of the webhook under <see cref="SimulatorOptions.Webhooks"/>.</summary>
    public string WebhookPath { get; init; } = "/webhooks/jira";

    /// <summary>Jira repeats 5 to 15 minutes later, five times at most.</summary>
    public TimeSpan Retry { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>What the reconciliation lists leave out.</summary>
    public TimeSpan LeftOut { get; init; } = TimeSpan.FromMinutes(1);

    public int WorklogsPerPage { get; init; } = 1_000;

    /// <summary>Requests within one second before 429.</summary>
    public int RequestsPerSecond { get; init; } = 1_000;
}
