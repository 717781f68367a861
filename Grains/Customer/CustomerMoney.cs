using System.Collections.Immutable;
using Q2C.Customers;
using Q2C.Grains.Invoices;
using Q2C.Invoices;
using Q2C.Projects;

namespace Q2C.Grains.Customers;

/// <summary>
/// What a customer owes and what it has with us: money received, allocated, returned and paid back. An invoice answers
/// every allocation with what of it took effect; the rest comes back, so that nothing is lost whatever happens at once.
/// </summary>
internal static class CustomerMoney
{
    internal const int MaxIdLength = 100;
    private const string AllocationKind = "al";

    // Problems ------------------------------------------------------------------------------------------------------

    public static ImmutableArray<Problem> ProblemsOf(CustomerState state, ReceivePayment c, DecisionContext context)
    {
        var problems = ImmutableArray.CreateBuilder<Problem>();
        problems.AddRange(OperatorRules.MayReport(context.Actor, InvoiceRules.Cashiers));
        if (string.IsNullOrWhiteSpace(c.LegalEntity)) problems.Add(EntityMissing());
        if (string.IsNullOrWhiteSpace(c.PaymentId) || c.PaymentId.Length > MaxIdLength)
            problems.Add(new(CustomerMoneyProblems.PaymentIdInvalid, "paymentId", $"A payment has an id of 1 to {MaxIdLength} characters.",
                "Send the payment system's id of the payment."));
        if (c.Amount.Minor <= 0)
            problems.Add(new(CustomerMoneyProblems.PaymentNotPositive, "amount", $"The payment is of {c.Amount.Minor} minor units.",
                "Record money received; what is paid back is a refund."));
        if (c.Foreign is { } foreign && (foreign.Paid.Currency == c.Amount.Currency || foreign.Rate.Rate <= 0 || foreign.Worth(c.Amount.Currency) != c.Amount))
            problems.Add(new(CustomerMoneyProblems.ExchangeRateInvalid, "foreign",
                $"{foreign.Paid} at {foreign.Rate.Rate} are not {c.Amount}.", "Give another currency than that of the amount, a rate above zero, and what is worth at it."));
        if (c.PaymentId is not null && state.Payments.TryGetValue(c.PaymentId, out var known) && known != c.Amount)
            problems.Add(new(CustomerMoneyProblems.PaymentIdReused, "paymentId",
                $"Payment '{c.PaymentId}' was recorded already, with {known}.", "Give each payment its own id."));
        else if (c.PaymentId is not null && !state.Payments.ContainsKey(c.PaymentId) && state.Credits.TryGetValue(c.PaymentId, out var credit))
            problems.Add(new(CustomerMoneyProblems.PaymentIdReused, "paymentId",
                $"Payment '{c.PaymentId}' was recorded for an invoice already, and {credit.Left} of it are the customer's credit.",
                "Give each payment its own id; allocate the credit of one that is recorded."));
        if (c.Allocations is { } told) problems.AddRange(ProblemsOf(state, told, c.LegalEntity, c.Amount, mayWait: true));
        return problems.ToImmutable();
    }

    public static ImmutableArray<Problem> ProblemsOf(CustomerState state, ApplyCredit c, DecisionContext context)
    {
        var problems = ImmutableArray.CreateBuilder<Problem>();
        problems.AddRange(OperatorRules.NeedsRole(context.Actor, [Roles.Finance]));
        if (string.IsNullOrWhiteSpace(c.LegalEntity)) problems.Add(EntityMissing());
        if (!Currencies.IsKnown(c.Currency))
            return [.. problems, new(CustomerProblems.CurrencyUnknown, "currency", $"'{c.Currency}' is not an active ISO 4217 currency code.",
                "Use a code such as EUR or USD.")];
        var credit = Available(state, c.LegalEntity ?? "", c.Currency);
        if (credit.IsZero)
            problems.Add(new(CustomerMoneyProblems.NoCredit, "", $"The customer has no credit in {c.Currency} with {c.LegalEntity}.",
                "Wait for a payment or a credit memo."));
        else if (c.Allocations is { } told) problems.AddRange(ProblemsOf(state, told, c.LegalEntity!, credit, mayWait: false));
        return problems.ToImmutable();
    }

