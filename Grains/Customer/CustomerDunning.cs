using System.Collections.Immutable;
using Q2C.Customers;
using Q2C.Grains.Billing.Receivables;

namespace Q2C.Grains.Customers;

/// <summary>Reminders of a customer: proposed by day, counted by legal entity and currency, over when all is settled.</summary>
internal static class CustomerDunning
{
    public static ImmutableArray<Problem> ProblemsOf(ProposeDunning c, DecisionContext context) =>
    [
        .. OperatorRules.NeedsRole(context.Actor, [Roles.Finance]),
        .. PolicyOf(c.LegalEntity, context) is null
            ? [new(CustomerMoneyProblems.NoDunningPolicy, "legalEntity", $"'{c.LegalEntity}' has no policy of reminders.",
                "Add one to the policies of the legal entity.")]
            : (Problem[])[],
    ];

    public static void Propose(CustomerTurn turn, ProposeDunning c)
    {
        var policy = PolicyOf(c.LegalEntity, turn.Context)!;
        var overdue = Dunning.Overdue(
            CustomerMoney.OldestFirst(turn.State).Where(open => open.LegalEntity == c.LegalEntity), c.Day, policy.YearlyInterest);
        var proposed = false;
        foreach (var same in overdue.GroupBy(invoice => invoice.Overdue.Currency).OrderBy(same => same.Key, StringComparer.Ordinal))
        {
            var made = turn.State.Dunned.GetValueOrDefault(CustomerState.CashKey(c.LegalEntity, same.Key));
            if (Dunning.Next(policy, same.Key, [.. same], made, c.Day) is not { } notice) continue;
            turn.Add(new DunningProposed(turn.Context.Grain, c.LegalEntity, same.Key, notice, c.Day, turn.Now));
            proposed = true;
        }

        if (proposed && Made(turn.State, c.LegalEntity).All(made => made.Attempts >= policy.Attempts))
            turn.Add(new DunningFinished(c.LegalEntity, turn.Now));
    }

    public static CustomerState Proposed(CustomerState state, DunningProposed e) => state with
    {
        Dunned = state.Dunned.SetItem(CustomerState.CashKey(e.LegalEntity, e.Currency), new(
            e.Notice.Attempt, e.Day, [.. e.Notice.Invoices.Select(invoice => invoice.InvoiceId)])),
    };

    /// <summary>After money or a credit came: what was dunned and is settled is dunned no longer.</summary>
    public static void Resolve(CustomerTurn turn)
    {
        foreach (var (key, made) in turn.State.Dunned)
        {
            if (made.Invoices.Any(turn.State.Open.ContainsKey)) continue;
            var at = key.LastIndexOf('/');
            turn.Add(new DunningResolved(key[..at], key[(at + 1)..], turn.Now));
        }
    }

    private static IEnumerable<DunningProgress> Made(CustomerState state, string entity) =>
        state.Dunned.Where(made => made.Key.StartsWith($"{entity}/", StringComparison.Ordinal)).Select(made => made.Value);

    private static DunningPolicy? PolicyOf(string entity, DecisionContext context) =>
        entity is not null && context.Policies.LegalEntities.TryGetValue(entity, out var known) ? known.Billing?.Dunning : null;
}
