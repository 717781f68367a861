using System.Collections.Immutable;
using Q2C.Customers;
using Q2C.Grains.Invoices;
using Q2C.Invoices;

namespace Q2C.Grains.Customers;

/// <summary>Money that is paid back: asked for by one person, and above a threshold approved by another.</summary>
internal static class CustomerRefunds
{
    public static ImmutableArray<Problem> ProblemsOf(CustomerState state, RefundCustomer c, DecisionContext context)
    {
        var problems = ImmutableArray.CreateBuilder<Problem>();
        problems.AddRange(OperatorRules.NeedsRole(context.Actor, [Roles.Finance]));
        problems.AddRange(OperatorRules.NeedsReason(c.Reason));
        if (string.IsNullOrWhiteSpace(c.LegalEntity)) problems.Add(CustomerMoney.EntityMissing());
        if (string.IsNullOrWhiteSpace(c.RefundId) || c.RefundId.Length > CustomerMoney.MaxIdLength)
            problems.Add(new(CustomerMoneyProblems.RefundIdInvalid, "refundId", $"A refund has an id of 1 to {CustomerMoney.MaxIdLength} characters.",
                "Choose one that no other refund has."));
        if (c.Amount.Minor <= 0)
            return [.. problems, new(CustomerMoneyProblems.RefundNotPositive, "amount", $"The refund is of {c.Amount.Minor} minor units.",
                "Give an amount above zero.")];
        if (state.Proposed.TryGetValue(c.RefundId ?? "", out var pending) && pending.Refund != c)
            problems.Add(new(CustomerMoneyProblems.RefundPending, "refundId", $"Refund '{c.RefundId}' waits for a second person, with other contents.",
                "Approve or decline it, or choose another id."));
        problems.AddRange(ProblemsOfAmount(state, c));
        return problems.ToImmutable();
    }

    private static ImmutableArray<Problem> ProblemsOfAmount(CustomerState state, RefundCustomer c)
    {
        var problems = ImmutableArray.CreateBuilder<Problem>();
        var received = state.Cash.GetValueOrDefault(CustomerState.CashKey(c.LegalEntity ?? "", c.Amount.Currency), Money.Zero(c.Amount.Currency));
        if (c.Amount > received)
            problems.Add(new(CustomerMoneyProblems.RefundExceedsReceived, "amount",
                $"{c.Amount} cannot be paid back: {received} were received and not paid back yet.", $"Pay back {received} or less."));
        var beyond = c.Amount - Money.Min(c.Amount, CustomerMoney.Available(state, c.LegalEntity ?? "", c.Amount.Currency));
        if (!beyond.IsZero && c.InvoiceId is null)
            problems.Add(new(CustomerMoneyProblems.RefundNeedsInvoice, "invoiceId", $"{beyond} of it go beyond the customer's credit.",
                "Name the invoice whose payment is paid back, or credit it first."));
        else if (!beyond.IsZero && CustomerMoney.PaidFor(state, c.InvoiceId!, c.LegalEntity ?? "", beyond.Currency) is var paid && beyond > paid)
            problems.Add(new(CustomerMoneyProblems.RefundExceedsReceived, "invoiceId",
                $"{paid} were paid to {c.LegalEntity} for invoice '{c.InvoiceId}'; {beyond} would be paid back of it.",
                "Pay back what was paid for it, or name another invoice."));
        return problems.ToImmutable();
    }

    public static ImmutableArray<Problem> ProblemsOf(CustomerState state, ApproveRefund c, DecisionContext context)
    {
        var proposed = Find(state, c.RefundId, c.LegalEntity);
        return
        [
            .. OperatorRules.NeedsRole(context.Actor, [Roles.FinanceApprover]),
            .. proposed is null ? [Unknown(c.RefundId)] : Thresholds.NeedsAnother(context.Actor, proposed.By, "refund"),
            .. proposed is null ? [] : ProblemsOfAmount(state, proposed.Refund),
        ];
    }

    public static ImmutableArray<Problem> ProblemsOf(CustomerState state, DeclineRefund c, DecisionContext context) =>
    [
        .. OperatorRules.NeedsRole(context.Actor, [Roles.Finance, Roles.FinanceApprover]), .. OperatorRules.NeedsReason(c.Reason),
        .. Find(state, c.RefundId, c.LegalEntity) is null ? [Unknown(c.RefundId)] : (Problem[])[],
    ];

