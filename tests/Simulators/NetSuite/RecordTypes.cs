namespace Q2C.Simulators.NetSuite;

/// <summary>How NetSuite reads one property of a record.</summary>
public enum PropertyKind
{
    Text,
    Number,
    Flag,
    Date,
    Enumeration,
    Reference,
    Sublist,
    Subrecord,
}

/// <summary>One property; a reference names the record type it points to, a sublist the properties of its lines.</summary>
public sealed record Property(string Name, PropertyKind Kind)
{
    public IReadOnlyList<string> Targets { get; init; } = [];

    public IReadOnlyList<Property> Lines { get; init; } = [];

    public bool Required { get; init; }

    /// <summary>Computed by the server: accepted in a body and ignored.</summary>
    public bool ReadOnly { get; init; }
}

/// <summary>A record type with the properties that this account uses.</summary>
public sealed record RecordType(string Name, IReadOnlyList<Property> Properties, string? SuiteQlType = null)
{
    public Property? Find(string name) => Properties.FirstOrDefault(property => property.Name == name);
}

/// <summary>The record types of the account. Names are those of the Record REST API v1.</summary>
public static class RecordTypes
{
    private static readonly Property[] Common =
    [
        Text("id") with { ReadOnly = true }, Text("externalId"), Text("links") with { ReadOnly = true },
        Text("lastModifiedDate") with { ReadOnly = true }, Text("createdDate") with { ReadOnly = true },
        Text("refName") with { ReadOnly = true },
    ];

    private static readonly Property Lines = Sublist("item",
        To("item", "serviceSaleItem") with { Required = true }, Text("description"), Number("quantity"), Number("rate"),
        Number("amount"), Flag("isTaxable"), Number("tax1Amt"), Number("taxRate1"), Text("taxDetailsReference"),
        To("job", "job"), To("department", "department"), Number("line"), Text("custcol_q2c_line"),
        Date("custcol_q2c_service_start"), Date("custcol_q2c_service_end"), Text("custcol_q2c_rule")) with { Required = true };

    private static readonly Property TaxDetails = Sublist("taxDetails",
        Text("taxDetailsReference"), Text("taxType"), Text("taxCode"), Number("taxBasis"), Number("taxRate"), Number("taxAmount"));

    private static readonly Property Apply = Sublist("apply",
        To("doc", "invoice") with { Required = true }, Flag("apply"), Number("amount"), Number("line"), Date("applyDate"));

    private static readonly Property[] Document =
    [
        To("entity", "customer", "job") with { Required = true }, To("job", "job"), Date("tranDate"), Date("dueDate"),
        Text("tranId"), To("currency", "currency"), Number("exchangeRate"), To("subsidiary", "subsidiary"),
        To("postingPeriod", "accountingPeriod"), Text("memo"), Text("otherRefNum"), To("terms", "term"), Lines,
        Flag("taxDetailsOverride"), TaxDetails, To("createdFrom", "salesOrder", "invoice"), Text("billAddress"),
        Date("startDate"), Date("endDate"), Text("custbody_q2c_engagement"),
        Computed("subtotal"), Computed("taxTotal"), Computed("total"), Computed("status"),
    ];

    public static IReadOnlyDictionary<string, RecordType> All { get; } = new RecordType[]
    {
        new("customer",
        [
            .. Common, Text("companyName"), Text("firstName"), Text("lastName"), Flag("isPerson"), Text("entityId"),
            To("subsidiary", "subsidiary") with { Required = true }, To("currency", "currency"), Text("email"), Text("phone"),
            Text("url"), To("parent", "customer"), Text("vatRegNumber"), Text("defaultTaxReg"), To("terms", "term"),
            Subrecord("addressBook"), Text("defaultAddress"), Text("comments"), Flag("isInactive"), Flag("taxable"),
            Text("custentity_q2c_customer"), Computed("balance"),
        ], "customer"),
        new("job",
        [
            .. Common, Text("companyName") with { Required = true }, Text("entityId"), To("parent", "customer") with { Required = true },
            To("subsidiary", "subsidiary"), To("currency", "currency"), Date("startDate"), Date("endDate"),
            Date("projectedEndDate"), Date("scheduledEndDate"), Enumeration("jobBillingType"), Enumeration("entityStatus"),
            Number("jobPrice"), Text("comments"), Flag("isInactive"), Flag("allowTime"), Flag("allowExpenses"),
            Text("custentity_q2c_project"),
        ], "job"),
        new("salesOrder", [.. Common, .. Document, Enumeration("orderStatus")], "SalesOrd"),
        new("invoice",
        [
            .. Common, .. Document, Enumeration("approvalStatus"), Computed("amountPaid"), Computed("amountRemaining"),
        ], "CustInvc"),
        new("creditMemo", [.. Common, .. Document, Apply, Computed("applied"), Computed("unapplied")], "CustCred"),
        new("customerPayment",
        [
            .. Common, To("customer", "customer") with { Required = true }, Number("payment") with { Required = true },
            To("currency", "currency"), Number("exchangeRate"), Date("tranDate"), Text("tranId"), Text("memo"),
            Text("checkNumber"), To("account", "account"), To("arAcct", "account"), To("subsidiary", "subsidiary"),
            To("postingPeriod", "accountingPeriod"), To("paymentOption", "paymentOption"), Flag("autoApply"), Apply,
            Text("custbody_q2c_payment"), Computed("applied"), Computed("unapplied"), Computed("total"), Computed("status"),
        ], "CustPymt"),
        new("journalEntry",
        [
            .. Common, To("subsidiary", "subsidiary") with { Required = true }, To("currency", "currency"), Number("exchangeRate"),
            Date("tranDate"), Text("tranId"), Text("memo"), To("postingPeriod", "accountingPeriod"), Flag("approved"),
            Sublist("line", To("account", "account") with { Required = true }, Number("debit"), Number("credit"), Text("memo"),
                To("entity", "customer", "job"), To("department", "department"), Number("line")) with { Required = true },
            Text("custbody_q2c_posting"),
        ], "Journal"),
        Setup("subsidiary"), Setup("currency"), Setup("serviceSaleItem"), Setup("account"), Setup("term"),
        Setup("accountingPeriod"), Setup("department"), Setup("paymentOption"),
    }.ToDictionary(type => type.Name);

    /// <summary>Set up by an administrator and only read through the API.</summary>
    public static bool IsSetup(string name) => All[name].SuiteQlType is null;

    private static RecordType Setup(string name) => new(name, [.. Common, Text("name")]);

    private static Property Text(string name) => new(name, PropertyKind.Text);

    private static Property Number(string name) => new(name, PropertyKind.Number);

    private static Property Flag(string name) => new(name, PropertyKind.Flag);

    private static Property Date(string name) => new(name, PropertyKind.Date);

    private static Property Enumeration(string name) => new(name, PropertyKind.Enumeration);

    private static Property Subrecord(string name) => new(name, PropertyKind.Subrecord);

    private static Property Computed(string name) => new(name, PropertyKind.Text) { ReadOnly = true };

    private static Property To(string name, params string[] targets) => new(name, PropertyKind.Reference) { Targets = targets };

    private static Property Sublist(string name, params Property[] lines) =>
        new(name, PropertyKind.Sublist) { Lines = [.. lines, .. Common] };
}
