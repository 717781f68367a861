using System.Text.Json.Nodes;
using Q2C.Silo.Connectors.Mapping;

namespace Q2C.Silo.Connectors.BusinessCentral;

/// <summary>Operations as bodies for Business Central, by the mapping documents beside this file.</summary>
internal sealed class BusinessCentralMaps(MapCatalog maps)
{
    private const int LongestText = 100;

    private readonly OutboundMap<UpsertErpCustomer> _customer = maps.Outbound<UpsertErpCustomer>("customer");
    private readonly OutboundMap<UpsertErpContract> _contract = maps.Outbound<UpsertErpContract>("contract");
    private readonly OutboundMap<UpsertErpJob> _job = maps.Outbound<UpsertErpJob>("job");
    private readonly OutboundMap<WithdrawErpRecord> _withdrawCustomer = maps.Outbound<WithdrawErpRecord>("withdraw-customer");
    private readonly OutboundMap<WithdrawErpRecord> _withdrawContract = maps.Outbound<WithdrawErpRecord>("withdraw-contract");
    private readonly OutboundMap<PostErpInvoice> _invoice = maps.Outbound<PostErpInvoice>("invoice");
    private readonly OutboundMap<PostErpCreditMemo> _creditMemo = maps.Outbound<PostErpCreditMemo>("credit-memo");
    private readonly OutboundMap<RecordErpPayment> _payment = maps.Outbound<RecordErpPayment>("payment");
    private readonly OutboundMap<PostErpJournal> _journal = maps.Outbound<PostErpJournal>("journal");

    public MapResult<JsonObject> Of(UpsertErpCustomer o) => Cut(_customer.Map(o));

    public MapResult<JsonObject> Of(UpsertErpContract o) => Cut(_contract.Map(o));

    public MapResult<JsonObject> Of(UpsertErpJob o) => Cut(_job.Map(o));

    public MapResult<JsonObject> Of(WithdrawErpRecord o) =>
        Cut((o.Kind == ErpRecordKind.Customer ? _withdrawCustomer : _withdrawContract).Map(o));

    public MapResult<JsonObject> Of(PostErpInvoice o) => Cut(_invoice.Map(o));

    public MapResult<JsonObject> Of(PostErpCreditMemo o) => Cut(_creditMemo.Map(o));

    public MapResult<JsonObject> Of(RecordErpPayment o) => Cut(_payment.Map(o));

    public MapResult<JsonObject> Of(PostErpJournal o) => Cut(_journal.Map(o));

    /// <summary>Names and descriptions longer than there is room for would be refused; they lose their end.</summary>
    private static MapResult<JsonObject> Cut(MapResult<JsonObject> mapped)
    {
        if (mapped.Value is { } body) Cut(body);
        return mapped;
    }

    private static void Cut(JsonNode node)
    {
        switch (node)
        {
            case JsonArray list:
                foreach (var item in list.OfType<JsonNode>()) Cut(item);
                break;
            case JsonObject body:
                foreach (var name in new[] { "displayName", "description" })
                    if (body[name] is JsonValue text && text.TryGetValue<string>(out var all) && all.Length > LongestText)
                        body[name] = all[..LongestText];
                foreach (var (_, value) in body.ToList())
                    if (value is JsonArray or JsonObject) Cut(value);
                break;
        }
    }
}
