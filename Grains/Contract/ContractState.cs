using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Q2C.BillingRuns;
using Q2C.Contracts;

namespace Q2C.Grains.Contracts;

/// <summary>Where a contract stands. Snapshots are stored: change the decider's version with the shape.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "state")]
[JsonDerivedType(typeof(NotAccepted), "not-accepted")]
[JsonDerivedType(typeof(Activating), "activating")]
[JsonDerivedType(typeof(Active), "active")]
[JsonDerivedType(typeof(Compensating), "compensating")]
[JsonDerivedType(typeof(Withdrawn), "withdrawn")]
public abstract record ContractState
{
    private ContractState() { }

    public sealed record NotAccepted : ContractState;

    public abstract record Existing(Engagement Engagement) : ContractState;

    public sealed record Activating(Engagement Engagement) : Existing(Engagement);

    public sealed record Active(Engagement Engagement) : Existing(Engagement);

    public sealed record Compensating(Engagement Engagement, string Reason) : Existing(Engagement);

    public sealed record Withdrawn(Engagement Engagement, string Reason) : Existing(Engagement);
}

/// <param name="Quote">As accepted, with the corrections made since.</param>
/// <param name="Fingerprint">Of the quote as it was accepted.</param>
/// <param name="Routing">Null until the contract is validated for the first time.</param>
/// <param name="Created">Steps whose records exist outside and were not undone.</param>
/// <param name="CrmStatus">The last status that the CRM was asked to take.</param>
/// <param name="Holds">Of the contract and its customer.</param>
public sealed record Engagement(
    string ContractId, string ProjectId, AcceptQuote Quote, string Fingerprint, ImmutableArray<Terms> History,
    Routing? Routing, ImmutableDictionary<ActivationStep, StepView> Steps, ImmutableHashSet<ActivationStep> Created,
    Errands Errands, ImmutableArray<ExternalReference> References, ImmutableArray<ScheduledBilling> Schedule,
    ImmutableDictionary<string, ContractInvoice> Invoices, Money Billed, Money Paid, string? LastInvoice,
    ReportCrmStatus? CrmStatus, ImmutableArray<BillingHold>? Holds = null)
{
    public Terms Terms => History[^1];

    public Money Contracted => Terms.Lines.Aggregate(Money.Zero(Terms.Currency), (sum, line) => sum + line.Billing switch
    {
        BillingModel.FixedFee fixedFee => fixedFee.Price,
        BillingModel.TimeAndMaterials { Cap.Amount: { } cap } => cap,
        _ => Money.Zero(Terms.Currency),
    });

    /// <summary>What is billed of these lines, as far as it is known by line.</summary>
    public Money BilledOf(IEnumerable<string> lineIds)
    {
        var ids = lineIds.ToHashSet();
        if (Terms.Lines is [var only] && ids.Contains(only.Id)) return Billed;
        return Invoices.Values.SelectMany(invoice => invoice.Lines ?? []).Where(line => ids.Contains(line.LineId))
            .Aggregate(Money.Zero(Billed.Currency), (sum, line) => sum + line.Net);
    }

    public bool Has(ActivationStep step, StepStatus status) => Steps.GetValueOrDefault(step)?.Status == status;

    public Engagement With(ActivationStep step, StepStatus status, DateTimeOffset at) =>
        this with { Steps = Steps.SetItem(step, new(step, status, at)) };
}
