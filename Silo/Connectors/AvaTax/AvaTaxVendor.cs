namespace Q2C.Silo.Connectors.AvaTax;

/// <summary>
/// AvaTax by its REST service, one company per connection. Options: <c>account</c>, <c>companyCode</c>,
/// <c>longestProcessingSeconds</c> (120). Secret: <c>licenseKey</c>.
/// </summary>
public sealed class AvaTaxVendor : IVendor
{
    public string Name => "avatax";

    public ConnectionParts Connect(ConnectorContext context)
    {
        var settings = context.Settings;
        var credentials = new SecretCredentials(
            () => settings.SecretsOf("licenseKey").Select(key => SecretCredentials.Basic(settings.RequiredOption("account"), key)));
        var client = new AvaTaxClient(
            new(context.Http, settings.BaseAddress, credentials, context.Time), settings.RequiredOption("companyCode"));
        return new(new AvaTaxConnector(settings, client, context.Maps.Outbound<TaxRequest>("transaction"), context.Maps.Outbound<RecordTaxCredit>("credit")));
    }
}
