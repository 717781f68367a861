using System.Collections.Immutable;
using Q2C.CreditMemos;
using Q2C.Invoices;
using static Q2C.Grains.Invoices.InvoiceState;

namespace Q2C.Grains.Invoices;

/// <summary>
/// What of an issued invoice may still be credited, and with what amounts: however it is divided, all credit memos of an
/// invoice sum to at most its net, tax and total, and to exactly these when nothing is left.
/// </summary>
internal static class Crediting
{
    /// <summary>The credit memo that the command asks for, or all that stands against it.</summary>
    public static (CreditMemoDraft? Memo, ImmutableArray<Problem> Problems) Grant(Issued issued, CreditInvoice c, DecisionContext context)
    {
        var problems = ImmutableArray.CreateBuilder<Problem>();
        problems.AddRange(OperatorRules.NeedsRole(context.Actor, [Roles.Finance]));
        problems.AddRange(OperatorRules.NeedsReason(c.Reason));
        var draft = issued.Head.Draft;
        if (c.Date < draft.Date)
            problems.Add(new(CreditingProblems.CreditBeforeInvoice, "date", $"The credit of {c.Date:O} is before the invoice of {draft.Date:O}.",
                "Date it on or after the day of the invoice."));
        var requests = c.Lines.IsDefaultOrEmpty ? Everything(issued) : c.Lines;
        if (draft.IsCredit)
            problems.Add(new(CreditingProblems.NothingToCredit, "", "The document is a credit memo itself.", "Correct the work behind it; the next run bills it."));
        if (requests.IsEmpty)
            problems.Add(new(CreditingProblems.NothingToCredit, "", "The invoice is credited in full.", "Nothing is left to do."));
        for (var i = 0; i < requests.Length; i++) problems.AddRange(ProblemsOf(issued, requests, i));
        if (problems.Count > 0) return (null, problems.ToImmutable());

        var memo = new CreditMemoDraft(
            CreditMemoIds.Of(context.Region, draft.InvoiceId, context.Key), draft.InvoiceId, issued.Number, draft.CustomerId,
            draft.Customer, draft.Routing, draft.Currency, c.Date, context.Actor.Id, c.Reason, c.ReleaseItems,
            Lines(issued, requests, c.Rounding ?? CreditRounding.Line), draft.Exchange);
        var excess = Excess(issued, memo);
        return excess is null ? (memo, []) : (null, [excess]);
    }

    private static ImmutableArray<CreditRequest> Everything(Issued issued) =>
    [
        .. issued.Head.Draft.Lines.Where(line => !Completed(issued, line)).Select(line => new CreditRequest(line.Id)),
    ];

    private static IEnumerable<Problem> ProblemsOf(Issued issued, ImmutableArray<CreditRequest> requests, int i)
    {
        var request = requests[i];
        var path = $"lines[{i}]";
        if (issued.Head.Draft.Lines.FirstOrDefault(line => line.Id == request.LineId) is not { } line)
        {
            yield return new(CreditingProblems.InvoiceLineUnknown, $"{path}.lineId", $"The invoice has no line '{request.LineId}'.",
                "Read the invoice's lines.");
            yield break;
        }

        if (requests.Take(i).Any(other => other.LineId == request.LineId))
            yield return new(CreditingProblems.CreditLineDuplicate, $"{path}.lineId", $"Line '{line.Id}' is credited twice in one memo.",
                "Add the two up.");
        if (Completed(issued, line))
            yield return new(CreditingProblems.NothingToCredit, path, $"Line '{line.Id}' is credited in full.", "Leave it out.");
        foreach (var problem in ProblemsOfAmount(issued, line, request, path)) yield return problem;
    }

