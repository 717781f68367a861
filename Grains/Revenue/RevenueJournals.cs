using Q2C.Revenues;
using static Q2C.Grains.Revenues.RevenueState;

namespace Q2C.Grains.Revenues;

/// <summary>Entries on their way to the ERP.</summary>
internal static class RevenueJournals
{
    private const string Prefix = "journal/";

    public static StuckStep Step { get; } = new("Journal in ERP", Roles.Finance);

    public static string Key(string entryId) => $"{Prefix}{NumberOf(entryId)}";

    public static int NumberOf(string entryId) => int.Parse(entryId.AsSpan(entryId.LastIndexOf('/') + 1));

    /// <summary>The entry behind an errand's key.</summary>
    public static string EntryOf(Open state, string key) => $"{state.RevenueId}/{key[Prefix.Length..]}";

    public static JournalAsked Ask(Open state, LedgerEntry entry, DateTimeOffset now) => new(
        entry.Id, state.Errands.Request(Key(entry.Id), state.Erp, entry.Id, new PostErpJournal(
            entry.Id, state.ContractId, entry.LegalEntity, entry.Currency, entry.Date, entry.Text, [.. entry.Lines.Select(Line)])), now);

    private static JournalLine Line(LedgerLine line)
    {
        var amount = line.Amount.Amount;
        return new(line.Account, Math.Max(amount, 0), Math.Max(-amount, 0), line.ContractLineId, line.CostCentre);
    }
}
