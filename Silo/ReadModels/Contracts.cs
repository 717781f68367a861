using Q2C.Contracts;

namespace Q2C.Silo.ReadModels;

internal sealed record ContractRow(
    string Id, string Name, ContractStatus Status, string CustomerId, string CustomerName, string LegalEntity,
    string ProjectId, string OpportunityId, string QuoteId, string Currency, int TermsVersion, DateOnly StartDate,
    DateOnly? EndDate, long BilledMinor, long PaidMinor, int OpenExceptions, DateTimeOffset AcceptedAt,
    DateTimeOffset? ActivatedAt, DateTimeOffset UpdatedAt) : ReadRow(Id);

/// <summary>Contracts, as lists show them.</summary>
internal sealed class ContractsModel() : Fold<ContractRow>("contract")
{
    protected override IEnumerable<string> Keys(Fact fact) => Ids.Is(fact.Grain, Ids.Contract) ? [fact.Grain] : [];

    protected override ContractRow? Next(ContractRow? row, string key, Fact fact, Batch batch) => fact.Event switch
    {
        QuoteAccepted e => Accepted(e),
        _ when row is null => null,
        ContractCorrected e => row with
        {
            LegalEntity = e.Correction.LegalEntity ?? row.LegalEntity,
            CustomerName = e.Correction.Customer?.Name ?? row.CustomerName,
            UpdatedAt = fact.At,
        },
        ContractActivated e => row with { Status = ContractStatus.Active, ActivatedAt = e.At, UpdatedAt = fact.At },
        ContractAmended e => row with { TermsVersion = e.Terms.Version, UpdatedAt = fact.At },
        CompensationStarted => row with { Status = ContractStatus.Compensating, UpdatedAt = fact.At },
        ContractWithdrawn => row with { Status = ContractStatus.Withdrawn, UpdatedAt = fact.At },
        TotalsChanged e => row with { BilledMinor = e.Billed.Minor, PaidMinor = e.Paid.Minor, UpdatedAt = fact.At },
        ExceptionRaised => WithExceptions(row, +1) with { UpdatedAt = fact.At },
        ExceptionResolved => WithExceptions(row, -1) with { UpdatedAt = fact.At },
        _ => row with { UpdatedAt = fact.At },
    };

    private static ContractRow Accepted(QuoteAccepted e) => new(
        e.ContractId, e.Quote.Name, ContractStatus.Activating, e.Quote.CustomerId, e.Quote.Customer.Name, e.Quote.LegalEntity,
        e.ProjectId, e.Quote.OpportunityId, e.Quote.QuoteId, e.Quote.Currency, e.Terms.Version, e.Quote.Start, e.Quote.End,
        BilledMinor: 0, PaidMinor: 0, OpenExceptions: 0, e.At, ActivatedAt: null, e.At);

    private static ContractRow WithExceptions(ContractRow row, int change)
    {
        var open = Math.Max(0, row.OpenExceptions + change);
        var status = (row.Status, open) switch
        {
            (ContractStatus.Activating, > 0) => ContractStatus.Paused,
            (ContractStatus.Paused, 0) => ContractStatus.Activating,
            _ => row.Status,
        };
        return row with { OpenExceptions = open, Status = status };
    }
}
