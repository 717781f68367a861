using Q2C.Simulators.Core;

namespace Q2C.Simulators.AvaTax;

/// <summary>Settings of the AvaTax simulator. The defaults are fixed test credentials, valid nowhere else.</summary>
public sealed record AvaTaxOptions : SimulatorOptions
{
    public string Account { get; init; } = "2000000001";

    public string LicenseKey { get; init; } = "simulator-license-key";

    public IReadOnlyList<string> Companies { get; init; } = ["DEFAULT", "Q2C-DE", "Q2C-US"];
}
