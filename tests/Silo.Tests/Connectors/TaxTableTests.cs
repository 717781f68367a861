using Q2C.Silo.Connectors;
using Q2C.Silo.Connectors.TaxTable;
using Q2C.Silo.Policies;

namespace Q2C.Silo.Tests.Connectors;

public sealed class TaxTableTests
{
    private static readonly PostalAddress Vienna = new("Ring 1", null, "Wien", null, "1010", "AT");

    private readonly ConnectorSpec _spec = new(Connect(), "taxes");

    [Fact]
    public async Task A_sale_at_home_has_the_standard_rate()
    {
        var answer = await Answer(Samples.Tax);
        Assert.Equal(
            [("line/1", Samples.Eur(1140m), 0.19m, "DE-19"), ("line/2", Samples.Eur(200.43m), 0.190003m, "DE-19")],
            answer.Lines.Select(line => (line.LineId, line.Tax, line.Rate, line.Jurisdiction)));
        Assert.Equal(Samples.Eur(1340.43m), answer.Total);
    }

    [Theory]
    [InlineData("ATU12345678", null, 0, "EU-reverse-charge")]
    [InlineData(null, null, 1340.43, "DE-19")]
    public async Task Across_a_border_it_depends_on_who_the_customer_is(string? number, string? exemption, decimal tax, string code)
    {
        var answer = await Answer(Samples.Tax with { ShipTo = Vienna, CustomerTaxNumber = number, ExemptionNumber = exemption });
        Assert.Equal((Samples.Eur(tax), code), (answer.Total, answer.Lines[0].Jurisdiction));
    }

    [Fact]
    public async Task An_exempt_customer_has_a_rule_of_its_own() =>
        Assert.Equal(Samples.Eur(0), (await Answer(Samples.Tax with { ExemptionNumber = "EX-1" })).Total);

    [Fact]
    public async Task What_no_rule_fits_is_refused_and_not_billed_without_tax() => await _spec.Refuses(
        new RecordTax(Samples.Tax with { ShipFrom = Vienna }), "TAX_RULE_MISSING",
        "taxes.yaml has no rule from AT to DE on 2026-11-30 for SP140000.");

    [Fact]
    public async Task Documents_need_no_record_outside_and_are_always_found()
    {
        foreach (var operation in new Operation[]
            { new CommitTax("eu_inv_1"), new VoidTax("eu_inv_1", "Rejected"), new RecordTaxCredit(Samples.CreditDocument, Samples.Berlin, null) })
        {
            Assert.IsType<SendResult.Accepted>(await _spec.Send(operation));
            Assert.IsType<LookUpResult.Found>(await _spec.LookUp(operation));
        }

        Assert.Equal(
            (await Answer(Samples.Tax)).Total,
            Assert.IsType<TaxAnswer>(Assert.IsType<LookUpResult.Found>(await _spec.LookUp(new RecordTax(Samples.Tax))).Answer).Total);
    }

    [Fact]
    public async Task The_installations_table_replaces_the_shipped_one_and_may_tax_a_tax()
    {
        var folder = Folder(
            """
            rounding-level: document
            rules:
              - from: DE
                to: "*"
                until: 2026-12-31
                taxes:
                  - { code: levy, percent: 5 }
                  - { code: vat, percent: 10, basis: net-and-rows-before }
            """);
        var answer = Assert.IsType<TaxAnswer>(Assert.IsType<SendResult.Accepted>(
            await new ConnectorSpec(Connect(folder), "taxes").Send(new QuoteTax(Samples.Tax))).Answer);
        Assert.Equal((Samples.Eur(1093.51m), "levy, vat"), (answer.Total, answer.Lines[0].Jurisdiction));
    }

    [Fact]
    public void All_that_is_wrong_with_a_table_shows_at_once_with_its_place()
    {
        var folder = Folder(
            """
            groups: { EU: AT XX }
            rules:
              - { from: Germany, to: EU, taxes: [ { code: vat, percent: 190 } ] }
              - { from: DE, to: EU, taxes: [ { code: levy, percent: 5, basis: row, of: vat } ], colour: red }
              - { from: DE, to: DE }
            """);
        var errors = Assert.Throws<DocumentException>(() => Connect(folder)).Errors;
        Assert.Equal(
            [
                "1:15: 'XX' is not a two-letter country code such as DE.",
                "3:13: 'Germany' is neither a country code nor one of the groups (EU).",
                "3:61: 'percent' must be between -100 and 100, found 190.",
                "4:32: 'levy' is a tax on 'vat', which is no tax before it.",
                "4:85: 'colour' is not known here; known are categories, exempt, from, since, tax-number, taxes, to, until.",
                "5:5: 'taxes' is missing; a rule without tax has one of 0 percent.",
            ],
            errors.Select(error => error[(error.IndexOf("taxes.yaml:", StringComparison.Ordinal) + 11)..]));
    }

    private async Task<TaxAnswer> Answer(TaxRequest request) =>
        Assert.IsType<TaxAnswer>(Assert.IsType<SendResult.Accepted>(await _spec.Send(new RecordTax(request))).Answer);

    private static ConnectionParts Connect(params string[] folders) => Vendors.Parts(
        new TaxTableVendor(), Vendors.Settings("taxtable", Vendors.Nowhere, [], []) with { Name = "taxes" }, TimeProvider.System, null,
        [Vendors.MapFolder("TaxTable"), .. folders]);

    private static string Folder(string table)
    {
        var folder = Directory.CreateTempSubdirectory("q2c-taxes-").FullName;
        File.WriteAllText(Path.Combine(folder, "taxes.yaml"), table);
        return folder;
    }
}
