using System.Collections.Immutable;
using Q2C.Contracts;
using Q2C.Customers;
using Q2C.Grains.Customers;
using Q2C.Grains.Tests.Contracts;
using Q2C.Invoices;
using static Q2C.Grains.Tests.Contracts.Samples;

namespace Q2C.Grains.Tests.Customers;

public sealed class CustomerTests
{
    private static readonly UpsertCustomer Record = new("salesforce", DeciderSpec.Noon, Alder);

    private static readonly Given<CustomerState> New = Customer.Decider.Given().In(CustomerId);

    private static readonly Given<CustomerState> Known = New.When(Record).Accepted();

    [Fact]
    public void A_customer_is_registered_with_a_reference_to_its_source()
    {
        var registered = new CustomerRegistered(CustomerId, Record, DeciderSpec.Noon);
        New.When(Record).Then(registered);
        Assert.Equal(new ExternalReference("salesforce", "Account", "001A"), registered.Reference);
    }

    [Fact]
    public void A_newer_record_changes_the_same_one_does_not_and_an_older_one_is_stale()
    {
        var renamed = Record with { SourceVersion = DeciderSpec.Noon.AddHours(1), Profile = Alder with { Name = "Alder SE" } };
        Known.When(renamed).Then(new CustomerChanged(renamed, DeciderSpec.Noon));
        Known.When(Record).ThenNothing();
        Known.When(Record with { SourceVersion = DeciderSpec.Noon.AddHours(-1), Profile = Alder with { Name = "Old" } }).ThenStale();
    }

    [Fact]
    public void A_record_that_was_changed_back_holds_against_a_late_one_of_the_change_between()
    {
        var back = Record with { SourceVersion = DeciderSpec.Noon.AddHours(2) };
        var between = Record with { SourceVersion = DeciderSpec.Noon.AddHours(1), Profile = Alder with { Name = "Alder SE" } };
        Known.When(back).Accepted().When(between).ThenStale();
    }

    [Fact]
    public void Customers_are_reported_by_connections_and_kept_by_some_roles()
    {
        New.By(Actor.Connection("salesforce")).When(Record).Accepted();
        New.By(new("automation", [Roles.Machine])).When(Record).Accepted();
        New.By(new("anna", [Roles.Auditor])).When(Record).ThenRefused("FORBIDDEN");
    }

    [Fact]
    public void Versions_of_different_sources_are_not_compared()
    {
        var fromErp = new UpsertCustomer("netsuite", DeciderSpec.Noon.AddDays(-9), Alder with { Email = "ap@alder.example" });
        Known.When(fromErp).Then(new CustomerChanged(fromErp, DeciderSpec.Noon));
    }

    [Fact]
    public void A_quote_links_its_contract_once_and_registers_a_customer_that_nobody_told_of()
    {
        var accepted = ContractStory.New.When(Quote).Accepted().History.OfType<QuoteAccepted>().Single();
        var activated = ContractStory.Active.History.OfType<ContractActivated>().Single();
        var linked = New.When(new Observe(ContractId, [accepted])).Then(
            new CustomerRegistered(CustomerId, new("salesforce", Quote.SourceVersion, Alder), DeciderSpec.Noon),
            new ContractLinked(ContractId, DeciderSpec.Noon));
        linked.When(new Observe(ContractId, [activated])).ThenNothing();
        Known.When(new Observe(ContractId, [accepted])).Then(new ContractLinked(ContractId, DeciderSpec.Noon));
    }

    [Fact]
    public void What_is_owed_follows_invoices_and_payments_per_currency()
    {
        var story = Known.When(AmendmentTests.Issued("i1", 1_000, 1_190)).Then(
                new ReceivableChanged("i1", Eur(1_190), Eur(1_190), DeciderSpec.Noon))
            .When(AmendmentTests.Issued("i2", 100, 119)).Then(new ReceivableChanged("i2", Eur(119), Eur(1_309), DeciderSpec.Noon))
            .When(InDollars("i3", 50)).Then(new ReceivableChanged("i3", Money.Of(50, "USD"), Money.Of(50, "USD"), DeciderSpec.Noon))
            .When(AmendmentTests.Paid("i1", "p1", 190, 1_000)).Then(new ReceivableChanged("i1", Eur(1_000), Eur(1_119), DeciderSpec.Noon));
        Assert.Equal([Eur(1_119), Money.Of(50, "USD")], View(story).Outstanding.AsEnumerable());
        story = story.When(AmendmentTests.Paid("i1", "p2", 1_000, 0)).Accepted();
        Assert.Equal([Eur(119), Money.Of(50, "USD")], View(story).Outstanding.AsEnumerable());
    }

    [Fact]
    public void Money_beyond_what_was_owed_stays_the_customers()
    {
        var story = Known.When(AmendmentTests.Issued("i1", 100, 119)).Accepted()
            .When(AmendmentTests.Paid("i1", "p1", 130, 0, 11)).Then(
                new ReceivableChanged("i1", Eur(0), Eur(0), DeciderSpec.Noon),
                new CreditReceived("p1", Eur(11), Eur(11), DeciderSpec.Noon));
        var more = story.When(AmendmentTests.Paid("i1", "p2", 4, 0, 4)).Then(new CreditReceived("p2", Eur(4), Eur(15), DeciderSpec.Noon));
        Assert.Equal([Eur(15)], View(more).Credit.AsEnumerable());
        Survives(more.State);
    }

    public static TheoryData<int> Indexes => [.. Enumerable.Range(0, Cases.Length)];

    private static readonly ImmutableArray<(Command Command, string[] Refusals)> Cases =
    [
        (Record with { Source = "" }, ["SOURCE_MISSING source"]),
        (Record with { Profile = Alder with { Name = "" } }, ["NAME_MISSING profile.name"]),
        (Record with { Profile = Alder with { ParentId = CustomerId } }, ["CUSTOMER_OWN_PARENT profile.parentId"]),
        (Record with { Profile = Alder with { Currency = "EUX", BillTo = Berlin with { Country = "D" } } },
            ["COUNTRY_UNKNOWN profile.billTo.country", "CURRENCY_UNKNOWN profile.currency"]),
        (Record with { Profile = Alder with { References = [.. Enumerable.Repeat(Alder.References[0], 51)] } },
            ["TOO_MANY_REFERENCES profile.references"]),
        (new ApproveInvoice(null), ["UNSUPPORTED_COMMAND"]),
        (new Observe("x", [new ContractLinked("x", DeciderSpec.Noon)]), ["UNSUPPORTED_COMMAND"]),
    ];

    [Theory, MemberData(nameof(Indexes))]
    public void Refuses(int index) => New.When(Cases[index].Command).ThenRefused(Cases[index].Refusals);

    [Fact]
    public void Every_refusal_has_an_example() => Assert.Equal(
        CodesOf(typeof(CustomerProblems)).Except([CustomerProblems.RecordOlder]).Append(ProblemCodes.UnsupportedCommand).Order(StringComparer.Ordinal),
        Cases.SelectMany(one => one.Refusals).Select(refusal => refusal.Split(' ')[0]).Distinct().Order(StringComparer.Ordinal));

    private static CustomerView View(Given<CustomerState> given) => Customer.Render(given.State, CustomerId, given.History.Length)!;

    private static Observe InDollars(string id, decimal total) => new(id, [new InvoiceIssued(
        id, "run", ProjectId, ContractId, CustomerId, id, Start, Start, Money.Of(total, "USD"), Money.Zero("USD"), Money.Of(total, "USD"),
        [], [], DeciderSpec.Noon)]);
}
