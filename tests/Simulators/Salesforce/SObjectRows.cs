using System.Globalization;
using System.Text.Json.Nodes;
using Q2C.Simulators.Core;
using static Q2C.Simulators.Salesforce.SalesforceErrors;

namespace Q2C.Simulators.Salesforce;

/// <summary>Reads and writes sObject rows with the platform's checks and computed fields.</summary>
internal sealed class SObjectRows(Store store, TimeProvider clock)
{
    public JsonObject? Find(SObject type, string id) => store.Find(type.Name, SalesforceId.To18(id));

    public List<JsonObject> ByExternalId(SObject type, SField field, string value) =>
        [.. store.All(type.Name).Where(record => string.Equals(record[field.Name].Text(), value, StringComparison.OrdinalIgnoreCase))];

    public JsonObject Insert(SObject type, JsonObject body)
    {
        var fields = Check(type, body, null);
        foreach (var required in type.Fields.Where(field => field.Required))
            if (fields[required.Name] is null)
                throw Bad("REQUIRED_FIELD_MISSING", $"Required fields are missing: [{required.Name}]", required.Name);
        var number = store.Next(type.Name);
        var id = SalesforceId.Of(type.Prefix, number);
        var record = new JsonObject { ["Id"] = id, ["IsDeleted"] = false, ["CreatedDate"] = Stamp() };
        if (AutoNumber(type.Name, number) is { } name) record["Name"] = name;
        record.Overlay(fields);
        return Write(type, id, record);
    }

    public JsonObject Update(SObject type, JsonObject existing, JsonObject body)
    {
        var id = existing["Id"].Text()!;
        var record = existing.Copy();
        record.Overlay(Check(type, body, id));
        return Write(type, id, record);
    }

    /// <summary>A row as the REST API shows it: attributes, then the wanted fields, null when empty.</summary>
    public static JsonObject Show(SObject type, JsonObject record, IEnumerable<SField>? fields = null)
    {
        var shown = new JsonObject { ["attributes"] = Attributes(type, record["Id"].Text()!) };
        foreach (var field in fields ?? type.Fields) shown[field.Name] = Value(field, record)?.DeepClone();
        return shown;
    }

    public static JsonObject Attributes(SObject type, string id) => new()
    {
        ["type"] = type.Name,
        ["url"] = $"/services/data/v62.0/sobjects/{type.Name}/{id}",
    };

    public static JsonNode? Value(SField field, JsonObject record)
    {
        if (field.Type is not FieldType.Address) return record[field.Name];
        var kind = field.Name[..^"Address".Length];
        var parts = new[] { "street", "city", "state", "postalCode", "country", "countryCode" };
        return new JsonObject(parts.Select(part => KeyValuePair.Create(
            part, record[kind + char.ToUpperInvariant(part[0]) + part[1..]]?.DeepClone())));
    }

    private JsonObject Write(SObject type, string id, JsonObject record)
    {
        record["LastModifiedDate"] = Stamp();
        record["SystemModstamp"] = Stamp();
        Compute(type, record);
        store.Put(type.Name, id, record);
        if (type.Name == "SBQQ__QuoteLine__c") RollUp(record["SBQQ__Quote__c"].Text()!);
        return record;
    }

    private JsonObject Check(SObject type, JsonObject body, string? id)
    {
        var fields = new JsonObject();
        foreach (var (name, value) in body)
        {
            if (name == "attributes") continue;
            var field = type.Find(name)
                ?? throw Bad("INVALID_FIELD", $"No such column '{name}' on sobject of type {type.Name}");
            if (field.ReadOnly)
                throw Bad("INVALID_FIELD_FOR_INSERT_UPDATE",
                    $"Unable to create/update fields: {field.Name}. Please check the security settings of this field and verify "
                    + "that it is read/write for your profile or permission set.", field.Name);
            fields[field.Name] = value is null ? null : Typed(field, value);
            if (field.IsExternalId && value is not null) RequireUnique(type, field, value.Text()!, id);
        }
        return fields;
    }

    private JsonNode Typed(SField field, JsonNode value) => field.Type switch
    {
        FieldType.Number => value is JsonValue && value.Number() is { } number ? number : throw Wrong(field, value),
        FieldType.Flag => value.Flag() ?? throw Wrong(field, value),
        FieldType.Date => DateOnly.TryParseExact(value.Text(), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _)
            ? value.Text()!
            : throw Wrong(field, value),
        FieldType.DateTime => value.Instant() is { } instant ? Stamp(instant) : throw Wrong(field, value),
        FieldType.Reference => Known(field, value.Text() ?? throw Wrong(field, value)),
        _ => value.Text() ?? throw Wrong(field, value),
    };

    private string Known(SField field, string id) => store.Find(field.To!, SalesforceId.To18(id)) is { } target
        ? target["Id"].Text()!
        : throw Bad("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", field.Name);

    private void RequireUnique(SObject type, SField field, string value, string? id)
    {
        if (ByExternalId(type, field, value).FirstOrDefault(record => record["Id"].Text() != id) is { } other)
            throw Bad("DUPLICATE_VALUE",
                $"duplicate value found: {field.Name} duplicates value on record with id: {other["Id"].Text()}");
    }

    private static RefusalException Wrong(SField field, JsonNode value) => Bad(
        "JSON_PARSER_ERROR", $"Cannot deserialize instance of {field.Type.ToString().ToLowerInvariant()} from value {value.ToJsonString()}");

    private static string? AutoNumber(string type, long number) => type switch
    {
        "SBQQ__Quote__c" => $"Q-{number:D5}",
        "SBQQ__QuoteLine__c" => $"QL-{number:D7}",
        "Q2C_Invoice__c" => $"QI-{number:D6}",
        _ => null,
    };

    private static void Compute(SObject type, JsonObject record)
    {
        if (type.Name == "Opportunity")
        {
            record["IsWon"] = record["StageName"].Text() is "Closed Won";
            record["IsClosed"] = record["StageName"].Text()?.StartsWith("Closed", StringComparison.Ordinal) is true;
        }
        if (type.Name == "Contact") record["Name"] = $"{record["FirstName"].Text()} {record["LastName"].Text()}".Trim();
    }

    private void RollUp(string quote)
    {
        var lines = store.All("SBQQ__QuoteLine__c").Where(line => line["SBQQ__Quote__c"].Text() == quote).ToList();
        store.Update("SBQQ__Quote__c", quote, record =>
        {
            record["SBQQ__ListAmount__c"] = lines.Sum(line => line["SBQQ__ListTotal__c"].Number() ?? 0m);
            record["SBQQ__CustomerAmount__c"] = lines.Sum(line => line["SBQQ__NetTotal__c"].Number() ?? 0m);
            record["SBQQ__NetAmount__c"] = lines.Sum(line => line["SBQQ__NetTotal__c"].Number() ?? 0m);
        });
    }

    private string Stamp() => Stamp(clock.GetUtcNow());

    private static string Stamp(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fff") + "+0000";
}
