using System.Collections.Immutable;
using Q2C.Alerts;
using Q2C.BillingRuns;
using Q2C.BulkActions;
using Q2C.Customers;
using Q2C.Invoices;
using Q2C.Numbering;

namespace Q2C.Policies;

/// <summary>
/// The policy documents in force, as the deciders see them. Read from documents, validated as a whole; what a decision
/// took from them is recorded in its events, so a replay never needs them.
/// </summary>
/// <param name="Version">Changes with any document: recorded with what it shaped.</param>
public sealed record PolicySet(
    string Version,
    string Region,
    ImmutableDictionary<string, LegalEntity> LegalEntities,
    ImmutableDictionary<string, ProjectTemplate> ProjectTemplates)
{
    /// <summary>What is watched; what is not here is not.</summary>
    public ImmutableDictionary<AlertRule, AlertPolicy> AlertRules { get; init; } = ImmutableDictionary<AlertRule, AlertPolicy>.Empty;

    /// <summary>Kind of bulk action → its rule; one without has <see cref="BulkRule.Default"/>.</summary>
    public ImmutableDictionary<BulkActionKind, BulkRule> BulkRules { get; init; } = ImmutableDictionary<BulkActionKind, BulkRule>.Empty;

    public static PolicySet Empty(string region) => new(
        "none", region, ImmutableDictionary<string, LegalEntity>.Empty, ImmutableDictionary<string, ProjectTemplate>.Empty);
}

/// <summary>A company of the firm: whose name stands on an invoice, and the rules of that invoice.</summary>
/// <param name="TimeZone">IANA name; business dates are days of this zone.</param>
/// <param name="ApprovalThreshold">An invoice above this net amount needs a second person.</param>
/// <param name="TaxCategories">Service → the tax engine's code. A service without one cannot be invoiced.</param>
/// <param name="Connections">System kind (crm, erp, psa, tax, payments) → connection name.</param>
/// <param name="Books">Null for <see cref="BooksPolicy.Default"/>.</param>
/// <param name="Billing">Null for <see cref="BillingPolicy.Default"/>.</param>
public sealed record LegalEntity(
    string Code, string Name, string Currency, string TimeZone, PostalAddress Address, string TaxNumber,
    Rounding Rounding, Money ApprovalThreshold, int PaymentDays,
    ImmutableDictionary<string, string> TaxCategories, ImmutableDictionary<string, string> Connections, BooksPolicy? Books = null,
    BillingPolicy? Billing = null)
{
    public string? Connection(SystemKind kind) => Connections.GetValueOrDefault(kind.ToString().ToLowerInvariant());
}

/// <summary>How a legal entity bills.</summary>
/// <param name="ByCustomer">Customer → a grouping of its own.</param>
/// <param name="Terms">Null for payment in the entity's days.</param>
/// <param name="Dunning">Null for no reminders.</param>
/// <param name="Numbering">Null where the ERP numbers everything.</param>
/// <param name="TaxOutage">Null is to wait.</param>
/// <param name="ReviewDays">For people to look at a draft before it is taxed and goes on by itself.</param>
/// <param name="TransferPrices">Company that delivers for this one → the percent of the net amount that it gets.</param>
/// <param name="TransferCostPlus">Company that delivers for this one → the percent that it gets on top of what the work cost.</param>
/// <param name="RefundThreshold">A refund above it needs a second person; null is the entity's threshold for invoices.</param>
/// <param name="WriteOffThreshold">The same for receivables given up.</param>
public sealed record BillingPolicy(
    Grouping Grouping, ImmutableDictionary<string, Grouping> ByCustomer, PaymentTerms? Terms, DunningPolicy? Dunning = null,
    NumberingPolicy? Numbering = null, TaxOutagePolicy? TaxOutage = null, Money? RefundThreshold = null, Money? WriteOffThreshold = null,
    int ReviewDays = 0, ImmutableDictionary<string, decimal>? TransferPrices = null, NegativeBills NegativeBills = NegativeBills.CarryForward,
    ImmutableDictionary<string, decimal>? TransferCostPlus = null)
{
    public static BillingPolicy Default { get; } = new(Grouping.Default, ImmutableDictionary<string, Grouping>.Empty, null);
}