    private static IEnumerable<Problem> ProblemsOf(
        CustomerState state, ImmutableArray<Allocation> told, string entity, Money money, bool mayWait)
    {
        var sum = Money.Zero(money.Currency);
        for (var i = 0; i < told.Length; i++)
        {
            var (invoiceId, amount) = told[i];
            if (amount.Currency != money.Currency)
            {
                yield return new(CustomerMoneyProblems.CurrencyMismatch, $"allocations[{i}].amount",
                    $"The allocation is in '{amount.Currency}', the money in '{money.Currency}'.", "Allocate in the currency of the money.");
                continue;
            }

            sum += amount;
            if (amount.Minor <= 0)
                yield return new(CustomerMoneyProblems.AllocationNotPositive, $"allocations[{i}].amount", $"{amount} settles nothing.",
                    "Give an amount above zero.");
            if (told.Take(i).Any(other => other.InvoiceId == invoiceId))
                yield return new(CustomerMoneyProblems.AllocationDuplicate, $"allocations[{i}].invoiceId",
                    $"Invoice '{invoiceId}' is named twice.", "Add the two up.");
            if (state.Open.TryGetValue(invoiceId, out var open) && IsOf(open, entity) && open.Outstanding.Currency == amount.Currency)
            {
                if (amount > Free(state, invoiceId, open))
                    yield return new(CustomerMoneyProblems.AllocationExceedsInvoice, $"allocations[{i}].amount",
                        $"{amount} is more than the {Free(state, invoiceId, open)} outstanding on '{invoiceId}'.",
                        "Allocate what is outstanding and leave the rest as credit.");
            }
            else if (!mayWait || open is not null || state.Closed.ContainsKey(invoiceId) || !Ids.Is(invoiceId, Ids.Invoice))
                yield return new(CustomerMoneyProblems.InvoiceNotOpen, $"allocations[{i}].invoiceId",
                    $"'{invoiceId}' is no open invoice of this customer with {entity} in {amount.Currency}.", "Take the id from the open invoices.");
        }

        if (sum > money)
            yield return new(CustomerMoneyProblems.AllocationExceedsMoney, "allocations", $"{sum} are allocated of {money}.",
                "Allocate at most the amount.");
    }

    internal static Problem EntityMissing() => new(
        CustomerMoneyProblems.LegalEntityMissing, "legalEntity", "The legal entity is missing.", "Name the company that received or has the money.");

    // Decisions -----------------------------------------------------------------------------------------------------

    public static void Receive(CustomerTurn turn, ReceivePayment c)
    {
        if (turn.State.Payments.ContainsKey(c.PaymentId)) return;
        var credit = Available(turn.State, c.LegalEntity, c.Amount.Currency) + c.Amount;
        turn.Add(new CustomerPaymentReceived(
            c, credit, Postings.Of((Accounts.Cash, c.Amount), (Accounts.CustomerCredit, -c.Amount)), turn.Now));
        if (c.Allocations is not { } told)
        {
            Spread(turn, c.LegalEntity, c.Amount, c.Date);
            return;
        }

        // What was named and is not open waits, earmarked by the payment itself.
        foreach (var allocation in told.Where(allocation => turn.State.Open.ContainsKey(allocation.InvoiceId)))
            Allocate(turn, allocation, c.LegalEntity, c.Date, c.PaymentId);
    }

    public static void Apply(CustomerTurn turn, ApplyCredit c)
    {
        if (c.Allocations is not { } told) Spread(turn, c.LegalEntity, Available(turn.State, c.LegalEntity, c.Currency), c.Date);
        else
            foreach (var allocation in told) Allocate(turn, allocation, c.LegalEntity, c.Date, null);
    }

    /// <summary>False for an event that customers do not listen to.</summary>
    public static bool Hear(CustomerTurn turn, Event heard)
    {
        switch (heard)
        {
            case InvoiceIssued e:
                Issued(turn, e);
                return true;
            case PaymentApplied e:
                Paid(turn, e);
                return true;
            case SettlementApplied e:
                Settled(turn, e);
                return true;
            case RetainerPoolOpened e:
                if (!turn.State.Pools.Contains(e.ProjectId)) turn.Add(new PoolNoted(e.ProjectId, turn.Now));
                return true;
            case InvoiceDisputed e:
                if (turn.State.Open.ContainsKey(e.InvoiceId)) turn.Add(new DisputeNoted(e.InvoiceId, true, turn.Now));
                return true;
            case InvoiceRejected e:
                ReleaseEarmarks(turn, e.InvoiceId);
                return true;
            case RetentionReleased e:
                if (turn.State.Open.ContainsKey(e.InvoiceId)) turn.Add(new RetentionDue(e.InvoiceId, e.Due, turn.Now));
                return true;
            case DisputeEnded e:
                if (Known(turn.State, e.InvoiceId) is { Disputed: true }) turn.Add(new DisputeNoted(e.InvoiceId, false, turn.Now));
                return true;
            default:
                return false;
        }
    }