    public static void Ask(CustomerTurn turn, RefundCustomer c)
    {
        var entity = turn.Context.Policies.LegalEntities.GetValueOrDefault(c.LegalEntity);
        var threshold = entity?.Billing?.RefundThreshold ?? entity?.ApprovalThreshold;
        if (!Thresholds.IsAbove(c.Amount, threshold)) Refund(turn, c);
        else
            turn.Add(new RefundProposed(
                new(c, turn.Context.Actor.Id, turn.Now), threshold?.Currency == c.Amount.Currency ? threshold : null, turn.Now));
    }

    /// <summary>What is there to be paid back may have changed since: it is drawn now.</summary>
    public static void Approve(CustomerTurn turn, ApproveRefund c)
    {
        var refund = turn.State.Proposed[c.RefundId].Refund;
        turn.Add(new RefundApproved(c.RefundId, turn.Context.Actor.Id, c.Note, turn.Now));
        Refund(turn, refund);
    }

    public static void Decline(CustomerTurn turn, DeclineRefund c) =>
        turn.Add(new RefundDeclined(c.RefundId, c.Reason, turn.Context.Actor.Id, turn.Now));

    private static void Refund(CustomerTurn turn, RefundCustomer c)
    {
        var fromCredit = Money.Min(c.Amount, CustomerMoney.Available(turn.State, c.LegalEntity, c.Amount.Currency));
        var fromInvoice = c.Amount - fromCredit;
        var sources = CustomerMoney.Draw(turn.State, c.LegalEntity, fromCredit, null).Select(draw => draw.Source).ToImmutableArray();
        turn.Add(new CustomerRefunded(
            turn.Context.Grain, c, fromCredit, sources, fromInvoice,
            CustomerMoney.Available(turn.State, c.LegalEntity, c.Amount.Currency) - fromCredit,
            Postings.Of((Accounts.CustomerCredit, fromCredit), (Accounts.Receivable, fromInvoice), (Accounts.Cash, -c.Amount)), turn.Now));
        if (c.Connection is not null) Repay(turn, RefundKey(c.RefundId));
    }

    /// <summary>Asks the payment system to pay the refund out.</summary>
    public static void Repay(CustomerTurn turn, string key)
    {
        var repayment = turn.State.Repayments[key];
        var errands = turn.State.Errands ?? Errands.None(turn.Context.Grain);
        turn.Add(new CustomerStepAsked(
            errands.Request(key, repayment.Connection, turn.Context.Grain, new RefundPayment(
                repayment.RefundId, turn.Context.Grain, repayment.Amount, repayment.Payments, repayment.Reason)),
            turn.Now));
    }

    public static CustomerState Refunded(CustomerState state, CustomerRefunded e)
    {
        var refund = e.Refund;
        var next = CustomerMoney.Drawn(state, e.Sources).With(new CashReceived(refund.LegalEntity, -refund.Amount)) with
        {
            Refunds = state.Refunds.Add(refund.RefundId),
        };
        if (refund.Connection is { } connection)
            next = next with
            {
                Repayments = next.Repayments.Add(RefundKey(refund.RefundId), new(
                    refund.Amount, connection, refund.RefundId, [.. e.Sources.Select(source => source.SourceId)], refund.Reason)),
            };
        if (e.FromInvoice.IsZero) return next;
        var id = refund.InvoiceId!;
        return next.Open.TryGetValue(id, out var open)
            ? next with { Open = next.Open.SetItem(id, open with { Paid = open.Paid - e.FromInvoice }) }
            : next with { Closed = next.Closed.SetItem(id, next.Closed[id] with { Paid = next.Closed[id].Paid - e.FromInvoice }) };
    }

    private static ProposedRefund? Find(CustomerState state, string refundId, string entity) =>
        state.Proposed.TryGetValue(refundId, out var proposed) && proposed.Refund.LegalEntity == entity ? proposed : null;

    private static Problem Unknown(string refundId) => new(
        CustomerMoneyProblems.RefundUnknown, "refundId", $"No refund '{refundId}' of this legal entity waits for a second person.",
        "Read the customer's refunds again.");

    private static string RefundKey(string refundId) => $"refund/{refundId}";
}
