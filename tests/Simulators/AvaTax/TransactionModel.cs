using System.Text.Json.Nodes;
using Q2C.Simulators.Core;
using static Q2C.Simulators.AvaTax.AvaTaxErrors;

namespace Q2C.Simulators.AvaTax;

/// <summary>Turns a request into AvaTax's transaction: tax per line, rounded half up to cents, then summed.</summary>
internal static class TransactionModel
{
    private const string DefaultTaxCode = "P0000000";

    public static readonly IReadOnlySet<string> Types = new HashSet<string>
    {
        "SalesOrder", "SalesInvoice", "PurchaseOrder", "PurchaseInvoice", "ReturnOrder", "ReturnInvoice",
    };

    public static bool IsRecorded(string type) => type.EndsWith("Invoice", StringComparison.Ordinal);

    public static JsonObject Calculate(JsonObject request, long id, string code, string type, DateTimeOffset now)
    {
        var date = request["date"].Text() ?? throw Refused(ValueRequired, "Field date is required.");
        var customer = request["customerCode"].Text() ?? throw Refused(ValueRequired, "Field customerCode is required.");
        if (request["lines"] is not JsonArray { Count: > 0 } input) throw Refused(ValueRequired, "Field lines is required.");
        var lines = input.Select((line, index) => Line(request, line as JsonObject ?? [], index, id, date)).ToList();
        var first = lines[0]["details"]![0]!;
        return new JsonObject
        {
            ["id"] = id,
            ["code"] = code,
            ["companyId"] = 1,
            ["date"] = date,
            ["status"] = "Temporary",
            ["type"] = type,
            ["currencyCode"] = request["currencyCode"].Text() ?? "USD",
            ["exchangeRateCurrencyCode"] = request["currencyCode"].Text() ?? "USD",
            ["customerVendorCode"] = customer,
            ["customerCode"] = customer,
            ["exemptNo"] = request["exemptionNo"].Text() ?? "",
            ["purchaseOrderNo"] = request["purchaseOrderNo"].Text() ?? "",
            ["businessIdentificationNo"] = request["businessIdentificationNo"].Text() ?? "",
            ["description"] = request["description"].Text() ?? "",
            ["reconciled"] = false,
            ["totalAmount"] = Sum(lines, "lineAmount"),
            ["totalExempt"] = Sum(lines, "exemptAmount"),
            ["totalDiscount"] = 0m,
            ["totalTax"] = Sum(lines, "tax"),
            ["totalTaxable"] = Sum(lines, "taxableAmount"),
            ["totalTaxCalculated"] = Sum(lines, "tax"),
            ["adjustmentReason"] = "NotAdjusted",
            ["adjustmentDescription"] = "",
            ["locked"] = false,
            ["country"] = first["country"]!.DeepClone(),
            ["region"] = first["region"]!.DeepClone(),
            ["version"] = 1,
            ["exchangeRate"] = 1m,
            ["exchangeRateEffectiveDate"] = date,
            ["modifiedDate"] = now.ToString("yyyy-MM-ddTHH:mm:ss.fff"),
            ["taxDate"] = date,
            ["lines"] = lines.Select(line => (JsonNode?)line).ToJsonArray(),
            ["summary"] = Summary(lines),
        };
    }

    private static JsonObject Line(JsonObject request, JsonObject line, int index, long id, string date)
    {
        var amount = line["amount"].Number() ?? throw Refused(ValueRequired, $"Field lines[{index}].amount is required.");
        var code = line["taxCode"].Text() is { Length: > 0 } given ? given : DefaultTaxCode;
        var rule = Rule(request, line, index, code);
        var exempt = IsExempt(request, line);
        var included = line["taxIncluded"].Flag() is true;
        var calculated = Round(included ? amount - amount / (1 + rule.Rate) : amount * rule.Rate);
        var tax = line["taxOverride"]?["type"].Text() is "TaxAmount"
            ? line["taxOverride"]!["taxAmount"].Number() ?? throw Refused(ValueRequired, $"Field lines[{index}].taxOverride.taxAmount is required.")
            : calculated;
        var taxable = rule.Rate == 0 ? 0m : included ? amount - tax : amount;
        return new JsonObject
        {
            ["id"] = id * 1000 + index + 1,
            ["transactionId"] = id,
            ["lineNumber"] = line["number"].Text() ?? $"{index + 1}",
            ["description"] = line["description"].Text() ?? "",
            ["itemCode"] = line["itemCode"].Text() ?? "",
            ["ref1"] = line["ref1"].Text() ?? "",
            ["ref2"] = line["ref2"].Text() ?? "",
            ["exemptAmount"] = exempt ? amount : 0m,
            ["isItemTaxable"] = rule.Rate > 0,
            ["lineAmount"] = amount,
            ["quantity"] = line["quantity"].Number() ?? 1m,
            ["tax"] = tax,
            ["taxableAmount"] = taxable,
            ["taxCalculated"] = calculated,
            ["taxCode"] = code,
            ["taxDate"] = date,
            ["taxIncluded"] = line["taxIncluded"].Flag() ?? false,
            ["details"] = new JsonArray(Detail(rule, id, index, amount, taxable, tax, exempt)),
        };
    }