    private static void Issued(CustomerTurn turn, InvoiceIssued e)
    {
        if (Known(turn.State, e.InvoiceId) is not null) return;
        if (e.Total.Minor > 0)
        {
            var terms = e.LegalEntity is { } entity
                ? new ReceivableTerms(e.Number, entity, e.Date, e.Instalments ?? [new(e.DueDate, e.Total)])
                : null;
            turn.Add(new ReceivableChanged(e.InvoiceId, e.Total, Owed(turn.State, e.InvoiceId, e.Total), turn.Now, terms));
            foreach (var earmark in EarmarksOf(turn.State, e.InvoiceId))
                if (earmark.Amount.Currency == e.Total.Currency)
                    Allocate(turn, new(earmark.InvoiceId, earmark.Amount), e.LegalEntity ?? "", earmark.Date, earmark.PaymentId);
        }

        ReleaseEarmarks(turn, e.InvoiceId);
        ImmutableArray<string> pools = [.. turn.State.Pools.Except(e.Parts?.Select(part => part.ProjectId) ?? [e.ProjectId]).Order(StringComparer.Ordinal)];
        if (!pools.IsEmpty && e.Total.Minor > 0) turn.Add(new InvoicePooled(e, pools, turn.Now));
    }

    /// <summary>Money that the invoice it was meant for cannot take, or never will: it is the customer's like any other.</summary>
    private static void ReleaseEarmarks(CustomerTurn turn, string invoiceId)
    {
        foreach (var earmark in EarmarksOf(turn.State, invoiceId))
            turn.Add(new EarmarkReleased(earmark.PaymentId, invoiceId, earmark.Amount, turn.Now));
    }

    private static Earmark[] EarmarksOf(CustomerState state, string invoiceId) =>
        [.. state.Earmarks.Where(earmark => earmark.InvoiceId == invoiceId)];

    private static void Paid(CustomerTurn turn, PaymentApplied e)
    {
        var known = Known(turn.State, e.InvoiceId);
        var cash = e.LegalEntity is { } entity ? new CashReceived(entity, e.Payment.Amount) : null;
        var changes = known is not null && known.Outstanding != e.Outstanding;
        if (changes)
            turn.Add(Changed(turn, e.InvoiceId, e.Outstanding, e.LegalEntity is null ? null : known!.Paid + e.Applied, cash));
        if (!e.Excess.IsZero)
            turn.Add(Credit(turn, SourceOf(turn.State, e), e.Excess, e.LegalEntity, null, changes ? null : cash));
    }

    /// <summary>One payment can settle several invoices and leave something of each: that is one credit, of one company.</summary>
    private static string SourceOf(CustomerState state, PaymentApplied e) =>
        state.Credits.TryGetValue(e.Payment.PaymentId, out var known) && !(known.LegalEntity == e.LegalEntity && known.Left.Currency == e.Excess.Currency)
            ? $"{e.Payment.PaymentId}/{e.InvoiceId}"
            : e.Payment.PaymentId;

    private static void Settled(CustomerTurn turn, SettlementApplied e)
    {
        var (settlement, known) = (e.Settlement, Known(turn.State, e.InvoiceId));
        var answers = turn.State.Pending.ContainsKey(settlement.Id);
        if (known is not null && (known.Outstanding != e.Outstanding || answers))
            turn.Add(Changed(turn, e.InvoiceId, e.Outstanding, settlement.IsMoney ? known.Paid + e.Applied : null, null, settlement.Id));
        if (e.Excess.Minor > 0 && settlement.Kind != SettlementKind.Prepaid && !turn.State.Credits.ContainsKey(settlement.Id))
            turn.Add(Credit(turn, settlement.Id, e.Excess, e.LegalEntity, settlement.IsMoney ? null : false, null));
    }

    private static ReceivableChanged Changed(
        CustomerTurn turn, string invoiceId, Money outstanding, Money? paid, CashReceived? cash, string? allocation = null) =>
        new(invoiceId, outstanding, Owed(turn.State, invoiceId, outstanding), turn.Now, null, paid, cash, allocation);

    private static CreditReceived Credit(
        CustomerTurn turn, string source, Money amount, string? entity, bool? isMoney, CashReceived? cash)
    {
        var credit = turn.State.Credits.Values.Where(one => one.Left.Currency == amount.Currency)
            .Aggregate(amount, (sum, one) => sum + one.Left);
        return new(source, amount, credit, turn.Now, entity, isMoney, cash);
    }

