using Q2C.Customers;
using Q2C.Grains.Customers;
using Q2C.Grains.Shell;
using Q2C.Policies;
using static Q2C.Grains.Tests.Contracts.Samples;

namespace Q2C.Grains.Tests.Shell;

public sealed class AggregateShellTests
{
    private readonly MemoryJournal _journal = new();

    [Fact]
    public async Task A_repeated_key_gets_the_recorded_receipt_from_memory_and_from_the_journal()
    {
        var shell = Shell();
        var first = await shell.Execute(Register("k1", "Alder"));
        Assert.Equal((Outcome.Changed, 1L), (first.Outcome, first.Version));
        SameReceipt(first, await shell.Execute(Register("k1", "Alder")));
        SameReceipt(first, await Shell().Execute(Register("k1", "Alder")));
        Assert.Single(_journal.Rows);
    }

    [Fact]
    public async Task A_refusal_and_a_no_op_are_recorded_too_and_repeat()
    {
        var shell = Shell();
        var refused = await shell.Execute(Register("bad", ""));
        Assert.Equal(Outcome.Refused, refused.Outcome);
        await shell.Execute(Register("k1", "Alder"));
        Assert.Equal(Outcome.Unchanged, (await shell.Execute(Register("k2", "Alder"))).Outcome);
        SameReceipt(refused, await Shell().Execute(Register("bad", "")));
        Assert.Equal([Outcome.Refused, Outcome.Changed, Outcome.Unchanged], _journal.Rows.Select(row => row.Outcome));
    }

    [Fact]
    public async Task A_key_that_was_used_for_something_else_is_refused_and_changes_nothing()
    {
        var shell = Shell();
        await shell.Execute(Register("k1", "Alder"));
        foreach (var asked in new[] { shell, Shell() })
        {
            var receipt = await asked.Execute(Register("k1", "Birch"));
            Assert.Equal([ProblemCodes.IdempotencyKeyReused], receipt.Problems.Select(problem => problem.Code));
        }

        Assert.Single(_journal.Rows);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(CommandEnvelope.MaxKeyLength + 1)]
    public async Task A_key_of_the_wrong_length_is_refused_before_anything_is_recorded(int length)
    {
        var receipt = await Shell().Execute(Register(new string('k', length), "Alder"));
        Assert.Equal([ProblemCodes.IdempotencyKeyInvalid], receipt.Problems.Select(problem => problem.Code));
        Assert.Empty(_journal.Rows);
    }

    [Fact]
    public async Task The_same_key_in_flight_joins_the_first_and_what_queues_meanwhile_goes_in_as_one_run()
    {
        var gate = new TaskCompletionSource();
        var runs = new List<int>();
        _journal.BeforeAppend = async run =>
        {
            runs.Add(run.Entries.Length);
            if (runs.Count == 1) await gate.Task;
        };
        var shell = Shell();
        var first = shell.Execute(Register("k0", "Alder"));
        Task<Receipt>[] rest =
            [shell.Execute(Register("k1", "Birch")), shell.Execute(Register("k1", "Birch")), shell.Execute(Register("k2", "Cedar"))];
        gate.SetResult();
        await first;
        var receipts = await Task.WhenAll(rest);
        SameReceipt(receipts[0], receipts[1]);
        Assert.Equal([1, 2], runs);
        Assert.Equal([1L, 2L, 3L], _journal.Rows.Select(row => row.Version));
    }

    [Fact]
    public async Task Two_shells_of_one_grain_cost_retries_and_nothing_else()
    {
        var (one, other) = (Shell(), Shell());
        var receipts = await Task.WhenAll(Enumerable.Range(0, 200).Select(i =>
            (i % 2 == 0 ? one : other).Execute(Register($"k{i}", $"Name {i}", i))));
        Assert.Equal(Enumerable.Range(1, 200).Select(i => (long)i), receipts.Select(receipt => receipt.Version).Order());
        Assert.Equal(200, _journal.Rows.Length);
        Assert.Equal((await one.Read()).State.Profile!.Name, (await Shell().Read()).State.Profile!.Name);
    }

