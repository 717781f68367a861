using Q2C.Simulators.Core;

namespace Q2C.Simulators.BusinessCentral;

/// <summary>Settings of the Business Central simulator. The defaults are fixed test credentials, valid nowhere else.</summary>
public sealed record BusinessCentralOptions : SimulatorOptions
{
    public string Tenant { get; init; } = "11111111-2222-4333-8444-555555555555";

    public string Environment { get; init; } = "Production";

    public string CompanyId { get; init; } = "f64eba74-dacd-4854-a584-1834f68cfc3a";

    public string ClientId { get; init; } = "simulator-application";

    public string ClientSecret { get; init; } = "simulator-application-secret";

    /// <summary>The company's own currency: that of its journals.</summary>
    public string Currency { get; init; } = "EUR";

    /// <summary>Entities of one page of a list.</summary>
    public int PageSize { get; init; } = 20_000;

    /// <summary>Requests of one user in five minutes.</summary>
    public int RequestsInFiveMinutes { get; init; } = 6_000;

    public TimeSpan TokenLifetime { get; init; } = TimeSpan.FromHours(1);

    public TimeSpan SubscriptionLifetime { get; init; } = TimeSpan.FromDays(3);

    /// <summary>How long changes are gathered before they are notified.</summary>
    public TimeSpan NotificationDelay { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>More changes of one set than this are notified as one collection.</summary>
    public int MaxNotifications { get; init; } = 1_000;

    /// <summary>Delay before a notification is sent again; it doubles, for 36 hours.</summary>
    public TimeSpan FirstRetry { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>False leaves out the extension's page that creates dimension values.</summary>
    public bool HasDimensionPage { get; init; } = true;

    /// <summary>False for number series that do not take numbers from outside.</summary>
    public bool TakesManualNumbers { get; init; } = true;

    /// <summary>Documents and entries dated before this day cannot be posted.</summary>
    public DateOnly PostingFrom { get; init; } = new(2020, 1, 1);
}
