using System.Text.Json.Nodes;
using Q2C.Simulators.Core;
using Q2C.Simulators.Salesforce;

namespace Q2C.Simulators.Demo;

/// <summary>The engagement that the demo plays: a Hamburg ship-supply company buys a discovery and an implementation.</summary>
public static class DemoEngagement
{
    public static readonly string ParentAccount = SalesforceId.Of("001", 1);
    public static readonly string Account = SalesforceId.Of("001", 2);
    public static readonly string Contact = SalesforceId.Of("003", 1);
    public static readonly string Opportunity = SalesforceId.Of("006", 1);
    public static readonly string Quote = SalesforceId.Of("a0q", 1);

    /// <summary>The project began on the first of last month, so that its work lies in the past on any day.</summary>
    internal static void Seed(SObjectRows records, Store store, DateOnly today)
    {
        var start = StoryTools.StartOf(today);
        Insert(records, "Account", new()
        {
            ["Name"] = "Nordlicht Maritime Holding SE",
            ["BillingCity"] = "Hamburg",
            ["BillingCountry"] = "Germany",
            ["BillingCountryCode"] = "DE",
            ["CurrencyIsoCode"] = "EUR",
        });
        Insert(records, "Account", new()
        {
            ["Name"] = "Kranich Schiffstechnik GmbH",
            ["ParentId"] = ParentAccount,
            ["AccountNumber"] = "A-10042",
            ["Type"] = "Customer - Direct",
            ["Industry"] = "Shipping",
            ["Phone"] = "+49 40 5550 1420",
            ["Website"] = "https://kranich-schiffstechnik.example",
            ["BillingStreet"] = "Am Sandtorkai 77",
            ["BillingCity"] = "Hamburg",
            ["BillingPostalCode"] = "20457",
            ["BillingCountry"] = "Germany",
            ["BillingCountryCode"] = "DE",
            ["CurrencyIsoCode"] = "EUR",
            ["Legal_Entity__c"] = "DE01",
            ["VAT_Number__c"] = "DE123456788",
            ["Payment_Terms__c"] = "Net 30",
            ["Invoice_Email__c"] = "rechnungen@kranich-schiffstechnik.example",
        });
        Insert(records, "Contact", new()
        {
            ["FirstName"] = "Wiebke",
            ["LastName"] = "Petersen",
            ["AccountId"] = Account,
            ["Email"] = "w.petersen@kranich-schiffstechnik.example",
            ["Title"] = "Head of Fleet IT",
        });
        Insert(records, "Opportunity", new()
        {
            ["Name"] = "Kranich - Fleet maintenance platform",
            ["AccountId"] = Account,
            ["StageName"] = "Negotiation/Review",
            ["CloseDate"] = Iso(today.AddDays(7)),
            ["Amount"] = 32000,
            ["Probability"] = 80,
            ["CurrencyIsoCode"] = "EUR",
            ["Customer_PO_Number__c"] = "KST-4500018",
            ["Project_Start_Date__c"] = Iso(start),
            ["Project_End_Date__c"] = Iso(start.AddMonths(6)),
            ["Project_Template__c"] = "standard-delivery",
        });
        SeedQuote(records, store, start, today);
    }

