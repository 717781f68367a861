using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Q2C.Simulators.Core;
using static Q2C.Simulators.BusinessCentral.BusinessCentralErrors;

namespace Q2C.Simulators.BusinessCentral;

internal enum FieldKind { Text, Code, Number, Date, Flag, Guid }

/// <summary>One property of an entity. A code is kept in upper case.</summary>
internal sealed record Field(string Name, FieldKind Kind, int Length = 250, bool ReadOnly = false);

/// <summary>An entity set of the API v2.0 with the properties that this company uses.</summary>
/// <param name="Type">The entity's name in errors.</param>
/// <param name="Parent">The property that names the entity above, for sets below another.</param>
internal sealed record EntitySet(string Name, string Type, IReadOnlyList<Field> Fields, string? Parent = null, bool ReadOnly = false)
{
    public static IReadOnlyDictionary<string, EntitySet> All { get; } = new EntitySet[]
    {
        new("customers", "customer",
        [
            Code("number", 20), Text("displayName", 100), Text("type"), Text("addressLine1", 100), Text("addressLine2", 50),
            Text("city", 30), Text("state", 30), Code("country", 10), Code("postalCode", 20), Text("phoneNumber", 30), Text("email", 80),
            Text("website", 80), Flag("taxLiable"), Text("taxRegistrationNumber", 20), Code("currencyCode", 10), Text("blocked"),
        ]),
        new("projects", "project", [Code("number", 20), Text("displayName", 100)]),
        new("dimensions", "dimension", [Code("code", 20), Text("displayName", 30)], ReadOnly: true),
        new("dimensionValues", "dimensionValue", [Code("code", 20), Text("displayName", 50), Id("dimensionId")], "dimensionId", ReadOnly: true),
        new("accounts", "account", [Code("number", 20), Text("displayName", 100)], ReadOnly: true),
        new("companyInformation", "companyInformation", [Text("displayName", 100), Code("currencyCode", 10)], ReadOnly: true),
        new("salesInvoices", "salesInvoice",
        [
            .. Document, Date("invoiceDate"), Date("dueDate"), Text("customerPurchaseOrderReference", 35),
            Number("remainingAmount") with { ReadOnly = true },
        ]),
        new("salesInvoiceLines", "salesInvoiceLine", Line, "documentId"),
        new("salesCreditMemos", "salesCreditMemo",
            [.. Document, Date("creditMemoDate"), Date("dueDate"), Id("invoiceId"), Code("invoiceNumber", 20)]),
        new("salesCreditMemoLines", "salesCreditMemoLine", Line, "documentId"),
        new("journals", "journal", Batch),
        new("journalLines", "journalLine",
        [
            Id("journalId"), Number("lineNumber"), Text("accountType"), Id("accountId"), Code("accountNumber", 20), Date("postingDate"),
            Code("documentNumber", 20), Code("externalDocumentNumber", 35), Number("amount"), Text("description", 100), Text("comment", 250),
        ], "journalId"),
        new("customerPaymentJournals", "customerPaymentJournal", Batch),
        new("customerPayments", "customerPayment",
        [
            Id("journalId"), Number("lineNumber"), Id("customerId"), Code("customerNumber", 20), Date("postingDate"), Code("documentNumber", 20),
            Code("externalDocumentNumber", 35), Number("amount"), Id("appliesToInvoiceId"), Code("appliesToInvoiceNumber", 20),
            Text("description", 100), Text("comment", 250),
        ], "journalId"),
        new("generalLedgerEntries", "generalLedgerEntry",
        [
            Date("postingDate"), Code("documentNumber", 20), Text("documentType"), Code("accountNumber", 20), Text("description", 100),
            Number("debitAmount"), Number("creditAmount"),
        ], ReadOnly: true),
    }.ToDictionary(set => set.Name);

    /// <summary>The properties of a body in the form in which they are kept; refuses what the entity does not have.</summary>
    public JsonObject Read(JsonObject body, params ReadOnlySpan<string> parts)
    {
        var read = new JsonObject();
        foreach (var (name, value) in body)
        {
            if (parts.Contains(name)) continue;
            if (Fields.FirstOrDefault(each => each.Name == name) is not { } field) throw NoSuchProperty(name, Type);
            if (field.ReadOnly) throw Refused("BadRequest_InvalidOperation", $"Control '{name}' is read-only.");
            read[name] = Value(field, value);
        }

        return read;
    }

    private static JsonNode? Value(Field field, JsonNode? value)
    {
        var text = value.Text();
        if (text is null) return null;
        switch (field.Kind)
        {
            case FieldKind.Text or FieldKind.Code:
                if (text.Length > field.Length)
                    throw Refused("Application_StringExceededLength",
                        $"The length of the string is {text.Length}, but it must be less than or equal to {field.Length} characters. Value: {text}");
                return field.Kind == FieldKind.Code ? text.ToUpperInvariant() : text;
            case FieldKind.Number:
                return value!.GetValueKind() == JsonValueKind.Number
                    ? value.Number()
                    : throw Refused("BadRequest", $"Cannot convert a value to target type 'Edm.Decimal' because of conversion error or unsupported type: {field.Name}.");
            case FieldKind.Date:
                return DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _)
                    ? text
                    : throw Refused("BadRequest", $"Unable to convert value to Date: {text}");
            case FieldKind.Guid:
                return Guid.TryParse(text, out var id) ? $"{id}" : throw Refused("Application_InvalidGUID", $"Invalid format of GUID string: {text}.");
            default:
                return value.Flag();
        }
    }

    private static Field[] Document =>
    [
        Code("number", 20) with { ReadOnly = true }, Code("externalDocumentNumber", 35), Date("postingDate"), Id("customerId"),
        Code("customerNumber", 20), Code("currencyCode", 10), Text("status") with { ReadOnly = true },
        Number("totalAmountExcludingTax") with { ReadOnly = true }, Number("totalTaxAmount") with { ReadOnly = true },
        Number("totalAmountIncludingTax") with { ReadOnly = true },
    ];

    private static Field[] Line =>
    [
        Id("documentId"), Number("sequence"), Text("lineType"), Code("lineObjectNumber", 20), Text("description", 100), Number("quantity"),
        Number("unitPrice"), Number("discountAmount"), Code("taxCode", 20), Number("amountExcludingTax") with { ReadOnly = true },
        Number("taxPercent") with { ReadOnly = true },
    ];

    private static Field[] Batch => [Code("code", 10), Text("displayName", 100), Id("balancingAccountId")];

    private static Field Text(string name, int length = 250) => new(name, FieldKind.Text, length);

    private static Field Code(string name, int length) => new(name, FieldKind.Code, length);

    private static Field Number(string name) => new(name, FieldKind.Number);

    private static Field Date(string name) => new(name, FieldKind.Date);

    private static Field Flag(string name) => new(name, FieldKind.Flag);

    private static Field Id(string name) => new(name, FieldKind.Guid);
}