    private static IEnumerable<Problem> ProblemsOfAmount(Issued issued, InvoiceLine line, CreditRequest request, string path)
    {
        if (request is { Net: not null, ItemIds: not null })
            yield return new(CreditingProblems.CreditAmbiguous, path, "Both an amount and items are given.", "Give one of the two, or none for all that is left.");
        if (request.ItemIds is { } ids)
        {
            var taken = Taken(issued, line);
            if (ids.IsDefaultOrEmpty)
                yield return new(CreditingProblems.NothingToCredit, path, "No item is named.", "Name the items, or leave them out to credit the whole line.");
            foreach (var id in ids.Where(id => line.Items.All(item => item.ItemId != id) || taken.Contains(id)))
                yield return new(CreditingProblems.ItemNotCreditable, $"{path}.itemIds", $"'{id}' is not on line '{line.Id}', or is credited already.",
                    "Take the items from the line.");
        }

        if (request.Net is not { } net) yield break;
        var left = line.Net - Credited(issued, line.Id).Net;
        if (net.Currency != line.Net.Currency)
            yield return new(CreditingProblems.CurrencyMismatch, $"{path}.net", $"The credit is in '{net.Currency}', the invoice in '{line.Net.Currency}'.",
                "Credit in the currency of the invoice.");
        else if (net.IsZero || Math.Sign(net.Minor) != Math.Sign(line.Net.Minor))
            yield return new(CreditingProblems.CreditNotPositive, $"{path}.net", $"{net} credits nothing of a line of {line.Net}.",
                "Give an amount with the sign of the line.");
        else if (Math.Abs(net.Minor) > Math.Abs(left.Minor))
            yield return new(CreditingProblems.CreditExceedsInvoice, $"{path}.net", $"{net} is more than the {left} left of line '{line.Id}'.",
                $"Credit {left} or less.");
    }

    private static ImmutableArray<CreditMemoLine> Lines(Issued issued, ImmutableArray<CreditRequest> requests, CreditRounding rounding)
    {
        var lines = requests.Select(request => Line(issued, request)).ToImmutableArray();
        if (rounding == CreditRounding.Line) return lines;

        // By the rate, each memo for itself; what completes the invoice takes what is left, whatever was rounded before.
        var byRate = lines.Select(line => line with { Tax = ByRate(issued, line) }).ToImmutableArray();
        var left = issued.Taxes.Tax - issued.Ledger.CreditedTax(issued.Taxes.Tax.Currency);
        var tax = byRate.Aggregate(Money.Zero(left.Currency), (sum, line) => sum + line.Tax);
        var wanted = CompletesAll(issued, lines) ? left : Between(tax, left);
        return byRate.SetItem(byRate.Length - 1, byRate[^1] with { Tax = byRate[^1].Tax + wanted - tax });
    }

    private static CreditMemoLine Line(Issued issued, CreditRequest request)
    {
        var draft = issued.Head.Draft;
        var line = draft.Lines.Single(line => line.Id == request.LineId);
        var (credited, creditedTax) = Credited(issued, line.Id);
        var net = NetOf(issued, line, request, credited);
        var isComplete = credited + net == line.Net;
        var lineTax = issued.Taxes.Lines.Single(tax => tax.LineId == line.Id).Tax;
        var tax = isComplete
            ? lineTax
            : Money.Round(lineTax.Amount * (credited + net).Amount / line.Net.Amount, net.Currency, draft.Routing.Rounding);
        return new(
            line.Id, line.ContractLineId, line.ProjectId ?? draft.ProjectId, line.ContractId ?? draft.ContractId, line.Service,
            line.TaxCategory, line.Description, net, tax - creditedTax, Items(issued, line, request, isComplete),
            line.Priced is { } priced ? PricedOf(issued, line, priced, credited + net) : null);
    }

    /// <summary>In the currency of the contract, by cumulative shares.</summary>
    private static Money PricedOf(Issued issued, InvoiceLine line, Money priced, Money until)
    {
        var before = issued.Ledger.Credits.Values.SelectMany(memo => memo.Lines).Where(credit => credit.LineId == line.Id)
            .Aggregate(Money.Zero(priced.Currency), (sum, credit) => sum + credit.OfContract);
        return (until == line.Net
            ? priced
            : Money.Round(priced.Amount * until.Amount / line.Net.Amount, priced.Currency, issued.Head.Draft.Routing.Rounding)) - before;
    }

    private static Money NetOf(Issued issued, InvoiceLine line, CreditRequest request, Money credited)
    {
        var left = line.Net - credited;
        if (request.Net is { } net) return net;

        // The last items take what is left, whatever was rounded before.
        var taken = Taken(issued, line);
        if (request.ItemIds is not { } ids || line.Items.All(item => taken.Contains(item.ItemId) || ids.Contains(item.ItemId))) return left;
        var zero = Money.Zero(line.Items[0].Amount.Currency);
        var items = line.Items.Where(item => ids.Contains(item.ItemId)).Aggregate(zero, (sum, item) => sum + item.Amount);
        var all = line.Items.Aggregate(zero, (sum, item) => sum + item.Amount);

        // Of a discounted line, items are credited at the price that was paid for them.
        var share = all == line.Net || all.IsZero ? items : Money.Round(items.Amount * line.Net.Amount / all.Amount, left.Currency, Rounding.HalfUp);
        return Math.Abs(share.Minor) > Math.Abs(left.Minor) ? left : share;
    }

