namespace Q2C.Simulators.Salesforce;

public enum FieldType
{
    Text,
    Number,
    Flag,
    Date,
    DateTime,
    Reference,
    Address,
}

/// <summary>A field of an sObject. A reference names the object it points to.</summary>
public sealed record SField(string Name, FieldType Type)
{
    public string? To { get; init; }

    public bool IsExternalId { get; init; }

    public bool Required { get; init; }

    /// <summary>Set by Salesforce only: system fields, formulas, compound addresses.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>Name of the parent in SOQL paths: Account for AccountId, X__r for X__c.</summary>
    public string? Relationship => Type is not FieldType.Reference
        ? null
        : Name.EndsWith("__c", StringComparison.Ordinal) ? Name[..^1] + "r" : Name[..^2];
}

public sealed record SObject(string Name, string Prefix, IReadOnlyList<SField> Fields)
{
    public SField? Find(string name) =>
        Fields.FirstOrDefault(field => field.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
}

/// <summary>The objects and fields of the org. Custom names are listed in the simulators' README.</summary>
public static class Schema
{
    private static readonly SField[] System =
    [
        Text("Id") with { ReadOnly = true }, Flag("IsDeleted") with { ReadOnly = true },
        Moment("CreatedDate") with { ReadOnly = true }, Moment("LastModifiedDate") with { ReadOnly = true },
        Moment("SystemModstamp") with { ReadOnly = true }, Text("OwnerId"), Text("CurrencyIsoCode"),
    ];

    public static IReadOnlyDictionary<string, SObject> Objects { get; } = new SObject[]
    {
        new("Account", "001",
        [
            .. System, Text("Name") with { Required = true }, To("ParentId", "Account"), Text("AccountNumber"), Text("Type"),
            Text("Industry"), Text("Phone"), Text("Website"), .. AddressOf("Billing"), .. AddressOf("Shipping"),
            Text("Legal_Entity__c"), Text("VAT_Number__c"), Text("Tax_Exemption_Number__c"), Text("Payment_Terms__c"),
            Text("Invoice_Email__c"), Key("ERP_Customer_Id__c"), Key("Q2C_Customer_Id__c"), Text("Q2C_Status__c"),
        ]),
        new("Contact", "003",
        [
            .. System, Text("FirstName"), Text("LastName") with { Required = true }, Text("Name") with { ReadOnly = true },
            To("AccountId", "Account"), Text("Email"), Text("Phone"), Text("Title"),
        ]),
        new("Opportunity", "006",
        [
            .. System, Text("Name") with { Required = true }, To("AccountId", "Account"),
            Text("StageName") with { Required = true }, Day("CloseDate") with { Required = true }, Number("Amount"),
            Number("Probability"), Flag("IsClosed") with { ReadOnly = true }, Flag("IsWon") with { ReadOnly = true },
            Text("Description"), To("SBQQ__PrimaryQuote__c", "SBQQ__Quote__c"), Text("Customer_PO_Number__c"),
            Day("Project_Start_Date__c"), Day("Project_End_Date__c"), Text("Project_Template__c"),
            Key("Q2C_Engagement_Id__c"), Text("Q2C_Status__c"), Text("Q2C_Status_Detail__c"), Number("Q2C_Billed__c"),
            Number("Q2C_Paid__c"), Number("Q2C_Remaining__c"), Moment("Q2C_Last_Synced__c"),
        ]),
        new("SBQQ__Quote__c", "a0q",
        [
            .. System, Text("Name") with { ReadOnly = true }, To("SBQQ__Opportunity2__c", "Opportunity"),
            To("SBQQ__Account__c", "Account"), To("SBQQ__PrimaryContact__c", "Contact"), Flag("SBQQ__Primary__c"),
            Flag("SBQQ__Ordered__c"), Text("SBQQ__Status__c"), Text("SBQQ__Type__c"), Day("SBQQ__StartDate__c"),
            Day("SBQQ__EndDate__c"), Number("SBQQ__CustomerDiscount__c"), Text("SBQQ__PaymentTerms__c"),
            Text("SBQQ__BillingName__c"), Text("SBQQ__BillingStreet__c"), Text("SBQQ__BillingCity__c"),
            Text("SBQQ__BillingState__c"), Text("SBQQ__BillingPostalCode__c"), Text("SBQQ__BillingCountry__c"),
            Number("SBQQ__ListAmount__c") with { ReadOnly = true }, Number("SBQQ__CustomerAmount__c") with { ReadOnly = true },
            Number("SBQQ__NetAmount__c") with { ReadOnly = true },
        ]),
        new("SBQQ__QuoteLine__c", "a0r",
        [
            .. System, Text("Name") with { ReadOnly = true }, To("SBQQ__Quote__c", "SBQQ__Quote__c") with { Required = true },
            Number("SBQQ__Number__c"), Text("SBQQ__ProductCode__c"), Text("SBQQ__ProductName__c"),
            Text("SBQQ__Description__c"), Number("SBQQ__Quantity__c"), Number("SBQQ__ListPrice__c"),
            Number("SBQQ__Discount__c"), Number("SBQQ__AdditionalDiscountAmount__c"), Number("SBQQ__CustomerPrice__c"),
            Number("SBQQ__NetPrice__c"), Number("SBQQ__ListTotal__c"), Number("SBQQ__NetTotal__c"), Flag("SBQQ__Bundle__c"),
            Flag("SBQQ__Optional__c"), Text("SBQQ__OptionType__c"), To("SBQQ__RequiredBy__c", "SBQQ__QuoteLine__c"),
            Day("SBQQ__StartDate__c"), Day("SBQQ__EndDate__c"), Text("Billing_Model__c"), Text("Rate_Unit__c"),
            Text("Role__c"), Text("Delivered_By__c"), Number("Not_To_Exceed__c"), Number("Markup_Percent__c"), Text("Milestone__c"),
            Day("Milestone_Due_Date__c"), Text("Tax_Code__c"), Text("Revenue_Treatment__c"),
        ]),
        new("Q2C_Invoice__c", "a0s",
        [
            .. System, Text("Name") with { ReadOnly = true }, Key("Invoice_Id__c"), To("Opportunity__c", "Opportunity"),
            To("Account__c", "Account"), Text("Number__c"), Text("Status__c"), Day("Invoice_Date__c"), Day("Due_Date__c"),
            Number("Net__c"), Number("Tax__c"), Number("Total__c"), Number("Paid__c"),
        ]),
    }.Concat(Certinia.Objects(System)).ToDictionary(each => each.Name, StringComparer.OrdinalIgnoreCase);

    internal static SField Text(string name) => new(name, FieldType.Text);

    internal static SField Number(string name) => new(name, FieldType.Number);

    internal static SField Flag(string name) => new(name, FieldType.Flag);

    internal static SField Day(string name) => new(name, FieldType.Date);

    internal static SField Moment(string name) => new(name, FieldType.DateTime);

    internal static SField Key(string name) => new(name, FieldType.Text) { IsExternalId = true };

    internal static SField To(string name, string target) => new(name, FieldType.Reference) { To = target };

    private static SField[] AddressOf(string kind) =>
    [
        Text(kind + "Street"), Text(kind + "City"), Text(kind + "State"), Text(kind + "PostalCode"), Text(kind + "Country"),
        Text(kind + "CountryCode"), new(kind + "Address", FieldType.Address) { ReadOnly = true },
    ];
}
