using System.Collections.Immutable;
using Q2C.BillingRuns;

namespace Q2C.Contracts;

[Alias("q2c.contract-grain")]
public interface IContractGrain : IAggregateGrain
{
    /// <summary>Null for a contract that does not exist. Confirmed against the journal before it is answered.</summary>
    [Alias("read")]
    Task<ContractView?> Read();

    /// <summary>The terms that the change order would make, or all that speaks against it; changes nothing.</summary>
    [Alias("preview-amendment")]
    Task<AmendmentPreview> PreviewAmendment(AmendContract amendment);
}

/// <param name="Amended">What the contract would tell its project; null if there are problems.</param>
[GenerateSerializer, Immutable, Alias("amendment-preview")]
public sealed record AmendmentPreview(ContractAmended? Amended, ImmutableArray<Problem> Problems);

/// <param name="Billed">Net of tax, as the contract is.</param>
/// <param name="Paid">The net part of what was received for the invoices.</param>
[GenerateSerializer, Immutable, Alias("contract-view")]
public sealed record ContractView(
    string Id, long GrainVersion, string Name, ContractStatus Status, string CustomerId, CustomerProfile Customer, string LegalEntity,
    string ProjectId, string OpportunityId, string QuoteId, Terms Terms, ImmutableArray<Terms> History,
    ImmutableArray<StepView> Steps, ImmutableArray<ExternalReference> References, ImmutableArray<ScheduledBilling> Schedule,
    Money Contracted, Money Billed, Money Paid, ImmutableArray<WorkItem> Exceptions, ImmutableArray<BillingHold>? Holds = null)
{
    /// <summary>What is contracted and not billed yet; never negative.</summary>
    public Money Remaining => Money.Max(Contracted - Billed, Money.Zero(Contracted.Currency));
}

[GenerateSerializer, Immutable, Alias("step-view")]
public sealed record StepView(ActivationStep Step, StepStatus Status, DateTimeOffset? Since);

[GenerateSerializer, Alias("step-status")]
public enum StepStatus { Pending, Running, Blocked, Done, Skipped, Undone }

[GenerateSerializer, Alias("contract-status")]
public enum ContractStatus { Activating, Paused, Active, Compensating, Withdrawn }