    private static void SeedQuote(SObjectRows records, Store store, DateOnly start, DateOnly today)
    {
        Insert(records, "SBQQ__Quote__c", new()
        {
            ["SBQQ__Opportunity2__c"] = Opportunity,
            ["SBQQ__Account__c"] = Account,
            ["SBQQ__PrimaryContact__c"] = Contact,
            ["SBQQ__Primary__c"] = true,
            ["SBQQ__Status__c"] = "Approved",
            ["SBQQ__Type__c"] = "Quote",
            ["SBQQ__StartDate__c"] = Iso(start),
            ["SBQQ__EndDate__c"] = Iso(start.AddMonths(6)),
            ["SBQQ__PaymentTerms__c"] = "Net 30",
            ["SBQQ__BillingName__c"] = "Kranich Schiffstechnik GmbH",
            ["SBQQ__BillingStreet__c"] = "Am Sandtorkai 77",
            ["SBQQ__BillingCity__c"] = "Hamburg",
            ["SBQQ__BillingPostalCode__c"] = "20457",
            ["SBQQ__BillingCountry__c"] = "DE",
            ["CurrencyIsoCode"] = "EUR",
        });
        var opportunity = Schema.Objects["Opportunity"];
        records.Update(opportunity, store.Find("Opportunity", Opportunity)!, new() { ["SBQQ__PrimaryQuote__c"] = Quote });
        Insert(records, "SBQQ__QuoteLine__c", Line(1, "PS-DISCOVERY", "Discovery", "Fixed Fee", 13000m, 12000m, new()
        {
            ["SBQQ__AdditionalDiscountAmount__c"] = 1000m,
            ["Milestone__c"] = "Discovery report accepted",
            ["Milestone_Due_Date__c"] = Iso(today),
            ["Revenue_Treatment__c"] = "Point in Time",
        }));
        Insert(records, "SBQQ__QuoteLine__c", Line(2, "PS-IMPLEMENT", "Implementation", "Time and Materials", 0m, 0m, new()
        {
            ["SBQQ__Bundle__c"] = true,
            ["Not_To_Exceed__c"] = 20000m,
            ["Revenue_Treatment__c"] = "As Invoiced",
        }));
        var bundle = SalesforceId.Of("a0r", 2);
        Insert(records, "SBQQ__QuoteLine__c", Role(3, "PS-ROLE-CON", "Consultant", 150m, bundle));
        Insert(records, "SBQQ__QuoteLine__c", Role(4, "PS-ROLE-SEN", "Senior Consultant", 190m, bundle));
        Insert(records, "SBQQ__QuoteLine__c", Role(5, "PS-ROLE-ARC", "Architect", 220m, bundle));
        Insert(records, "SBQQ__QuoteLine__c", Line(6, "PS-TRAVEL", "Travel expenses", "Expenses", 0m, 0m, new()
        {
            ["Markup_Percent__c"] = 10m,
            ["Revenue_Treatment__c"] = "As Invoiced",
        }));
    }

    private static JsonObject Role(int number, string code, string role, decimal rate, string bundle) =>
        Line(number, code, role, "Time and Materials", rate, rate, new()
        {
            ["SBQQ__RequiredBy__c"] = bundle,
            ["SBQQ__OptionType__c"] = "Component",
            ["Role__c"] = role,
            ["Rate_Unit__c"] = "Hour",
            ["SBQQ__ListTotal__c"] = 0m,
            ["SBQQ__NetTotal__c"] = 0m,
        });

    private static JsonObject Line(
        int number, string code, string name, string model, decimal list, decimal net, JsonObject more)
    {
        var line = new JsonObject
        {
            ["SBQQ__Quote__c"] = Quote,
            ["SBQQ__Number__c"] = number,
            ["SBQQ__ProductCode__c"] = code,
            ["SBQQ__ProductName__c"] = name,
            ["SBQQ__Quantity__c"] = 1,
            ["SBQQ__ListPrice__c"] = list,
            ["SBQQ__CustomerPrice__c"] = net,
            ["SBQQ__NetPrice__c"] = net,
            ["SBQQ__ListTotal__c"] = list,
            ["SBQQ__NetTotal__c"] = net,
            ["Billing_Model__c"] = model,
            ["Tax_Code__c"] = "SP156226",
            ["CurrencyIsoCode"] = "EUR",
        };
        line.Overlay(more);
        return line;
    }

    private static string Iso(DateOnly date) => date.ToString("yyyy-MM-dd");

    private static void Insert(SObjectRows records, string type, JsonObject fields) => records.Insert(Schema.Objects[type], fields);
}
