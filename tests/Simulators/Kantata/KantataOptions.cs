using Q2C.Simulators.Core;

namespace Q2C.Simulators.Kantata;

/// <summary>Settings of the Kantata simulator. The defaults are fixed test credentials, valid nowhere else.</summary>
public sealed record KantataOptions : SimulatorOptions
{
    /// <summary>The application token of an account administrator; Kantata's tokens do not expire.</summary>
    public string Token { get; init; } = "simulator-kantata-token";

    /// <summary>Requests a minute to /workspaces before 429.</summary>
    public int WorkspaceRequestsPerMinute { get; init; } = 600;

    /// <summary>Requests a minute to everything else before 429.</summary>
    public int RequestsPerMinute { get; init; } = 6_000;
}
