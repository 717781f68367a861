namespace Q2C.Silo.Connectors.NetSuite;

/// <summary>
/// NetSuite by its REST record service. Options: <c>clientId</c>, <c>certificateId</c>, <c>longestProcessingSeconds</c>
/// (900). Secret: <c>privateKey</c>, the PEM of the certificate's key (EC P-256 or RSA).
/// </summary>
public sealed class NetSuiteVendor : IVendor
{
    public string Name => "netsuite";

    public ConnectionParts Connect(ConnectorContext context)
    {
        var settings = context.Settings;
        var token = new Uri(settings.BaseAddress, "/services/rest/auth/oauth2/v1/token");
        var assertion = new ClientAssertion(
            settings.RequiredOption("clientId"), settings.RequiredOption("certificateId"), token,
            () => settings.Secret("privateKey"), context.Time);
        assertion.Check();
        var credentials = new OAuthCredentials(context.Http, token, assertion.TokenRequest, context.Time);
        var client = new NetSuiteClient(new(context.Http, settings.BaseAddress, credentials, context.Time));
        return new(
            new NetSuiteConnector(settings, client, new(context.Maps)), new NetSuiteChanges(settings.Name, client, context.Maps.Inbound<EnteredPayment>("entered-payment")),
            [new ChangedTransactions(client, context.Time)], new HeldRecords(client));
    }
}
