using Q2C.Silo.Connectors;
using Q2C.Silo.Connectors.Salesforce;
using Q2C.Simulators.Salesforce;

namespace Q2C.Silo.Tests.Connectors.Salesforce;

internal static class SalesforceBench
{
    /// <param name="overrides">A folder with mapping documents that take the place of the shipped ones.</param>
    public static ConnectorSpec Connect(
        Uri address, TimeProvider clock, string secret = "simulator-secret", params string[] overrides) => new(
        Vendors.Parts(
            new SalesforceVendor(),
            Vendors.Settings("salesforce", address, [], new()
            {
                ["clientId"] = Vendors.SecretFile("simulator-connected-app"),
                ["clientSecret"] = Vendors.SecretFile(secret),
            }),
            clock, null, [Vendors.MapFolder("Salesforce"), .. overrides]),
        "salesforce");

    /// <summary>Following the changes of the org.</summary>
    public static ConnectionParts Follow(SalesforceSimulator salesforce, TimeProvider clock, KnownSources? sources = null, string entities = "all") => Vendors.Parts(
        new SalesforceVendor(),
        Vendors.Settings("salesforce", salesforce.BaseAddress, new()
        {
            ["changeEvents"] = entities, ["organizationId"] = salesforce.OrganizationId, ["pubSubAddress"] = $"{salesforce.GrpcAddress}",
        }, new()
        {
            ["clientId"] = Vendors.SecretFile("simulator-connected-app"),
            ["clientSecret"] = Vendors.SecretFile("simulator-secret"),
        }),
        clock, sources ?? [], null, Vendors.MapFolder("Salesforce"));

    /// <summary>One notification as the gateway keeps it: the message without the others.</summary>
    public static string Notification(string fields, string type = "Opportunity") => $"""
        <notifications xmlns="http://soap.sforce.com/2005/09/outbound">
          <OrganizationId>00DQ2C000000001MBA</OrganizationId>
          <Notification>
            <Id>04lQ2C000000001AAA</Id>
            <sObject xsi:type="sf:{type}" xmlns:sf="urn:sobject.enterprise.soap.sforce.com"
                xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">{fields}</sObject>
          </Notification>
        </notifications>
        """;
}
