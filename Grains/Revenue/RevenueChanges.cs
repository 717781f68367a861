using System.Collections.Immutable;
using Q2C.Contracts;
using Q2C.CreditMemos;
using Q2C.Invoices;
using Q2C.Projects;
using Q2C.Revenues;

namespace Q2C.Grains.Revenues;

/// <summary>What change orders, invoices and credit memos do to the revenue of a contract.</summary>
internal static class RevenueChanges
{
    /// <summary>Lines keep what is recognised, or are caught up at once: their terms say which.</summary>
    public static void Amend(RevenueTurn turn, Terms terms)
    {
        var state = turn.State;
        if (terms.Version <= state.Terms.Version) return;
        var prices = SellingPrices.Allocate(terms.Lines);
        var through = state.Through ?? state.Start.AddDays(-1);
        ImmutableArray<(LineRevenue? Before, LineRevenue After)> changes =
        [
            .. terms.Lines.Select(line => (state.Lines.GetValueOrDefault(line.Id), line)).Select(pair => (pair.Item1, pair.Item1 is { } before
                ? CaughtUp(Recognition.Change(before, pair.line, Price(prices, pair.line.Id), terms.EffectiveFrom, through, state.Rounding), through, state.Rounding)
                : Recognition.Open(pair.line, Price(prices, pair.line.Id), state.Currency, state.CostCurrency))),
        ];
        turn.Add(new RevenueTermsChanged(terms, [.. changes.Select(change => change.After)], turn.Now));
        turn.Post(
            EntryCause.PriceChange, terms.EffectiveFrom, terms.EffectiveFrom, $"Terms version {terms.Version}",
            changes.Where(change => change.Before is not null).SelectMany(change => Recognition.Postings(change.Before!, change.After)),
            on: RecogniseOn.PeriodStart);
    }

    public static void Bill(RevenueTurn turn, InvoiceIssued invoice)
    {
        var state = turn.State;
        if (state.Documents.Contains(invoice.InvoiceId)) return;
        var lines = state.Lines;
        foreach (var billed in Together(state, Billed(state, invoice)))
        {
            var line = lines.GetValueOrDefault(billed.ContractLineId) ?? Beside(state, billed.ContractLineId, invoice.Date);
            lines = lines.SetItem(line.LineId, Recognition.Bill(
                line, $"{invoice.InvoiceId}/{billed.LineId}", billed.Net, billed.ServiceFrom, billed.ServiceTo, invoice.Date, state.Rounding));
        }

        Take(turn, invoice.InvoiceId, invoice.Date, EntryCause.Invoice, $"Invoice {invoice.Number}", lines);
    }

    public static void Credit(RevenueTurn turn, CreditMemoIssued credited)
    {
        var (state, memo) = (turn.State, credited.Memo);
        if (state.Documents.Contains(memo.CreditMemoId)) return;
        var lines = state.Lines;
        foreach (var credit in memo.Lines.Where(line => line.ContractId == state.ContractId))
        {
            var line = lines.GetValueOrDefault(credit.ContractLineId) ?? Beside(state, credit.ContractLineId, memo.Date);
            var items = credit.Items.Aggregate(Money.Zero(state.Currency), (sum, item) => sum + item.Amount);
            lines = lines.SetItem(line.LineId, Recognition.Credit(
                line, $"{memo.InvoiceId}/{credit.LineId}", credit.OfContract, items, memo.ReleaseItems, memo.Date, state.Rounding));
        }

        Take(turn, memo.CreditMemoId, memo.Date, EntryCause.Credit, $"Credit memo {credited.Number}", lines);
    }

    /// <summary>
    /// What pays an invoice is deferred no more: the work that the invoice bills is revenue of its own line. What pays for
    /// more than it cost is less revenue.
    /// </summary>
    /// <param name="sign">1 for what is drawn, -1 for what comes back.</param>
    public static void Draw(RevenueTurn turn, string document, DateOnly date, string text, ImmutableArray<RetainerDraw> draws, int sign)
    {
        if (turn.State.Documents.Contains(document)) return;
        var lines = draws.Aggregate(turn.State.Lines, (known, draw) =>
        {
            var (line, paid) = (known[draw.LineId], Money.Of(sign * draw.Quantity, draw.Value.Currency));
            var cost = new Money(sign * draw.Value.Minor, draw.Value.Currency);
            return known.SetItem(draw.LineId, line with { Billed = line.Billed - paid, Recognised = line.Recognised + cost - paid });
        });
        Take(turn, document, date, EntryCause.Prepaid, text, lines);
    }

    private static void Take(
        RevenueTurn turn, string document, DateOnly date, EntryCause cause, string text, ImmutableDictionary<string, LineRevenue> lines)
    {
        var before = turn.State.Lines;
        ImmutableArray<LineRevenue> changed =
            [.. lines.Values.Where(line => before.GetValueOrDefault(line.LineId) != line).OrderBy(line => line.LineId, StringComparer.Ordinal)];
        turn.Add(new DocumentTaken(document, date, changed, turn.Now));
        turn.Post(
            cause, date, date, text,
            changed.SelectMany(line => Recognition.Postings(before.GetValueOrDefault(line.LineId) ?? Untouched(line), line)),
            on: RecogniseOn.PeriodStart);
    }

    private static ImmutableArray<IssuedLine> Billed(RevenueState.Open state, InvoiceIssued invoice) => invoice.Lines is { } lines
        ? [.. lines.Where(line => (line.ProjectId ?? invoice.ProjectId) == state.ProjectId)]
        : state.Terms.Lines is [var only] ? [new IssuedLine("1", only.Id, invoice.Net)] : [];

    /// <summary>A correction and what it corrects are one amount, but where each bill has a service of its own.</summary>
    private static IEnumerable<IssuedLine> Together(RevenueState.Open state, ImmutableArray<IssuedLine> billed) => billed
        .GroupBy(line => state.Lines.GetValueOrDefault(line.ContractLineId) is { Price: null, Terms.Treatment: RevenueTreatment.StraightLine }
            ? $"{line.ContractLineId}/{line.LineId}"
            : line.ContractLineId)
        .Select(one => one.First() with { Net = one.Skip(1).Aggregate(one.First().Net, (sum, line) => sum + line.Net) });

    /// <summary>A bill that belongs to no contract line is a prepayment: a liability until it is deducted.</summary>
    private static LineRevenue Beside(RevenueState.Open state, string id, DateOnly date)
    {
        var (zero, noCost) = (Money.Zero(state.Currency), Money.Zero(state.CostCurrency));
        return new(
            id, new(new RevenueTreatment.AsUsed()), null, date, date, null, null, zero, zero, zero, zero, noCost, noCost, new(zero, 0), []);
    }

    private static LineRevenue Untouched(LineRevenue line)
    {
        var zero = Money.Zero(line.Billed.Currency);
        return line with { Billed = zero, Recognised = zero };
    }

    private static LineRevenue CaughtUp(LineRevenue line, DateOnly through, Rounding rounding) =>
        line.Terms.OnChange == PriceChange.CumulativeCatchUp
        && line.Terms.Treatment is RevenueTreatment.StraightLine or RevenueTreatment.PercentComplete && line.Price is not null
            ? line with { Recognised = Recognition.Earned(line, through, rounding) }
            : line;

    private static Money? Price(ImmutableDictionary<string, Money> prices, string lineId) =>
        prices.TryGetValue(lineId, out var price) ? price : null;
}
