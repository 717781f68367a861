using System.Globalization;
using System.Text.Json.Nodes;
using Q2C.Simulators.Core;
using static Q2C.Simulators.Salesforce.SalesforceErrors;

namespace Q2C.Simulators.Salesforce;

/// <summary>Reads and writes sObject rows with the platform's checks and computed fields.</summary>
internal sealed class SObjectRows(Store store, TimeProvider clock)
{
    /// <summary>Hears of every record that is made, changed or deleted: as it was, and as it is.</summary>
    public Action<SObject, JsonObject?, JsonObject?>? Changed { get; init; }

    public JsonObject? Find(SObject type, string id) => store.Find(type.Name, SalesforceId.To18(id));

    public List<JsonObject> ByExternalId(SObject type, SField field, string value) =>
        [.. store.All(type.Name).Where(record => string.Equals(record[field.Name].Text(), value, StringComparison.OrdinalIgnoreCase))];

    public JsonObject Insert(SObject type, JsonObject body)
    {
        var fields = Check(type, body, null);
        foreach (var required in type.Fields.Where(field => field.Required))
            if (fields[required.Name] is null || fields[required.Name].Text() is "")
                throw Bad("REQUIRED_FIELD_MISSING", $"Required fields are missing: [{required.Name}]", required.Name);
        var number = store.Next(type.Name);
        var id = SalesforceId.Of(type.Prefix, number);
        var record = new JsonObject { ["Id"] = id, ["IsDeleted"] = false, ["CreatedDate"] = Stamp() };
        if (AutoNumber(type.Name, number) is { } name) record["Name"] = name;
        record.Overlay(fields);
        return Write(type, id, null, record);
    }

    /// <summary>The record goes to the recycle bin, where queryAll still finds it.</summary>
    public void Delete(SObject type, string id)
    {
        var record = Find(type, id) ?? throw new KeyNotFoundException($"no {type.Name} {id}");
        var gone = record.Copy();
        gone["IsDeleted"] = true;
        gone["LastModifiedDate"] = Stamp();
        gone["SystemModstamp"] = Stamp();
        store.Remove(type.Name, gone["Id"].Text()!);
        store.Put(Soql.BinOf(type), gone["Id"].Text()!, gone);
        Changed?.Invoke(type, record, null);
    }

    public JsonObject Update(SObject type, JsonObject existing, JsonObject body)
    {
        var id = existing["Id"].Text()!;
        var record = existing.Copy();
        record.Overlay(Check(type, body, id));
        return Write(type, id, existing, record);
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

    private JsonObject Write(SObject type, string id, JsonObject? before, JsonObject record)
    {
        record["LastModifiedDate"] = Stamp();
        record["SystemModstamp"] = Stamp();
        Compute(type, record);
        store.Put(type.Name, id, record);
        if (type.Name == "SBQQ__QuoteLine__c") RollUp(record["SBQQ__Quote__c"].Text()!);
        Changed?.Invoke(type, before, record);
        if (type.Name == Certinia.Timecard) Split(record);
        return record;
    }

    /// <summary>Certinia keeps, for each timecard, the split that is billed.</summary>
    private void Split(JsonObject timecard)
    {
        var type = Schema.Objects[Certinia.Split];
        var fields = Certinia.SplitOf(timecard);
        var existing = store.All(Certinia.Split).FirstOrDefault(split => split["pse__Timecard_Header__c"].Text() == timecard["Id"].Text());
        if (existing is null) Insert(type, fields);
        else Update(type, existing, fields);
    }

    private JsonObject Check(SObject type, JsonObject body, string? id)
    {
        var fields = new JsonObject();
        foreach (var (name, value) in body)
        {
            if (name == "attributes") continue;
            if (value is JsonObject key && ByRelationship(type, name, key) is { } related)
            {
                fields[related.Field.Name] = related.Parent;
                continue;
            }

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

    /// <summary>A parent named by its external id: <c>"Parent__r": {"Key__c": "…"}</c>.</summary>
    private (SField Field, string Parent)? ByRelationship(SObject type, string name, JsonObject key)
    {
        if (type.Fields.FirstOrDefault(field => name.Equals(field.Relationship, StringComparison.OrdinalIgnoreCase)) is not { } relation) return null;
        var target = Schema.Objects[relation.To!];
        if (key.Count != 1 || target.Find(key.First().Key) is not { IsExternalId: true } external)
            throw Bad("INVALID_FIELD", $"Foreign key external ID: {key.ToJsonString()} names no external id field of {target.Name}");
        return ByExternalId(target, external, key.First().Value.Text() ?? "") is [var parent]
            ? (relation, parent["Id"].Text()!)
            : throw Bad(
                "INVALID_FIELD",
                $"Foreign key external ID: {key.First().Value.Text()} not found for field {external.Name} in entity {target.Name}", relation.Name);
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
        Certinia.Timecard => $"TCH-{number:D8}",
        Certinia.Split => $"TC-{number:D8}",
        "pse__Expense__c" => $"EXP-{number:D6}",
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