    /// <summary>To the oldest open invoices of the legal entity first, those in dispute left out.</summary>
    private static void Spread(CustomerTurn turn, string entity, Money money, DateOnly date)
    {
        var left = money;
        foreach (var open in OldestFirst(turn.State).Where(open => open.LegalEntity == entity && !open.Disputed))
        {
            if (left.Minor <= 0) return;
            if (open.Outstanding.Currency != money.Currency) continue;
            var amount = Money.Min(left, Free(turn.State, open.InvoiceId, turn.State.Open[open.InvoiceId]));
            if (amount.Minor <= 0) continue;
            Allocate(turn, new(open.InvoiceId, amount), entity, date, null);
            left -= amount;
        }
    }

    private static void Allocate(CustomerTurn turn, Allocation allocation, string entity, DateOnly date, string? source)
    {
        foreach (var kind in Draw(turn.State, entity, allocation.Amount, source).GroupBy(draw => draw.IsMoney).ToArray())
        {
            var amount = kind.Aggregate(Money.Zero(allocation.Amount.Currency), (sum, draw) => sum + draw.Source.Amount);
            turn.Add(new MoneyAllocated(
                turn.Context.Grain, turn.NewId(AllocationKind), allocation.InvoiceId, amount, kind.Key,
                [.. kind.Select(draw => draw.Source)], date, Balance(turn.State, entity, amount.Currency) - amount, turn.Now));
        }
    }

    // State ---------------------------------------------------------------------------------------------------------

    public static CustomerState Changed(CustomerState state, ReceivableChanged e)
    {
        var known = Known(state, e.InvoiceId) ?? new(e.Outstanding, Money.Zero(e.Outstanding.Currency), null, false);
        var invoice = known with { Outstanding = e.Outstanding, Paid = e.Paid ?? known.Paid, Terms = e.Terms ?? known.Terms };
        return (e.Outstanding.IsZero
            ? state with { Open = state.Open.Remove(e.InvoiceId), Closed = state.Closed.SetItem(e.InvoiceId, invoice) }
            : state with { Open = state.Open.SetItem(e.InvoiceId, invoice), Closed = state.Closed.Remove(e.InvoiceId) })
            .With(e.Cash) with { Pending = e.AllocationId is { } allocation ? state.Pending.Remove(allocation) : state.Pending };
    }

    public static CustomerState Credited(CustomerState state, string source, Money amount, string? entity, bool isMoney) => state with
    {
        Credits = state.Credits.SetItem(source, state.Credits.TryGetValue(source, out var known)
            ? known with { Left = known.Left + amount }
            : new(amount, entity, isMoney, NextOrder(state))),
    };

    public static CustomerState Received(CustomerState state, ReceivePayment payment) =>
        (Credited(state, payment.PaymentId, payment.Amount, payment.LegalEntity, true) with
        {
            Payments = state.Payments.Add(payment.PaymentId, payment.Amount),
            Earmarks = payment.Allocations is { } told
                ? [.. state.Earmarks, .. told.Where(one => Known(state, one.InvoiceId) is null)
                    .Select(one => new Earmark(payment.PaymentId, one.InvoiceId, one.Amount, payment.Date))]
                : state.Earmarks,
        }).With(new CashReceived(payment.LegalEntity, payment.Amount));

    public static CustomerState Allocated(CustomerState state, MoneyAllocated e) => Drawn(state, e.Sources) with
    {
        Pending = state.Pending.Add(e.AllocationId, new(e.InvoiceId, e.Amount)),
        Earmarks = [.. state.Earmarks.Where(earmark => earmark.InvoiceId != e.InvoiceId || e.Sources.All(one => one.SourceId != earmark.PaymentId))],
    };

    public static CustomerState Released(CustomerState state, EarmarkReleased e) => state with
    {
        Earmarks = [.. state.Earmarks.Where(earmark => (earmark.InvoiceId, earmark.PaymentId) != (e.InvoiceId, e.PaymentId))],
    };

    public static CustomerState Noted(CustomerState state, DisputeNoted e) => state.Open.TryGetValue(e.InvoiceId, out var open)
        ? state with { Open = state.Open.SetItem(e.InvoiceId, open with { Disputed = e.Disputed }) }
        : state with { Closed = state.Closed.SetItem(e.InvoiceId, state.Closed[e.InvoiceId] with { Disputed = e.Disputed }) };