    private static JsonObject Detail(TaxRule rule, long id, int index, decimal amount, decimal taxable, decimal tax, bool exempt) => new()
    {
        ["id"] = id * 1_000_000 + index + 1,
        ["transactionLineId"] = id * 1000 + index + 1,
        ["transactionId"] = id,
        ["country"] = rule.Country,
        ["region"] = rule.Region,
        ["exemptAmount"] = exempt ? amount : 0m,
        ["jurisCode"] = rule.Region,
        ["jurisName"] = rule.Jurisdiction,
        ["jurisType"] = rule.Type,
        ["nonTaxableAmount"] = exempt ? 0m : amount - taxable,
        ["rate"] = rule.Rate,
        ["tax"] = tax,
        ["taxableAmount"] = taxable,
        ["taxType"] = rule.TaxType,
        ["taxName"] = rule.Name,
        ["taxCalculated"] = tax,
        ["rateType"] = "Standard",
    };

    private static TaxRule Rule(JsonObject request, JsonObject line, int index, string taxCode)
    {
        var to = Address(request, line, "shipTo", "singleLocation")
            ?? throw Refused(ValueRequired, $"Field lines[{index}].addresses is required.");
        var from = Address(request, line, "shipFrom", "singleLocation") ?? to;
        var country = to["country"].Text() ?? throw Refused(ValueRequired, "Field addresses.country is required.");
        if (!TaxTable.Knows(country)) throw Refused(InvalidCountry, $"The country '{country}' is not recognized.");
        var number = line["businessIdentificationNo"].Text() ?? request["businessIdentificationNo"].Text();
        return TaxTable.Find(
            from["country"].Text() ?? country, country, to["region"].Text() ?? "", taxCode,
            number is { Length: > 0 }, IsExempt(request, line));
    }

    private static JsonObject? Address(JsonObject request, JsonObject line, params string[] names)
    {
        JsonObject?[] places = [line["addresses"] as JsonObject, request["addresses"] as JsonObject];
        return places.SelectMany(place => names.Select(name => place?[name] as JsonObject)).FirstOrDefault(each => each is not null);
    }

    private static bool IsExempt(JsonObject request, JsonObject line) =>
        new[] { request["exemptionNo"], line["exemptionCode"], request["entityUseCode"], line["entityUseCode"] }
            .Any(node => node.Text() is { Length: > 0 });

    private static JsonArray Summary(IReadOnlyList<JsonObject> lines) => lines
        .Select(line => line["details"]![0]!.AsObject())
        .GroupBy(detail => (
            Country: detail["country"].Text(), Region: detail["region"].Text(), Juris: detail["jurisName"].Text(),
            Kind: detail["jurisType"].Text(), Tax: detail["taxType"].Text(), Name: detail["taxName"].Text(),
            Rate: detail["rate"].Number()))
        .Select(group => (JsonNode?)new JsonObject
        {
            ["country"] = group.Key.Country,
            ["region"] = group.Key.Region,
            ["jurisType"] = group.Key.Kind,
            ["jurisCode"] = group.Key.Region,
            ["jurisName"] = group.Key.Juris,
            ["taxType"] = group.Key.Tax,
            ["taxName"] = group.Key.Name,
            ["rateType"] = "Standard",
            ["taxable"] = Sum(group, "taxableAmount"),
            ["rate"] = group.Key.Rate,
            ["tax"] = Sum(group, "tax"),
            ["taxCalculated"] = Sum(group, "tax"),
            ["nonTaxable"] = Sum(group, "nonTaxableAmount"),
            ["exemption"] = Sum(group, "exemptAmount"),
        }).ToJsonArray();

    private static decimal Sum(IEnumerable<JsonObject> rows, string field) => rows.Sum(row => row[field].Number() ?? 0m);

    private static decimal Round(decimal amount) => Math.Round(amount, 2, MidpointRounding.AwayFromZero);
}
