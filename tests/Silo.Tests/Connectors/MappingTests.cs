using System.Text.Json.Nodes;
using Q2C.Projects;
using Q2C.Silo.Connectors.Mapping;
using Q2C.Silo.Policies;

namespace Q2C.Silo.Tests.Connectors;

public sealed class MappingTests
{
    [Fact]
    public void A_record_becomes_the_vendors_json()
    {
        var mapped = Outbound<PostErpInvoice>(
            """
            direction: outbound
            fields:
              - { to: customer.ref, from: invoice.customerId }
              - { to: day, from: invoice.date, as: date, pattern: dd.MM.yyyy }
              - { to: currency, from: invoice.currency, values: { EUR: "4" } }
              - { to: kind, value: "7", as: whole-number }
              - { to: note, text: "{invoice.contractId} of {invoice.date}" }
              - { to: po, from: invoice.purchaseOrder, required: false }
              - { to: net, from: invoice.net, as: money }
              - { to: cents, from: invoice.total, as: minor-units }
              - to: rows.0.lines
                each: invoice.lines
                fields:
                  - { to: text, from: description }
                  - { to: quantity, from: quantity, as: number }
                  - { to: document, from: $.invoice.invoiceId }
            """).Map(new(Samples.Document with { PurchaseOrder = null }));
        Assert.Equal(
            """
            {"customer":{"ref":"eu_cu_1"},"day":"30.11.2026","currency":"4","kind":7,"note":"eu_ct_1 of 2026-11-30","net":7054.88,"cents":839531,"rows":[{"lines":[{"text":"Concept","quantity":1,"document":"eu_inv_1"},{"text":"Senior engineer","quantity":7.25,"document":"eu_inv_1"}]}]}
            """,
            mapped.Value!.ToJsonString());
    }

    [Fact]
    public void A_vendors_json_becomes_a_record()
    {
        var mapped = Inbound<WorkRecord.ExpenseIncurred>(
            """
            direction: inbound
            fields:
              - { to: sourceId, text: "expense/{id}" }
              - { to: sourceVersion, from: version, as: whole-number }
              - { to: date, from: day, as: date, pattern: MM/dd/yyyy }
              - { to: person, from: users.0.name }
              - { to: category, from: kind, values: { T: travel }, otherwise: other }
              - { to: cost, from: amount, as: money, currency: currency }
              - { to: billable, from: billable, as: boolean, default: "true" }
            """).Map(JsonNode.Parse(
                """{"id":77,"version":"12","day":"11/30/2026","users":[{"name":"Ada"}],"kind":"X","amount":"12.50","currency":"eur"}""")!);
        Assert.Equal(
            new WorkRecord.ExpenseIncurred("expense/77", 12, new(2026, 11, 30), "Ada", "other", Samples.Eur(12.5m), true, null, null),
            mapped.Value);
    }

    [Fact]
    public void Every_problem_of_a_record_is_named_with_its_rule()
    {
        var problems = Inbound<WorkRecord.ExpenseIncurred>(
            """
            direction: inbound
            fields:
              - { to: sourceId, from: id }
              - { to: date, from: day, as: date }
              - { to: category, from: kind, values: { T: travel } }
              - { to: cost, from: amount, as: money, currency-value: EUR }
            """).Map(JsonNode.Parse("""{"day":"30.11.2026","kind":"X","amount":1.005}""")!).Problems;
        Assert.Equal(
            [
                "MAPPING_VALUE_MISSING id: 'id' is empty, and sourceId needs it. (test.map.yaml, line 3)",
                "MAPPING_VALUE_INVALID day: 'day': String '30.11.2026' was not recognized as a valid DateOnly. (test.map.yaml, line 4)",
                "MAPPING_VALUE_UNKNOWN kind: 'X' at 'kind' has no counterpart for category. (test.map.yaml, line 5)",
                "MAPPING_VALUE_INVALID amount: 'amount': 1.005 has more decimal places than EUR allows; round it first. (test.map.yaml, line 6)",
            ],
            problems.Select(problem => $"{problem.Code} {problem.Path}: {problem.Message}"));
    }

