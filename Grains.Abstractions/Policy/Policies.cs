using System.Collections.Immutable;

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
    public static PolicySet Empty(string region) => new(
        "none", region, ImmutableDictionary<string, LegalEntity>.Empty, ImmutableDictionary<string, ProjectTemplate>.Empty);
}

/// <summary>A company of the firm: whose name stands on an invoice, and the rules of that invoice.</summary>
/// <param name="TimeZone">IANA name; business dates are days of this zone.</param>
/// <param name="ApprovalThreshold">An invoice above this net amount needs a second person.</param>
/// <param name="TaxCategories">Service → the tax engine's code. A service without one cannot be invoiced.</param>
/// <param name="Connections">System kind (crm, erp, psa, tax, payments) → connection name.</param>
public sealed record LegalEntity(
    string Code, string Name, string Currency, string TimeZone, PostalAddress Address, string TaxNumber,
    Rounding Rounding, Money ApprovalThreshold, int PaymentDays,
    ImmutableDictionary<string, string> TaxCategories, ImmutableDictionary<string, string> Connections)
{
    public string? Connection(SystemKind kind) => Connections.GetValueOrDefault(kind.ToString().ToLowerInvariant());
}

public enum SystemKind { Crm, Erp, Psa, Tax, Payments }

/// <summary>What a new project starts with in the PSA.</summary>
public sealed record ProjectTemplate(string Name, ImmutableArray<TemplateTask> Tasks);

/// <param name="Key">Stable in the template: part of the task's id.</param>
public sealed record TemplateTask(string Key, string Name, bool Billable);
