using Q2C.Contracts;
using Q2C.Projects;

namespace Q2C.Silo.ReadModels;

internal sealed record ProjectRow(
    string Id, string Name, bool Open, string ContractId, string CustomerId, string LegalEntity, string Currency,
    int TermsVersion, DateTimeOffset OpenedAt, DateTimeOffset UpdatedAt, bool Periodic = true) : ReadRow(Id);

/// <summary>Projects, as lists and billing runs look for them.</summary>
internal sealed class ProjectsModel() : Fold<ProjectRow>("project")
{
    protected override IEnumerable<string> Keys(Fact fact) =>
        fact.Event is ProjectOpened or TermsChanged or ProjectClosed or ProjectReopened ? [fact.Grain] : [];

    protected override ProjectRow? Next(ProjectRow? row, string key, Fact fact, Batch batch) => fact.Event switch
    {
        ProjectOpened { Contract: var contract } e => new(
            key, contract.Name, Open: true, contract.ContractId, contract.CustomerId, contract.Routing.LegalEntity,
            contract.Terms.Currency, contract.Terms.Version, e.At, fact.At, HasPeriods(contract.Terms)),
        TermsChanged e => Existing(row, fact) with
        {
            TermsVersion = e.Terms.Version, Periodic = row!.Periodic || HasPeriods(e.Terms), UpdatedAt = fact.At,
        },
        ProjectClosed => Existing(row, fact) with { Open = false, UpdatedAt = fact.At },
        ProjectReopened => Existing(row, fact) with { Open = true, UpdatedAt = fact.At },
        _ => null,
    };

    /// <summary>What is billed by the period has no item before a billing run asks for it, so every run asks.</summary>
    private static bool HasPeriods(Terms terms) => terms.Lines.Any(line =>
        line.Billing is BillingModel.Recurring or BillingModel.Usage or BillingModel.Commitment or BillingModel.Retainer);
}