    /// <summary>The items that this credit takes back whole: those named, or with the rest of the line all that are left.</summary>
    private static ImmutableArray<InvoicedItem> Items(Issued issued, InvoiceLine line, CreditRequest request, bool isComplete)
    {
        if (request.ItemIds is { } ids) return [.. line.Items.Where(item => ids.Contains(item.ItemId))];
        if (!isComplete) return [];
        var taken = Taken(issued, line);
        return [.. line.Items.Where(item => !taken.Contains(item.ItemId))];
    }

    /// <summary>The items of the line that are credited whole.</summary>
    private static HashSet<string> Taken(Issued issued, InvoiceLine line) =>
    [
        .. issued.Ledger.Credits.Values.SelectMany(memo => memo.Lines).Where(other => other.LineId == line.Id)
            .SelectMany(other => other.Items).Select(item => item.ItemId),
    ];

    private static Money ByRate(Issued issued, CreditMemoLine credit)
    {
        var answer = issued.Taxes.Lines.Single(tax => tax.LineId == credit.LineId);
        var line = issued.Head.Draft.Lines.Single(line => line.Id == credit.LineId);
        var cent = 1m / (decimal)Math.Pow(10, Currencies.Digits(credit.Net.Currency));

        // A rate that does not give the line's tax is one of several; the line's own share stands for it then.
        var isRate = Math.Abs((line.Net.Amount * answer.Rate) - answer.Tax.Amount) <= cent;
        var tax = isRate ? credit.Net.Amount * answer.Rate : answer.Tax.Amount * credit.Net.Amount / line.Net.Amount;
        return Money.Round(tax, credit.Net.Currency, issued.Head.Draft.Routing.Rounding);
    }

    private static Problem? Excess(Issued issued, CreditMemoDraft memo)
    {
        var currency = memo.Currency;
        var (net, tax) = (issued.Ledger.CreditedNet(currency) + memo.Net, issued.Ledger.CreditedTax(currency) + memo.Tax);
        var taxes = issued.Taxes;
        return net > issued.Head.Draft.Net || tax > taxes.Tax || net + tax > taxes.Total
            ? new(CreditingProblems.CreditExceedsInvoice, "lines",
                $"All credits together would be {net + tax} ({tax} of it tax); the invoice is of {taxes.Total} ({taxes.Tax}).",
                "Credit the invoice's deductions together with the lines that they lower.")
            : null;
    }

    private static bool CompletesAll(Issued issued, ImmutableArray<CreditMemoLine> lines) => issued.Head.Draft.Lines.All(line =>
        Credited(issued, line.Id).Net + lines.Where(credit => credit.LineId == line.Id)
            .Aggregate(Money.Zero(line.Net.Currency), (sum, credit) => sum + credit.Net) == line.Net);

    private static bool Completed(Issued issued, InvoiceLine line)
    {
        var credits = issued.Ledger.Credits.Values.SelectMany(memo => memo.Lines).Where(credit => credit.LineId == line.Id).ToArray();
        return credits.Length > 0 && credits.Aggregate(Money.Zero(line.Net.Currency), (sum, credit) => sum + credit.Net) == line.Net;
    }

    private static (Money Net, Money Tax) Credited(Issued issued, string lineId)
    {
        var zero = Money.Zero(issued.Head.Draft.Currency);
        var credits = issued.Ledger.Credits.Values.SelectMany(memo => memo.Lines).Where(line => line.LineId == lineId);
        return credits.Aggregate((zero, zero), (sum, line) => (sum.Item1 + line.Net, sum.Item2 + line.Tax));
    }

    private static Money Between(Money tax, Money left) => left.Minor >= 0
        ? Money.Max(Money.Zero(left.Currency), Money.Min(tax, left))
        : Money.Min(Money.Zero(left.Currency), Money.Max(tax, left));
}
