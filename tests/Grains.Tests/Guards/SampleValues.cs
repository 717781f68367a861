using System.Collections;
using System.Collections.Immutable;
using System.Reflection;
using Q2C.Invoices;
using Q2C.Projects;

namespace Q2C.Grains.Tests.Guards;

/// <summary>Plausible values for the members of stored types, the same each time: chosen by type and by the member's name.</summary>
internal static class SampleValues
{
    private static readonly DateTimeOffset Morning = new(2026, 3, 2, 9, 30, 0, TimeSpan.Zero);
    private static readonly DateOnly Day = new(2026, 3, 31);

    private static readonly Dictionary<Type, object> Fixed = new()
    {
        [typeof(DateTimeOffset)] = Morning,
        [typeof(Money)] = Money.Of(12_480.50m, "EUR"),
        [typeof(bool)] = true,
        [typeof(int)] = 2,
        [typeof(long)] = 3L,
        [typeof(Event)] = new InvoiceRejected(
            Id(Ids.Invoice), Id(Ids.BillingRun), Id(Ids.Project), "Wrong purchase order.", "dana", Morning),
        [typeof(Command)] = new CloseProject("Work is done."),
        [typeof(Operation)] = new CommitTax(Id(Ids.Invoice)),
        [typeof(Answer)] = new ErpInvoiceAnswer("INV-2026-0042"),
        [typeof(EffectOutcome)] = new EffectOutcome.Accepted("8841", new ErpInvoiceAnswer("INV-2026-0042")),
    };

    private static readonly Dictionary<string, object> ByName = new(StringComparer.OrdinalIgnoreCase)
    {
        ["customerId"] = Id(Ids.Customer),
        ["parentId"] = Id(Ids.Customer, "parent"),
        ["contractId"] = Id(Ids.Contract),
        ["objectId"] = Id(Ids.Contract),
        ["projectId"] = Id(Ids.Project),
        ["projects"] = Id(Ids.Project),
        ["invoiceId"] = Id(Ids.Invoice),
        ["documentId"] = Id(Ids.Invoice),
        ["runId"] = Id(Ids.BillingRun),
        ["source"] = "salesforce",
        ["effectId"] = $"{Id(Ids.Contract)}/erp-customer/1",
        ["exceptionId"] = $"{Id(Ids.Contract)}/erp-customer/1",
        ["itemId"] = $"{Id(Ids.Contract)}/erp-customer/1",
        ["opportunityId"] = "006Ws000004kQ2xIAE",
        ["quoteId"] = "a0qWs000001d9ZsIAI",
        ["sourceId"] = "time_entry/77",
        ["sourceIds"] = "time_entry/77",
        ["itemIds"] = "time_entry/77@3",
        ["lineId"] = "a0nWs000002bT1uIAE",
        ["milestoneId"] = "M-1",
        ["paymentId"] = "pi_3QK9",
        ["connection"] = "netsuite",
        ["externalProject"] = "4711",
        ["externalId"] = "8841",
        ["legalEntity"] = "DE01",
        ["currency"] = "EUR",
        ["country"] = "DE",
        ["city"] = "Berlin",
        ["line1"] = "Friedrichstraße 68",
        ["line2"] = "2nd floor",
        ["postalCode"] = "10117",
        ["region"] = "BE",
        ["taxNumber"] = "DE136695976",
        ["customerTaxNumber"] = "DE136695976",
        ["exemptionNumber"] = "EX-1007",
        ["email"] = "payables@contoso.example",
        ["name"] = "Website relaunch",
        ["customerName"] = "Contoso AG",
        ["number"] = "INV-2026-0042",
        ["lastInvoice"] = "INV-2026-0042",
        ["role"] = "Senior consultant",
        ["ownerRole"] = Roles.Finance,
        ["person"] = "Ada Moreau",
        ["by"] = "dana",
        ["preparedBy"] = "dana",
        ["service"] = "consulting",
        ["taxCategory"] = "SP140000",
        ["description"] = "Design and build of the shop",
        ["reason"] = "The customer asked for it.",
        ["note"] = "Workshop on site",
        ["task"] = "Delivery",
        ["category"] = "Travel",
        ["timeZone"] = "Europe/Berlin",
        ["policyVersion"] = "9f2c41",
        ["projectTemplate"] = "consulting",
        ["purchaseOrder"] = "PO-88120",
        ["costCentre"] = "CC-410",
        ["jurisdiction"] = "DE",
        ["code"] = "ERP_REFERENCE_UNKNOWN",
        ["message"] = "NetSuite does not know the currency '9'.",
        ["remedy"] = "Correct the value map of this connection, then retry.",
        ["step"] = "Customer in ERP",
        ["status"] = "Issued",
        ["resolution"] = Resolutions.Retried,
        ["reference"] = "pi_3QK9",
        ["account"] = "receivable",
        ["id"] = "a0nWs000002bT1uIAE",
        ["contractLineId"] = "a0nWs000002bT1uIAE",
        ["taskId"] = $"{Id(Ids.Project)}/delivery",
        ["roleId"] = $"{Id(Ids.Project)}/a0nWs000002bT1uIAE/Senior consultant",
        ["oldItemId"] = "time_entry/77@2",
        ["invoicedItemId"] = "time_entry/77@2",
        ["system"] = "salesforce",
        ["type"] = "Account",
        ["crm"] = "salesforce",
        ["erp"] = "netsuite",
        ["psa"] = "kantata",
        ["tax"] = "avatax",
        ["payments"] = "stripe",
        ["subject"] = Id(Ids.Contract),
        ["purpose"] = "crm-status",
        ["trigger"] = "Milestone reached: Go-live",
        ["explanation"] = "8 hours of a senior consultant at 165.00 EUR.",
        ["rule"] = "Contract version 2, line a0nWs000002bT1uIAE, Senior consultant at 165",
        ["cause"] = "Terms version 2",
        ["detail"] = "Terms version 2, effective from 2026-03-01",
        ["excludedCategories"] = "Alcohol",
        ["start"] = new DateOnly(2026, 3, 1),
        ["effectiveFrom"] = new DateOnly(2026, 3, 1),
        ["end"] = new DateOnly(2026, 12, 31),
        ["hours"] = 7.5m,
        ["hourly"] = 165m,
        ["rate"] = 165m,
        ["markupPercent"] = 10m,
        ["percent"] = 80,
        ["paymentDays"] = 30,
        ["sourceVersion"] = 1_772_443_800_000L,
    };

