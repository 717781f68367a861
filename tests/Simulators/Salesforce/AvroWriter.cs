using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Q2C.Simulators.Core;

namespace Q2C.Simulators.Salesforce;

/// <summary>The header of a change event.</summary>
internal sealed record ChangeHeader(
    string Entity, IReadOnlyList<string> RecordIds, string ChangeType, string Origin, string Transaction, long CommitTimestamp, string CommitUser);

/// <summary>Change events in Avro: the schema of each object, and events in it. What did not change is null.</summary>
internal static class AvroWriter
{
    private static readonly string[] ChangeTypes =
        ["CREATE", "UPDATE", "DELETE", "UNDELETE", "GAP_CREATE", "GAP_UPDATE", "GAP_DELETE", "GAP_UNDELETE", "GAP_OVERFLOW"];

    private static readonly string[] AddressParts = ["Street", "City", "State", "PostalCode", "Country", "CountryCode"];

    public static string SchemaOf(SObject type)
    {
        var named = new HashSet<string>();
        return new JsonObject
        {
            ["name"] = Topic(type), ["namespace"] = "com.sforce.eventbus", ["type"] = "record",
            ["fields"] = new JsonArray([Header(), .. Told(type).Select(field => Field(field.Name, TypeOf(field, named)))]),
        }.ToJsonString(Notation.Wire);
    }

    /// <summary>A fingerprint, as the API calls it.</summary>
    public static string IdOf(SObject type) =>
        Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(SchemaOf(type)))[..16]).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    public static string Topic(SObject type) =>
        (type.Name.EndsWith("__c", StringComparison.Ordinal) ? type.Name[..^1] : type.Name) + "ChangeEvent";

    /// <param name="record">Null for an event that only says that there was a change.</param>
    public static byte[] Write(SObject type, ChangeHeader header, JsonObject? record, IReadOnlyCollection<string> changed)
    {
        using var output = new MemoryStream();
        var fields = Told(type).ToList();
        WriteText(output, header.Entity);
        WriteList(output, header.RecordIds);
        WriteNumber(output, Array.IndexOf(ChangeTypes, header.ChangeType));
        WriteText(output, header.Origin);
        WriteText(output, header.Transaction);
        WriteNumber(output, 1);
        WriteNumber(output, header.CommitTimestamp);
        WriteNumber(output, header.CommitTimestamp * 10);
        WriteText(output, header.CommitUser);
        WriteList(output, []);
        WriteList(output, []);
        WriteList(output, header.ChangeType == "UPDATE" ? Bits(fields, changed) : []);
        foreach (var field in fields)
        {
            var value = record is not null && changed.Contains(field.Name) ? SObjectRows.Value(field, record) : null;
            WriteNumber(output, value is null ? 0 : 1);
            if (value is not null) WriteValue(output, field, value);
        }

        return output.ToArray();
    }

    /// <summary>Formulas, IsDeleted and SystemModstamp are not told, nor are the parts of an address beside the whole.</summary>
    private static IEnumerable<SField> Told(SObject type) => type.Fields.Where(field =>
        field.Name is not ("Id" or "IsDeleted" or "SystemModstamp")
        && !(field.Type is FieldType.Text && (field.Name.StartsWith("Billing", StringComparison.Ordinal) || field.Name.StartsWith("Shipping", StringComparison.Ordinal))
            && !field.Name.Contains("__", StringComparison.Ordinal)));

    /// <summary>Bits in the order of the schema, whose first field is the header; of a group all its parts.</summary>
    private static List<string> Bits(List<SField> fields, IReadOnlyCollection<string> changed)
    {
        var bits = new byte[(fields.Count + 8) / 8];
        var groups = new List<string>();
        for (var i = 0; i < fields.Count; i++)
        {
            if (!changed.Contains(fields[i].Name)) continue;
            if (fields[i].Type is FieldType.Address) groups.Add($"{i + 1}-0x{(1 << AddressParts.Length) - 1:X2}");
            else bits[bits.Length - 1 - ((i + 1) / 8)] |= (byte)(1 << ((i + 1) % 8));
        }

        return [$"0x{Convert.ToHexString(bits)}", .. groups];
    }

    private static JsonObject Header() => Field("ChangeEventHeader", new JsonObject
    {
        ["name"] = "ChangeEventHeader", ["type"] = "record",
        ["fields"] = new JsonArray(
            Field("entityName", "string"), Field("recordIds", ListOf("string")),
            Field("changeType", new JsonObject { ["type"] = "enum", ["name"] = "ChangeType", ["symbols"] = ChangeTypes.Select(each => (JsonNode?)each).ToJsonArray() }),
            Field("changeOrigin", "string"), Field("transactionKey", "string"), Field("sequenceNumber", "int"), Field("commitTimestamp", "long"),
            Field("commitNumber", "long"), Field("commitUser", "string"), Field("nulledFields", ListOf("string")), Field("diffFields", ListOf("string")),
            Field("changedFields", ListOf("string"))),
    });

    private static JsonArray TypeOf(SField field, HashSet<string> named) => new("null", field.Type switch
    {
        FieldType.Number => "double",
        FieldType.Flag => "boolean",
        FieldType.Date or FieldType.DateTime => "long",
        FieldType.Address when !named.Add("Address") => "Address",
        FieldType.Address => new JsonObject
        {
            ["type"] = "record", ["name"] = "Address", ["fields"] = AddressParts.Select(part => (JsonNode?)Field(part, new JsonArray("null", "string"))).ToJsonArray(),
        },
        _ => "string",
    });

    private static JsonObject Field(string name, JsonNode type) => new() { ["name"] = name, ["type"] = type };

    private static JsonObject ListOf(string type) => new() { ["type"] = "array", ["items"] = type };

    private static void WriteValue(MemoryStream output, SField field, JsonNode value)
    {
        switch (field.Type)
        {
            case FieldType.Number:
                Span<byte> number = stackalloc byte[8];
                BinaryPrimitives.WriteDoubleLittleEndian(number, (double)value.Number()!);
                output.Write(number);
                break;
            case FieldType.Flag:
                output.WriteByte(value.Flag() is true ? (byte)1 : (byte)0);
                break;
            case FieldType.Date or FieldType.DateTime:
                WriteNumber(output, value.Instant()!.Value.ToUnixTimeMilliseconds());
                break;
            case FieldType.Address:
                foreach (var part in AddressParts)
                {
                    var text = value[char.ToLowerInvariant(part[0]) + part[1..]].Text();
                    WriteNumber(output, text is null ? 0 : 1);
                    if (text is not null) WriteText(output, text);
                }

                break;
            default:
                WriteText(output, value.Text()!);
                break;
        }
    }

    private static void WriteList(MemoryStream output, IReadOnlyCollection<string> items)
    {
        if (items.Count > 0) WriteNumber(output, items.Count);
        foreach (var item in items) WriteText(output, item);
        WriteNumber(output, 0);
    }

    private static void WriteText(MemoryStream output, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        WriteNumber(output, bytes.Length);
        output.Write(bytes);
    }

    private static void WriteNumber(MemoryStream output, long value)
    {
        var left = unchecked((ulong)((value << 1) ^ (value >> 63)));
        for (; left >= 0x80; left >>= 7) output.WriteByte((byte)((left & 0x7f) | 0x80));
        output.WriteByte((byte)left);
    }
}
