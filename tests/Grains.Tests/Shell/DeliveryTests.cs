using System.Collections.Immutable;
using Q2C.Customers;
using Q2C.Grains.Customers;
using Q2C.Grains.Journal;
using Q2C.Grains.Shell;
using Q2C.Invoices;
using Q2C.Policies;
using static Q2C.Grains.Tests.Contracts.Samples;

namespace Q2C.Grains.Tests.Shell;

/// <summary>An invoice of 100 is issued and paid in two parts; its customer hears of it. Taken out of order, it would owe 100 for ever.</summary>
public sealed class DeliveryTests
{
    private const string Source = "eu_inv_1";

    private readonly MemoryJournal _journal = new();

    [Fact]
    public async Task Deliveries_are_taken_in_order_and_repeats_passed_over()
    {
        var shell = await Told();
        await shell.Observe(await Deliveries(4, 1, 3, 3));
        Assert.Equal([], await Owed(shell));
        await shell.Observe(await Deliveries(1, 3));
        await Shell().Observe(await Deliveries(4));
        Assert.Equal(["told", "on/eu_inv_1@1", "on/eu_inv_1@3", "on/eu_inv_1@4"], Keys());
    }

    [Fact]
    public async Task What_is_missing_before_a_delivery_is_read_from_the_journal()
    {
        var shell = await Told();
        await shell.Observe(await Deliveries(3));
        Assert.Equal([Eur(60)], await Owed(shell));
        await shell.CatchUp(Source);
        Assert.Equal([], await Owed(shell));
        Assert.Equal(["told", "on/eu_inv_1@1", "on/eu_inv_1@3", "on/eu_inv_1@4"], Keys());
    }

    [Fact]
    public async Task A_delivery_that_skips_one_is_refused_and_leaves_nothing()
    {
        var shell = await Told();
        var skipping = (await Deliveries(3))[0];
        await Assert.ThrowsAsync<DeliveryGapException>(() => shell.Execute(new(
            "on/eu_inv_1@3", new Observe(Source, skipping.Events), Actor.System, "correlation", Source: skipping.Source)));
        Assert.Equal(["told"], Keys());
    }

    private async Task<AggregateShell<CustomerState>> Told()
    {
        await Append(1, Issued());
        await Append(2);
        await Append(3, Paid("p1", 40, 60));
        await Append(4, Paid("p2", 60, 0));
        var shell = Shell();
        await shell.Execute(new(
            "told", new UpsertCustomer("salesforce", DeciderSpec.Noon, Alder), Actor.Connection("salesforce"), "correlation"));
        return shell;
    }

    private AggregateShell<CustomerState> Shell() =>
        new(CustomerId, Customer.Decider, _journal, new NoPolicies(), TimeProvider.System);

    private async Task<ImmutableArray<Delivery>> Deliveries(params long[] versions)
    {
        var all = await _journal.Deliveries(Source, CustomerId, 0, long.MaxValue, 10, default);
        return [.. versions.Select(version => all.Single(delivery => delivery.Source.Version == version))];
    }

    private IEnumerable<string> Keys() => _journal.Rows.Where(row => row.Grain == CustomerId).Select(row => row.Key);

    private static async Task<IEnumerable<Money>> Owed(AggregateShell<CustomerState> shell) =>
        Customer.Render((await shell.Read()).State, CustomerId, 0)!.Outstanding;

    private async Task Append(long version, params ImmutableArray<Event> events)
    {
        var previous = version switch { 3 => 1, 4 => 3, _ => 0 };
        var body = new RowBody(events, [], null, events.IsEmpty
            ? ImmutableDictionary<string, long>.Empty
            : ImmutableDictionary<string, long>.Empty.Add(CustomerId, previous));
        await _journal.Append(new(Source, version - 1, [new(
            version, $"k{version}", new byte[32], Outcome.Changed, body.Write(), "correlation", null, "system", null,
            DeciderSpec.Noon, [], [])]), default);
    }

    private static InvoiceIssued Issued() => new(
        Source, "eu_run_1", "eu_pr_1", "eu_ct_1", CustomerId, "INV-1", new(2026, 3, 31), new(2026, 4, 30), Eur(100), Eur(0),
        Eur(100), [], [], DeciderSpec.Noon);

    private static PaymentApplied Paid(string payment, decimal amount, decimal left) => new(
        Source, "eu_ct_1", CustomerId, new(payment, "stripe", Eur(amount), new(2026, 4, 1), payment), Eur(amount), Eur(0),
        Eur(left), [], DeciderSpec.Noon);

    private static Money Eur(decimal amount) => Money.Of(amount, "EUR");

    private sealed class NoPolicies : IPolicySource
    {
        public PolicySet Current { get; } = PolicySet.Empty("eu");
    }
}
