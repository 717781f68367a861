using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Q2C.Contracts;
using Q2C.Revenues;

namespace Q2C.Grains.Revenues;

/// <summary>What is known of a contract's revenue. Snapshots are stored: change the decider's version with the shape.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "state")]
[JsonDerivedType(typeof(NotOpened), "not-opened")]
[JsonDerivedType(typeof(Open), "open")]
public abstract record RevenueState
{
    private RevenueState() { }

    public sealed record NotOpened : RevenueState;

    /// <param name="Lines">By contract line; what is billed beside the lines, like a down payment, has one of its own.</param>
    /// <param name="Through">The last period that is recognised.</param>
    /// <param name="Asked">The period for which the project's answer is awaited.</param>
    /// <param name="Scheduled">The period that will be recognised by itself.</param>
    /// <param name="Reversed">Entries that were taken back.</param>
    /// <param name="Documents">Invoices and credit memos that are taken into account.</param>
    public sealed record Open(
        string RevenueId, string ContractId, string ProjectId, string LegalEntity, string Currency, string CostCurrency,
        Rounding Rounding, string TimeZone, string Erp, int PaymentDays, Terms Terms,
        ImmutableDictionary<string, LineRevenue> Lines, DateOnly? Through, DateOnly? Asked, DateOnly? Scheduled,
        ImmutableDictionary<string, LedgerEntry> Entries, ImmutableHashSet<string> Reversed, ImmutableHashSet<string> Documents,
        ImmutableArray<ExpectedMonth> Expected, Errands Errands) : RevenueState
    {
        internal DateOnly Start => Terms.Lines.Min(line => line.Start);

        internal IEnumerable<LineRevenue> InOrder => Lines.Values.OrderBy(line => line.LineId, StringComparer.Ordinal);

        internal Open With(ImmutableArray<LineRevenue> lines) => this with
        {
            Lines = Lines.SetItems(lines.Select(line => KeyValuePair.Create(line.LineId, line))),
        };
    }
}