/// <summary>Which documents Q2C numbers; null for those that the ERP numbers.</summary>
public sealed record NumberingPolicy(NumberFormat? Invoices, NumberFormat? CreditMemos);

/// <summary>What becomes of a draft while the tax engine does not answer.</summary>
/// <param name="Estimate">It is taxed by <paramref name="Percents"/> and trued up when the engine answers; false parks it.</param>
/// <param name="After">How long an outage lasts, beyond the engine's own retries, before that.</param>
/// <param name="Percents">Tax category → percent of the net amount, for estimates.</param>
public sealed record TaxOutagePolicy(bool Estimate, TimeSpan After, ImmutableDictionary<string, decimal> Percents);

/// <summary>How a legal entity keeps its books.</summary>
/// <param name="ClosedThrough">Nothing is dated on or before this day any more; null while nothing is closed.</param>
/// <param name="RecogniseMonthly">Revenue is recognised by itself after the end of each month; otherwise when somebody asks for it.</param>
/// <param name="ExportJournals">Entries other than those of invoices and payments go to the ERP as journals.</param>
/// <param name="CostRates">What an hour costs the firm.</param>
public sealed record BooksPolicy(
    DateOnly? ClosedThrough, WhenClosed WhenClosed, bool RecogniseMonthly, bool ExportJournals, ImmutableArray<CostRate> CostRates)
{
    public static BooksPolicy Default { get; } = new(null, WhenClosed.FirstOpenPeriod, true, false, []);
}

/// <summary>What becomes of an entry dated in a closed period.</summary>
public enum WhenClosed
{
    /// <summary>It is booked in the first period that is open.</summary>
    FirstOpenPeriod,

    /// <summary>It waits for a person.</summary>
    Park,
}

/// <param name="Person">Null for everybody of the role.</param>
/// <param name="Role">Null for every role.</param>
/// <param name="From">The first day it holds; null for always.</param>
/// <param name="Hourly">In the legal entity's currency.</param>
/// <param name="Overhead">Per hour on top, in the same currency.</param>
public sealed record CostRate(string? Person, string? Role, DateOnly? From, decimal Hourly, decimal Overhead = 0);

public enum SystemKind { Crm, Erp, Psa, Tax, Payments }

/// <summary>What a new project starts with in the PSA.</summary>
public sealed record ProjectTemplate(string Name, ImmutableArray<TemplateTask> Tasks);

/// <param name="Key">Stable in the template: part of the task's id.</param>
public sealed record TemplateTask(string Key, string Name, bool Billable);

/// <summary>When a bulk action needs a second person.</summary>
/// <param name="ApprovalAboveItems">With more possible items than these.</param>
/// <param name="ApprovalAbove">Currency → with more money than this waiting for them.</param>
public sealed record BulkRule(int ApprovalAboveItems, ImmutableDictionary<string, decimal> ApprovalAbove)
{
    /// <summary>
    /// To give something up or to have another system take it always needs a second person, to try it again or to hold it
    /// only when it is much, and to say whose it is never.
    /// </summary>
    public static BulkRule Default(BulkActionKind kind) => new(kind switch
    {
        BulkActionKind.Assign or BulkActionKind.Tag or BulkActionKind.Snooze => int.MaxValue,
        BulkActionKind.Retry or BulkActionKind.Hold or BulkActionKind.Release or BulkActionKind.Replay => 100,
        _ => 0,
    }, ImmutableDictionary<string, decimal>.Empty);
}

/// <summary>From when on something is an alert, and who is told.</summary>
/// <param name="After">How long it may last, or be late.</param>
/// <param name="AtLeast">Of what is counted, how many there have to be.</param>
/// <param name="Severity">low, normal, high or critical.</param>
/// <param name="Channels">Connections that tell people; none for the console only.</param>
public sealed record AlertPolicy(TimeSpan After, int AtLeast, string Severity, ImmutableArray<string> Channels)
{
    /// <summary>Of a rule that the policies do not have any more.</summary>
    public static AlertPolicy Quiet { get; } = new(TimeSpan.Zero, 1, "normal", []);
}