    [Theory]
    [InlineData("{ to: a, from: invoice.custmerId }", "4:20: InvoiceDocument has no 'custmerId'; it has invoiceId, customerId,")]
    [InlineData("{ to: a, form: invoice }", "4:11: A field needs exactly one of from, value, text, each.")]
    [InlineData("{ to: a, from: invoice, value: x }", "4:36: A field needs exactly one of from, value, text, each.")]
    [InlineData("{ from: invoice.date }", "4:5: 'to' is missing.")]
    [InlineData("{ to: a, from: invoice.date, as: day }", "4:38: 'as' must be one of any, text, whole-number,")]
    [InlineData("{ to: a, from: invoice.net, as: money, currency-value: EUR }", "4:5: 'currency' goes with an amount that comes in only.")]
    [InlineData("{ to: a, from: invoice.date, pattern: yyyy }", "4:43: 'pattern' goes with 'as: date' or 'as: date-time' only.")]
    [InlineData("{ to: a, text: \"{invoice.date\" }", "4:20: A '{' or '}' has no partner.")]
    [InlineData("{ to: a, each: invoice.date, fields: [] }", "4:20: 'invoice.date' is not a list.")]
    [InlineData("{ to: a, each: invoice.lines, fields: [ { to: b, from: nett } ] }", "4:60: InvoiceDocumentLine has no 'nett'")]
    [InlineData("{ to: a, from: invoice.date, colour: red }", "4:34: 'colour' is not known here; known are")]
    [InlineData("{ to: a b, from: invoice.date }", "4:11: 'a b' is not a path of names separated by dots.")]
    public void A_typo_stops_the_start_with_its_position(string field, string error)
    {
        var errors = Assert.Throws<DocumentException>(() => Outbound<PostErpInvoice>($"# A map\ndirection: outbound\nfields:\n  - {field}\n")).Errors;
        Assert.StartsWith($"test.map.yaml:{error}", errors[0]);
    }

    [Fact]
    public void Each_shipped_document_fits_its_type_and_maps_a_sample()
    {
        var netSuite = MapCatalog.From(Vendors.MapFolder("NetSuite"));
        Assert.False(netSuite.Outbound<UpsertErpCustomer>("customer").Map(Samples.Customer).Failed);
        Assert.False(netSuite.Outbound<UpsertErpContract>("contract").Map(Samples.Contract).Failed);
        Assert.False(netSuite.Outbound<UpsertErpJob>("job").Map(Samples.Job).Failed);
        Assert.False(netSuite.Outbound<PostErpInvoice>("invoice").Map(Samples.Invoice).Failed);
        Assert.False(netSuite.Outbound<RecordErpPayment>("payment").Map(Samples.Payment).Failed);
        Assert.False(MapCatalog.From(Vendors.MapFolder("AvaTax")).Outbound<TaxRequest>("transaction").Map(Samples.Tax).Failed);
    }

    [Fact]
    public void A_document_of_the_installation_takes_the_place_of_the_shipped_one()
    {
        var own = Directory.CreateTempSubdirectory("q2c-maps-").FullName;
        File.WriteAllText(Path.Combine(own, "job.map.yaml"), "direction: outbound\nfields: [ { to: ours, from: projectId } ]");
        var maps = MapCatalog.From(Vendors.MapFolder("NetSuite"), own, "/nowhere");
        Assert.Equal("""{"ours":"eu_pr_1"}""", maps.Outbound<UpsertErpJob>("job").Map(Samples.Job).Value!.ToJsonString());
        Assert.False(maps.Outbound<UpsertErpCustomer>("customer").Map(Samples.Customer).Failed);
        Directory.Delete(own, recursive: true);
    }

    private static OutboundMap<T> Outbound<T>(string text) where T : notnull =>
        new(MapDocument.Read("test.map.yaml", new StringReader(text), MapDirection.Outbound, typeof(T)));

    private static InboundMap<T> Inbound<T>(string text) where T : notnull =>
        new(MapDocument.Read("test.map.yaml", new StringReader(text), MapDirection.Inbound, typeof(T)));
}
