using System.Collections.Immutable;
using Q2C.Invoices;

namespace Q2C.Revenues;

/// <summary>A balanced set of postings of one legal entity in one currency.</summary>
/// <param name="Id">The id of the revenue record with a running number: <c>eu_rev_…/7</c>; the ERP's external id.</param>
/// <param name="Date">The posting date; never in a period that was closed when the entry was made.</param>
/// <param name="Period">The last day of the month that the entry is about.</param>
/// <param name="Reverses">The entry that this one takes back.</param>
[GenerateSerializer, Immutable, Alias("ledger-entry")]
public sealed record LedgerEntry(
    string Id, string LegalEntity, string Currency, DateOnly Date, DateOnly Period, EntryCause Cause, string Text,
    ImmutableArray<LedgerLine> Lines, string? Reverses = null);

/// <param name="Account">One of <see cref="Accounts"/> or <see cref="RevenueAccounts"/>.</param>
/// <param name="Amount">Debit positive, credit negative; the lines of an entry sum to zero.</param>
[GenerateSerializer, Immutable, Alias("ledger-line")]
public sealed record LedgerLine(string Account, Money Amount, string? ContractLineId = null, string? CostCentre = null);

/// <summary>Why an entry was made.</summary>
[GenerateSerializer, Alias("entry-cause")]
public enum EntryCause
{
    /// <summary>An invoice was issued: what it bills was recognised before, or is not earned yet.</summary>
    Invoice = 0,

    /// <summary>Revenue of a period.</summary>
    Recognition = 1,

    /// <summary>A change order changed a price: the difference for what is done already.</summary>
    PriceChange = 2,

    /// <summary>A credit memo: what was deferred is reversed first.</summary>
    Credit = 3,

    /// <summary>A prepayment expired unused.</summary>
    Breakage = 4,

    /// <summary>What the work cost, and the part of it that belongs to recognised revenue.</summary>
    Cost = 5,

    /// <summary>Takes an entry back, to be made anew.</summary>
    Reversal = 6,

    /// <summary>The entry that was made anew.</summary>
    Reclassification = 7,

    /// <summary>A retainer in money paid an invoice, or had it back: what was deferred for it becomes less, or more.</summary>
    Prepaid = 8,
}

/// <summary>The accounts of revenue and cost, beside those of documents (<see cref="Accounts"/>).</summary>
public static class RevenueAccounts
{
    public const string Revenue = Accounts.Revenue;

    /// <summary>Earned, and only time or the next invoice stands before its payment.</summary>
    public const string UnbilledReceivable = "unbilled_receivable";

    /// <summary>Earned, and payable only when something else is done too.</summary>
    public const string ContractAsset = "contract_asset";

    /// <summary>Billed and not earned yet: the contract liability.</summary>
    public const string DeferredRevenue = "deferred_revenue";

    public const string Cost = "cost_of_revenue";
    public const string WorkInProgress = "work_in_progress";

    /// <summary>The other side of captured cost: payroll and overhead that went into projects.</summary>
    public const string CostApplied = "cost_applied";

    public const string CostVariance = "cost_variance";

    /// <summary>Takes the minor units that conversions leave over.</summary>
    public const string Rounding = "rounding_residual";
}