    [Fact]
    public async Task An_answer_that_was_lost_after_the_commit_is_found_again_by_its_key()
    {
        var lost = false;
        _journal.AfterAppend = _ =>
        {
            if (lost) return Task.CompletedTask;
            lost = true;
            throw new TimeoutException("The connection broke.");
        };
        var receipt = await Shell().Execute(Register("k1", "Alder"));
        Assert.Equal((Outcome.Changed, 1L), (receipt.Outcome, receipt.Version));
        Assert.Single(_journal.Rows);
    }

    [Fact]
    public async Task A_journal_that_stays_away_fails_the_caller_and_the_next_command_goes_in()
    {
        var away = true;
        _journal.BeforeAppend = _ => away ? throw new TimeoutException("No database.") : Task.CompletedTask;
        var shell = Shell();
        await Assert.ThrowsAsync<TimeoutException>(() => shell.Execute(Register("k1", "Alder")));
        away = false;
        Assert.Equal(1, (await shell.Execute(Register("k1", "Alder"))).Version);
    }

    [Fact]
    public async Task A_key_of_the_api_is_used_up_for_all_that_its_caller_addresses()
    {
        await Shell().Execute(Register("k1", "Alder") with { Principal = "nora" });
        var other = new AggregateShell<CustomerState>(
            "eu_cu_22222222222222222222222222", Customer.Decider, _journal, new NoPolicies(), TimeProvider.System);
        var receipt = await other.Execute(Register("k1", "Alder") with { Principal = "nora" });
        Assert.Equal([ProblemCodes.IdempotencyKeyReused], receipt.Problems.Select(problem => problem.Code));
        Assert.Equal(Outcome.Changed, (await other.Execute(Register("k1", "Alder") with { Principal = "olga" })).Outcome);
    }

    [Fact]
    public async Task A_read_sees_what_another_silo_wrote()
    {
        var (one, other) = (Shell(), Shell());
        await one.Execute(Register("k1", "Alder"));
        await one.Read();
        await other.Execute(Register("k2", "Birch", 1));
        Assert.Equal("Birch", (await one.Read()).State.Profile!.Name);
    }

    [Fact]
    public async Task A_decider_that_fails_on_what_another_silo_has_changed_since_decides_again_on_what_is_there()
    {
        var needsName = Customer.Decider with
        {
            Decide = (state, command, context) => state.Profile is null && context.Key == "late"
                ? throw new InvalidOperationException("There is no profile.")
                : Customer.Decider.Decide(state, command, context),
        };
        var stale = new AggregateShell<CustomerState>(CustomerId, needsName, _journal, new NoPolicies(), TimeProvider.System);
        await stale.Read();
        await Assert.ThrowsAsync<InvalidOperationException>(() => stale.Execute(Register("late", "Birch", 1)));
        Assert.Empty(_journal.Rows);

        await Shell().Execute(Register("k1", "Alder"));

        Assert.Equal(Outcome.Changed, (await stale.Execute(Register("late", "Birch", 1))).Outcome);
    }

    [Fact]
    public async Task A_long_history_is_loaded_from_its_snapshot()
    {
        var shell = Shell();
        for (var i = 0; i < 300; i++) await shell.Execute(Register($"k{i}", $"Name {i}", i));
        var history = await _journal.Load(CustomerId, Customer.Decider.Version, default);
        Assert.NotNull(history.Snapshot);
        Assert.True(history.Rows.Length < 300);
        Assert.Equal("Name 299", (await Shell().Read()).State.Profile!.Name);
        Assert.Empty((await _journal.Load(CustomerId, Customer.Decider.Version + 1, default)).Rows.Skip(300));
    }

    private AggregateShell<CustomerState> Shell() =>
        new(CustomerId, Customer.Decider, _journal, new NoPolicies(), TimeProvider.System);

    private static CommandEnvelope Register(string key, string name, int minute = 0) => new(
        key, new UpsertCustomer("salesforce", DeciderSpec.Noon.AddMinutes(minute), Alder with { Name = name }),
        Actor.Connection("salesforce"), "correlation-1");

    private static void SameReceipt(Receipt expected, Receipt actual)
    {
        Assert.Equal(expected with { Problems = [] }, actual with { Problems = [] });
        Assert.Equal(expected.Problems.AsEnumerable(), actual.Problems.AsEnumerable());
    }

    private sealed class NoPolicies : IPolicySource
    {
        public PolicySet Current { get; } = PolicySet.Empty("eu");
    }
}
