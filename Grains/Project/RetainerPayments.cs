using System.Collections.Immutable;
using Q2C.Contracts;
using Q2C.Grains.Billing;
using Q2C.Invoices;
using Q2C.Projects;

namespace Q2C.Grains.Projects;

/// <summary>
/// Retainers in money: an issued invoice of lines in their scope is paid from them, tax included, as far as they go. What
/// the invoice did not need, or a credit memo takes back, is there again. So a balance moves only with final documents.
/// </summary>
internal static class RetainerPayments
{
    public static void Pay(ProjectTurn turn, InvoiceIssued invoice)
    {
        var state = turn.State;
        if (state.Contract is null || state.Periodic is not { } periods || invoice.Exchange is not null || periods.Paid.ContainsKey(invoice.InvoiceId)) return;
        Pay(
            turn, invoice, periods.TopUps.Values.Where(topUp => ModelOf(state, topUp.LineId) is not null),
            Owed((invoice.Lines ?? []).Where(line => (line.ProjectId ?? invoice.ProjectId) == turn.Context.Grain), line => line.ContractLineId),
            (topUp, line) => Covers(state, topUp.LineId, line));
    }

    /// <summary>The customer hears once that a retainer pays invoices of its other contracts.</summary>
    public static void OpenPool(ProjectTurn turn)
    {
        var state = turn.State;
        if (!state.Periods.Pooled && state.Contract is { } contract
            && state.Book.Newest.Terms.Lines.Any(line => line.Billing is BillingModel.Retainer { Pooled: true }))
            turn.Add(new RetainerPoolOpened(turn.Context.Grain, contract.CustomerId, turn.Now));
    }

    /// <summary>An invoice of another contract of the customer: its lines are in the scope of a retainer by what they sell.</summary>
    public static void PayPooled(ProjectTurn turn, InvoiceIssued invoice)
    {
        var state = turn.State;
        if (state.Contract is not { } contract || state.Periodic is not { } periods || periods.Paid.ContainsKey(invoice.InvoiceId)
            || invoice.Total.Currency != state.Currency || invoice.LegalEntity != contract.Routing.LegalEntity) return;
        Pay(
            turn, invoice, periods.TopUps.Values.Where(topUp => ModelOf(state, topUp.LineId) is { Pooled: true }),
            Owed(invoice.Lines ?? [], line => line.Service ?? ""), (topUp, service) => ModelOf(state, topUp.LineId)!.Covers.Contains(service));
    }

    private static Dictionary<string, decimal> Owed(IEnumerable<IssuedLine> lines, Func<IssuedLine, string> by) =>
        lines.GroupBy(by).ToDictionary(line => line.Key, line => line.Sum(one => one.Net.Amount + (one.Tax?.Amount ?? 0)));

    private static void Pay(
        ProjectTurn turn, InvoiceIssued invoice, IEnumerable<TopUp> pool, Dictionary<string, decimal> owed, Func<TopUp, string, bool> covers)
    {
        var state = turn.State;
        var draws = Retainers.Pay(pool, owed, covers, (invoice.Total - Retained(invoice)).Amount, invoice.Date);
        if (draws.IsEmpty) return;
        turn.Add(new RetainerPaid(
            invoice.InvoiceId, invoice.Number, Money.Of(draws.Sum(draw => draw.Quantity), state.Currency), draws, turn.Now,
            turn.Context.Grain, state.Contract!.ContractId, invoice.Date));
    }

    /// <summary>The invoice's answer: what it left, or what was credited of it.</summary>
    public static void Settled(ProjectTurn turn, SettlementApplied answer)
    {
        var back = answer.Applied.Minor < 0 ? -answer.Applied : answer.Excess;
        if (back.Minor <= 0 || turn.State.Periodic?.Paid.GetValueOrDefault(answer.InvoiceId) is not { IsDefaultOrEmpty: false } paid) return;
        turn.Add(new RetainerReturned(
            answer.InvoiceId, turn.State.Contract!.ContractId, answer.Settlement.Id, back, Retainers.Return(paid, back.Amount),
            answer.Settlement.Date, turn.Now));
    }

    /// <summary>What each retainer has, and what work in its scope will take of it.</summary>
    public static ImmutableArray<RetainerBalance> Balances(ProjectState state) =>
    [
        .. state.Book.Newest.Terms.Lines.Where(line => line.Billing is BillingModel.Retainer).Select(line =>
        {
            var model = (BillingModel.Retainer)line.Billing;
            var topUps = Retainers.InOrder(state.Periods.TopUps.Values.Where(topUp => topUp.LineId == line.Id)).ToImmutableArray();
            return new RetainerBalance(
                line.Id, model.Unit, topUps.Sum(topUp => topUp.Balance),
                model.Unit == RetainerUnit.Hours ? RetainerBook.Demand(state, line) : Pending(state, line), topUps);
        }),
    ];

    private static decimal Pending(ProjectState state, ContractLine retainer)
    {
        var items = state.Unbilled.Values.Select(open => open.Item)
            .Where(item => item.LineId != retainer.Id && RetainerBook.Covers(state, retainer, item)).ToArray();
        var billable = items.Where(item => item.Disposition is Disposition.Billable or Disposition.Capped).Sum(item => item.Amount.Amount);
        return billable + items.Where(item => item.Disposition == Disposition.Deferred).GroupBy(item => item.LineId).Sum(line => Used(state, line.Key));
    }

    /// <summary>What the usage of a line would cost that no charge bills yet, by the terms of today.</summary>
    private static decimal Used(ProjectState state, string lineId)
    {
        if (state.Book.Newest.Line(lineId)?.Billing is not BillingModel.Usage model) return 0;
        var charged = state.Periods.Open.Values.Where(piece => piece.LineId == lineId && piece.Kind == ChargeKind.Usage).ToArray();
        var calendar = new BillingCalendar(model.Period, state.Book.Newest.Line(lineId)!.Start);
        return state.Unbilled.Values.Select(open => open.Item)
            .Where(item => item.LineId == lineId && item.Disposition == Disposition.Deferred)
            .Where(item => !charged.Any(piece => item.Date >= piece.From && item.Date < piece.Until))
            .GroupBy(item => calendar.StartOf(item.Date))
            .Sum(period => Money.Round(
                Tiers.Price(model.Rule, model.Tiers, period.Sum(item => item.Quantity)), state.Currency, state.Book.Rounding).Amount);
    }

    private static bool Covers(ProjectState state, string retainerId, string lineId) =>
        retainerId != lineId && ModelOf(state, retainerId) is { } model
        && (model.Covers.Contains(lineId) || (state.Book.Newest.Line(lineId) is { } sold && model.Covers.Contains(sold.Service)));

    private static BillingModel.Retainer? ModelOf(ProjectState state, string lineId) =>
        state.Book.Newest.Line(lineId)?.Billing is BillingModel.Retainer { Unit: RetainerUnit.Money } model ? model : null;

    private static Money Retained(InvoiceIssued invoice) => invoice.Retained ?? Money.Zero(invoice.Total.Currency);
}
