using Q2C.BillingRuns;
using Q2C.Invoices;
using Q2C.Numbering;
using Q2C.Policies;
using Q2C.Silo.Policies;

namespace Q2C.Silo.Tests.Policies;

public sealed class PolicyLoaderTests : IDisposable
{
    private static readonly string Sample = Path.Combine(AppContext.BaseDirectory, "Policies", "sample");

    private readonly string _folder = Directory.CreateTempSubdirectory("q2c-policies-").FullName;

    public PolicyLoaderTests()
    {
        foreach (var file in Directory.EnumerateFiles(Sample)) File.Copy(file, Path.Combine(_folder, Path.GetFileName(file)));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_sample_is_read_as_it_is_written()
    {
        var documents = PolicyLoader.Load(_folder, "eu");
        var entity = documents.Set.LegalEntities["DE01"];
        Assert.Equal(
            ("DE01", "EUR", "Europe/Berlin", Rounding.HalfUp, Money.Of(10000, "EUR"), 30, "erp is netsuite"),
            (entity.Code, entity.Currency, entity.TimeZone, entity.Rounding, entity.ApprovalThreshold, entity.PaymentDays,
                $"erp is {entity.Connection(SystemKind.Erp)}"));
        Assert.Equal(["consulting", "fixed-price", "travel"], entity.TaxCategories.Keys.Order());
        Assert.Equal(
            [new TemplateTask("delivery", "Delivery", true), new("management", "Project management", true),
                new("internal", "Internal coordination", false)],
            documents.Set.ProjectTemplates["consulting"].Tasks.ToArray());
        Assert.Equal((3, 5m), (documents.LimitsOf("netsuite").Concurrency, documents.LimitsOf("netsuite").PerSecond));
        Assert.Equal(ConnectionLimits.Default, documents.LimitsOf("unheard-of"));
    }

    [Fact]
    public void Classes_of_exceptions_are_read_and_checked()
    {
        var classes = PolicyLoader.Load(_folder, "eu").ExceptionClasses;
        Assert.Equal(new ExceptionClass("technical", "high", null, null, TimeSpan.FromHours(4)), classes["technical"]);
        Assert.Equal((Roles.Finance, "high"), (classes["LEGAL_ENTITY_UNKNOWN"].OwnerRole, classes["LEGAL_ENTITY_UNKNOWN"].Severity));

        Write("exceptions.yaml", "Technical: { severity: awful, owner-role: king, respond-within-hours: 0, colour: red }\n");
        Assert.Equal(
        [
            "'Technical' is neither a code such as CREDENTIALS_REFUSED nor one of business, data, policy, technical.",
            "'severity' must be one of low, normal, high, critical, found 'awful'.",
            "'owner-role' must be one of sales, delivery, finance, finance_approver, operator, administrator, found 'king'.",
            "'respond-within-hours' must be above 0 and at most 8784, found 0.",
            "'colour' is not known here; known are owner-role, remedy, respond-within-hours, severity.",
        ], Assert.Throws<DocumentException>(() => PolicyLoader.Load(_folder, "eu")).Errors.Select(error => error[(error.IndexOf(": ", StringComparison.Ordinal) + 2)..]));
    }

    [Fact]
    public void The_books_of_an_entity_are_read_and_checked()
    {
        var written = File.ReadAllText(Path.Combine(Sample, "legal-entities.yaml"));
        Write("legal-entities.yaml", written.Replace(
            "  payment-days: 30\n",
            """
              payment-days: 30
              books:
                closed-through: 2026-02-28
                when-closed: park
                export-journals: true
                cost-rates:
                  - { role: Senior consultant, hourly: 72.50, overhead: 18 }
                  - { person: Ada Moreau, from: 2026-04-01, hourly: 81 }

            """, StringComparison.Ordinal));
        var books = PolicyLoader.Load(_folder, "eu").Set.LegalEntities["DE01"].Books!;
        Assert.Equal(
            (new DateOnly(2026, 2, 28), WhenClosed.Park, true, true),
            (books.ClosedThrough!.Value, books.WhenClosed, books.RecogniseMonthly, books.ExportJournals));
        Assert.Equal(
            [new CostRate(null, "Senior consultant", null, 72.50m, 18), new("Ada Moreau", null, new DateOnly(2026, 4, 1), 81)],
            books.CostRates.ToArray());

        Write("legal-entities.yaml", written.Replace(
            "  payment-days: 30\n",
            "  payment-days: 30\n  books: { closed-through: March, when-closed: later, cost-rates: [{ hourly: -1 }] }\n",
            StringComparison.Ordinal));
        AssertErrors(
            "legal-entities.yaml:16:28: 'closed-through' must be a day such as 2026-03-31, found 'March'.",
            "legal-entities.yaml:16:48: 'when-closed' must be one of first-open-period, park, found 'later'.",
            "legal-entities.yaml:16:78: 'hourly' must not be negative, found -1.");
    }

    [Fact]
    public void How_an_entity_bills_is_read_and_checked()
    {
        var written = File.ReadAllText(Path.Combine(Sample, "legal-entities.yaml"));
        Write("legal-entities.yaml", written.Replace(
            "  payment-days: 30\n",
            """
              payment-days: 30
              billing:
                invoice-per: contract, purchase-order
                lines: week
                customers: { eu_cu_1: { invoice-per: customer } }
                terms: [{ percent: 30, days: 10 }, { percent: 70, day-of-month: 15, at-least-days: 31 }]
                early-payment: { percent: 2, days: 10, tax: kept }
                dunning: { attempts: 3, days-between: 7, thresholds: { EUR: 50 } }
                numbering: { invoices: { pattern: "RE-{year}-{number}", digits: 5, restart: yearly } }
                tax-outage: { estimate: true, after-minutes: 30, percents: { SP140000: 19 } }
                refund-threshold: 500.00

            """, StringComparison.Ordinal));
        var billing = PolicyLoader.Load(_folder, "eu").Set.LegalEntities["DE01"].Billing!;
        Assert.Equal([InvoiceKey.Contract, InvoiceKey.PurchaseOrder], billing.Grouping.Invoices.AsEnumerable());
        Assert.Equal(LineGrouping.Week, billing.Grouping.Lines);
        Assert.Empty(billing.ByCustomer["eu_cu_1"].Invoices);
        Assert.Equal(
            [new PaymentTerm(30, new DueRule.Days(10)), new PaymentTerm(70, new DueRule.DayOfMonth(15, 31))], billing.Terms!.Parts.AsEnumerable());
        Assert.Equal(new EarlyPaymentDiscount(2, 10, EarlyDiscountTax.Kept), billing.Terms.Discount);
        Assert.Equal(new NumberFormat("invoices", "RE-{year}-{number}", 5, NumberRestart.Yearly), billing.Numbering!.Invoices);
        Assert.Null(billing.Numbering.CreditMemos);
        Assert.Equal((true, TimeSpan.FromMinutes(30), 19m), (billing.TaxOutage!.Estimate, billing.TaxOutage.After, billing.TaxOutage.Percents["SP140000"]));
        Assert.Equal((Money.Of(500, "EUR"), null), (billing.RefundThreshold, billing.WriteOffThreshold));
        Assert.Equal((3, 7, 50m), (billing.Dunning!.Attempts, billing.Dunning.DaysBetween, billing.Dunning.Thresholds["EUR"]));

        Write("legal-entities.yaml", written.Replace(
            "  payment-days: 30\n", "  payment-days: 30\n  billing: { invoice-per: moon, terms: [{ percent: 40, days: 1 }] }\n", StringComparison.Ordinal));
        AssertErrors(
            "legal-entities.yaml:16:27: 'invoice-per' has customer, project, contract, bill-to, purchase-order, contract-line or parent, found 'moon'.",
            "legal-entities.yaml:16:40: The percents of 'terms' must be above zero and sum to 100, found 40.");
    }

    [Fact]
    public void A_series_or_an_estimate_that_cannot_work_is_named()
    {
        var written = File.ReadAllText(Path.Combine(Sample, "legal-entities.yaml"));
        Write("legal-entities.yaml", written.Replace(
            "  payment-days: 30\n",
            """
              payment-days: 30
              billing:
                numbering:
                  invoices: { pattern: "RE-{number}", restart: yearly }
                  credit-memos: { pattern: "GS", digits: 20 }
                tax-outage: { estimate: true, after-minutes: -1 }
                write-off-threshold: -5
                review-days: 90

            """, StringComparison.Ordinal));
        AssertErrors(
            "legal-entities.yaml:18:28: 'pattern' must have {year} in it, since the numbers begin anew each year; found 'RE-{number}'.",
            "legal-entities.yaml:19:32: 'pattern' must have {number} in it, found 'GS'.",
            "legal-entities.yaml:19:46: 'digits' must be between 1 and 12, found 20.",
            "legal-entities.yaml:20:29: 'estimate' needs 'percents', one for each tax category.",
            "legal-entities.yaml:20:50: 'after-minutes' must not be negative.",
            "legal-entities.yaml:21:26: 'write-off-threshold' must not be negative.",
            "legal-entities.yaml:22:18: 'review-days' must be between 0 and 60, found 90.");
    }

    [Fact]
    public void The_version_changes_with_any_document()
    {
        var versions = new List<string> { PolicyLoader.Load(_folder, "eu").Set.Version };
        foreach (var file in Directory.EnumerateFiles(_folder))
        {
            File.AppendAllText(file, "\n# A remark\n");
            versions.Add(PolicyLoader.Load(_folder, "eu").Set.Version);
        }

        Assert.Equal(Directory.GetFiles(_folder).Length + 1, versions.Distinct().Count());
        Assert.Equal(versions[^1], PolicyLoader.Load(_folder, "eu").Set.Version);
    }

    [Fact]
    public void All_that_is_wrong_shows_at_once_with_file_line_and_column()
    {
        Write("legal-entities.yaml",
            """
            DE01:
              name: Northwind
              currency: EURO
              time-zone: Europe/Berln
              adress: {}
              tax-number: DE1
              rounding: up
              approval-threshold: 10.001
              payment-days: 400
              tax-categories: consulting
              connections: { erp: netsuite, fax: machine }
            """);
        Write("project-templates.yaml",
            """
            consulting:
              tasks:
                - { key: a, name: A, billable: yes please }
                - { key: a, name: B }
            """);
        Write("limits.yaml", "netsuite: { concurrency: 0, per-minute: 7 }");
        AssertErrors(
            "legal-entities.yaml:2:3: 'address' is missing.",
            "legal-entities.yaml:3:13: 'EURO' is not an ISO 4217 currency code.",
            "legal-entities.yaml:4:14: 'Europe/Berln' is not an IANA time zone.",
            "legal-entities.yaml:5:3: 'adress' is not known here; known are address, approval-threshold, billing, books, connections, currency, "
                + "name, payment-days, rounding, tax-categories, tax-number, time-zone.",
            "legal-entities.yaml:7:13: 'rounding' must be one of half-up, half-even, down, half-down, found 'up'.",
            "legal-entities.yaml:9:17: 'payment-days' must be between 0 and 365, found 400.",
            "legal-entities.yaml:10:19: 'tax-categories' must be a group of named settings.",
            "legal-entities.yaml:11:38: 'fax' is not a kind of system; known are crm, erp, psa, tax, payments.",
            "limits.yaml:1:26: 'concurrency' must be between 1 and 1000000, found 0.",
            "limits.yaml:1:29: 'per-minute' is not known here; known are break-after, break-for-seconds, burst, concurrency, "
                + "first-retry-seconds, longest-retry-seconds, per-second.",
            "project-templates.yaml:3:36: 'billable' must be true or false, found 'yes please'.",
            "project-templates.yaml:4:14: The task key 'a' is there twice.");
    }

    [Theory]
    [InlineData("DE01: [", "legal-entities.yaml:2:1: While parsing a node, did not find expected node content.")]
    [InlineData("- a", "legal-entities.yaml:1:1: Expected one document with named settings.")]
    [InlineData("", "legal-entities.yaml:1:1: Expected one document with named settings.")]
    [InlineData("a: {}\na: {}", "legal-entities.yaml:2:1: Duplicate key a")]
    public void A_file_that_is_not_such_a_document_is_named(string text, string error)
    {
        Write("legal-entities.yaml", text);
        Assert.Equal(error, Errors().First());
    }

    [Fact]
    public void A_missing_file_is_named()
    {
        File.Delete(Path.Combine(_folder, "project-templates.yaml"));
        AssertErrors("project-templates.yaml:1:1: There is no such document; it is needed.");
    }

    private void Write(string file, string text) => File.WriteAllText(Path.Combine(_folder, file), text);

    private void AssertErrors(params string[] expected) => Assert.Equal(expected, Errors());

    private IEnumerable<string> Errors() => Assert.Throws<DocumentException>(() => PolicyLoader.Load(_folder, "eu"))
        .Errors.Select(error => error.Replace(_folder + Path.DirectorySeparatorChar, ""));
}
