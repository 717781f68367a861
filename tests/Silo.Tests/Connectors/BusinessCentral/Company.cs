using Q2C.Silo.Connectors;
using Q2C.Silo.Connectors.BusinessCentral;
using Q2C.Simulators.BusinessCentral;

namespace Q2C.Silo.Tests.Connectors.BusinessCentral;

/// <summary>Connections to the simulated company.</summary>
internal static class Company
{
    public static ConnectionParts Connect(
        BusinessCentralSimulator simulator, Dictionary<string, string>? options = null, TimeProvider? time = null, string name = "businesscentral",
        string secret = "simulator-application-secret") => Vendors.Parts(
            new BusinessCentralVendor(),
            Vendors.Settings("businesscentral", simulator.ApiAddress,
                new(options ?? [])
                {
                    ["tenant"] = new BusinessCentralOptions().Tenant, ["companyId"] = new BusinessCentralOptions().CompanyId,
                    ["clientId"] = new BusinessCentralOptions().ClientId, ["tokenAddress"] = simulator.TokenAddress.AbsoluteUri,
                    ["paymentAccount"] = "1810",
                },
                new() { ["clientSecret"] = Vendors.SecretFile(secret), ["clientState"] = Vendors.SecretFile("our-state") }) with { Name = name },
            time ?? TimeProvider.System, null, Vendors.MapFolder("BusinessCentral"));

    /// <summary>With the project dimension, and the page that makes its values.</summary>
    public static Dictionary<string, string> Dimension =>
        new() { ["projectDimension"] = "PROJECT", ["dimensionValues"] = "q2c/finance/v1.0/dimensionValues" };
}
