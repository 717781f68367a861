namespace Q2C.Silo.Connectors.TaxTable;

/// <summary>
/// Taxes by a table of rates that the firm keeps itself, for those without a tax engine. Nothing is called and nothing is
/// recorded outside. The table is <c>taxes.yaml</c> in the connection's maps folder, else the one beside this file.
/// </summary>
public sealed class TaxTableVendor : IVendor
{
    public string Name => "taxtable";

    public ConnectionParts Connect(ConnectorContext context)
    {
        var (file, text) = context.Maps.Document("taxes");
        return new(new TaxTableConnector(context.Settings, TaxRules.Read(file, text)));
    }
}