    public static object Of(Type type, string name) => Known(type, name) ?? (type switch
    {
        { IsEnum: true } => Enum.GetValues(type).GetValue(Enum.GetValues(type).Length - 1)!,
        { IsGenericType: true } => Collection(type, name),
        { IsAbstract: true } => Record(type.GetNestedTypes()[0]),
        _ when type == typeof(string) => name,
        _ when type == typeof(decimal) => 8m,
        _ when type == typeof(DateOnly) => Day,
        _ => Record(type),
    });

    public static object Record(Type type)
    {
        var constructor = type.GetConstructors().MaxBy(each => each.GetParameters().Length)!;
        return constructor.Invoke([.. constructor.GetParameters().Select(Of)]);
    }

    private static object Of(ParameterInfo parameter) =>
        Of(Nullable.GetUnderlyingType(parameter.ParameterType) ?? parameter.ParameterType, parameter.Name!);

    private static object? Known(Type type, string name) =>
        ByName.TryGetValue(name, out var named) && type.IsInstanceOfType(named) ? named : Fixed.GetValueOrDefault(type);

    private static object Collection(Type type, string name)
    {
        var (kind, arguments) = (type.GetGenericTypeDefinition(), type.GetGenericArguments());
        if (kind == typeof(ImmutableArray<>)) return Array(arguments[0], Elements(arguments[0], name));
        if (kind == typeof(ImmutableDictionary<,>) && arguments[0] == typeof(string))
            return Dictionary(arguments[1], Of(arguments[1], "taxCategory"));
        throw new NotSupportedException($"No sample value for {type}.");
    }

    /// <summary>Of a closed hierarchy one of each kind, else one.</summary>
    private static object[] Elements(Type type, string name) => type is { IsAbstract: true } && !Fixed.ContainsKey(type)
        ? [.. type.GetNestedTypes().Select(Record)]
        : [Of(type, name)];

    private static object Array(Type element, object[] values)
    {
        var array = System.Array.CreateInstance(element, values.Length);
        ((ICollection)values).CopyTo(array, 0);
        return typeof(ImmutableArray).GetMethods()
            .Single(method => method.Name == nameof(ImmutableArray.Create) && method.GetParameters() is [{ ParameterType.IsArray: true }])
            .MakeGenericMethod(element).Invoke(null, [array])!;
    }

    private static object Dictionary(Type valueType, object value)
    {
        var empty = typeof(ImmutableDictionary<,>).MakeGenericType(typeof(string), valueType)
            .GetField(nameof(ImmutableDictionary<string, string>.Empty))!.GetValue(null)!;
        return empty.GetType().GetMethod(nameof(ImmutableDictionary<string, string>.Add))!.Invoke(empty, ["consulting", value])!;
    }

    private static string Id(string kind, string of = "sample") => Ids.Derive("eu", kind, of);
}