    public static CustomerState Due(CustomerState state, RetentionDue e)
    {
        var invoice = state.Open[e.InvoiceId];
        if (invoice.Terms is not { Instalments: [.. var before, var held] } terms) return state;
        return state with
        {
            Open = state.Open.SetItem(e.InvoiceId, invoice with
            {
                Terms = terms with { Instalments = [.. before.Append(held with { Due = e.Due }).OrderBy(part => part.Due)] },
            }),
        };
    }

    /// <summary>Open invoices by the date on which their first open instalment is due, then by their own date and number.</summary>
    public static ImmutableArray<OpenReceivable> OldestFirst(CustomerState state) =>
    [
        .. state.Open.Select(open => new OpenReceivable(
                open.Key, open.Value.Terms?.Number, open.Value.Terms?.LegalEntity, open.Value.Terms?.Date, open.Value.Outstanding,
                open.Value.Terms?.Instalments ?? [], open.Value.Disputed))
            .OrderBy(open => open.Instalments.IsEmpty ? DateOnly.MinValue : open.Instalments[0].Due)
            .ThenBy(open => open.Date ?? DateOnly.MinValue).ThenBy(open => open.Number, StringComparer.Ordinal)
            .ThenBy(open => open.InvoiceId, StringComparer.Ordinal),
    ];

    internal static CustomerState Drawn(CustomerState state, ImmutableArray<CreditSource> sources) => state with
    {
        Credits = sources.Aggregate(state.Credits, (credits, source) =>
        {
            var credit = credits[source.SourceId];
            var left = credit.Left - source.Amount;
            return left.IsZero ? credits.Remove(source.SourceId) : credits.SetItem(source.SourceId, credit with { Left = left });
        }),
    };

    /// <summary>From the oldest credit on, or from one only; what is earmarked stays for its own invoice.</summary>
    internal static IEnumerable<(CreditSource Source, bool IsMoney)> Draw(CustomerState state, string entity, Money amount, string? only)
    {
        var left = amount;
        foreach (var (id, credit) in state.Credits.Where(one => IsOf(one.Value, entity, amount.Currency)).OrderBy(one => one.Value.Order))
        {
            if (left.Minor <= 0) yield break;
            if (only is not null && only != id) continue;
            var drawn = Money.Min(left, only is null ? Unmarked(state, id, credit) : credit.Left);
            if (drawn.Minor <= 0) continue;
            yield return (new(id, drawn), credit.IsMoney);
            left -= drawn;
        }
    }

    internal static Money Available(CustomerState state, string entity, string currency) => state.Credits
        .Where(one => IsOf(one.Value, entity, currency))
        .Aggregate(Money.Zero(currency), (sum, one) => sum + Unmarked(state, one.Key, one.Value));

    private static Money Balance(CustomerState state, string entity, string currency) => state.Credits.Values
        .Where(one => IsOf(one, entity, currency)).Aggregate(Money.Zero(currency), (sum, one) => sum + one.Left);

    private static Money Unmarked(CustomerState state, string id, CustomerCredit credit) => state.Earmarks
        .Where(earmark => earmark.PaymentId == id).Aggregate(credit.Left, (left, earmark) => left - earmark.Amount);

    private static Money Free(CustomerState state, string invoiceId, CustomerInvoice open) => state.Pending.Values
        .Where(pending => pending.InvoiceId == invoiceId).Aggregate(open.Outstanding, (left, pending) => left - pending.Amount);

    /// <summary>What the legal entity received for its invoice and has not paid back; nothing for another's invoice.</summary>
    internal static Money PaidFor(CustomerState state, string invoiceId, string entity, string currency) =>
        Known(state, invoiceId) is { } known && IsOf(known, entity) && known.Paid.Currency == currency ? known.Paid : Money.Zero(currency);

    private static Money Owed(CustomerState state, string invoiceId, Money outstanding) => state.Open
        .Where(open => open.Key != invoiceId && open.Value.Outstanding.Currency == outstanding.Currency)
        .Aggregate(outstanding, (sum, open) => sum + open.Value.Outstanding);

    private static CustomerInvoice? Known(CustomerState state, string invoiceId) =>
        state.Open.GetValueOrDefault(invoiceId) ?? state.Closed.GetValueOrDefault(invoiceId);

    private static bool IsOf(CustomerInvoice invoice, string entity) => invoice.Terms is null || invoice.Terms.LegalEntity == entity;

    private static bool IsOf(CustomerCredit credit, string entity, string currency) =>
        credit.Left.Currency == currency && (credit.LegalEntity ?? entity) == entity;

    private static long NextOrder(CustomerState state) => state.Credits.IsEmpty ? 0 : state.Credits.Values.Max(credit => credit.Order) + 1;
}
