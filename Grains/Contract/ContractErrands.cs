using System.Collections.Immutable;
using Q2C.Contracts;
using static Q2C.Contracts.ActivationStep;

namespace Q2C.Grains.Contracts;

/// <summary>One thing that must exist outside for a contract: what it is called here, where it goes, what it says.</summary>
internal sealed record WantedRecord(ActivationStep Step, string Key, string Subject, string Connection, Operation Operation);

/// <summary>All that a contract wants outside, as a function of its terms and routing.</summary>
internal static class ContractErrands
{
    public const string CrmStatusKey = "crm-status";

    private const string UndoPrefix = "undo-";

    /// <summary>Steps that leave a record of their own to undo, last first; milestones, tasks and roles go with the project.</summary>
    public static readonly ImmutableArray<ActivationStep> Undoable = [PsaProject, ErpJob, ErpContract, ErpCustomer];

    public static IEnumerable<WantedRecord> All(Engagement engagement, Routing routing)
    {
        var (quote, terms, project) = (engagement.Quote, engagement.Terms, engagement.ProjectId);

        // One subject: effects of a subject are carried out in order, so the parent is there when its child refers to it.
        // One level up is enough for an invoice's hierarchy; whoever is above that is not created here, nor referred to.
        if (quote is { Parent: { } parent, Customer.ParentId: { } parentId })
            yield return new(
                ErpCustomer, $"{Key(ErpCustomer)}/parent", quote.CustomerId, routing.Erp,
                Customer(parentId, parent with { ParentId = null }, routing));
        yield return new(
            ErpCustomer, Key(ErpCustomer), quote.CustomerId, routing.Erp, Customer(quote.CustomerId, quote.Customer, routing));
        foreach (var payer in (terms.Conditions?.Payers ?? []).Where(payer => payer.CustomerId != quote.CustomerId))
            yield return new(
                ErpCustomer, $"{Key(ErpCustomer)}/payer/{payer.CustomerId}", quote.CustomerId, routing.Erp,
                Customer(payer.CustomerId, payer.Customer with { ParentId = null }, routing));
        yield return new(ErpContract, Key(ErpContract), engagement.ContractId, routing.Erp, new UpsertErpContract(
            engagement.ContractId, quote.CustomerId, routing.LegalEntity, quote.Name, terms.Currency, quote.Start,
            quote.PurchaseOrder, terms.Version, [.. terms.Lines.SelectMany(ErpLines)]));
        yield return new(ErpJob, Key(ErpJob), project, routing.Erp, new UpsertErpJob(
            project, engagement.ContractId, quote.CustomerId, routing.LegalEntity, quote.Name, terms.Currency, quote.Start));
        yield return new(PsaProject, Key(PsaProject), project, routing.Psa, new EnsurePsaProject(
            project, engagement.ContractId, quote.Customer.Name, quote.Name, terms.Currency, quote.Start, quote.End,
            engagement.Contracted is { IsZero: false } budget ? budget : null));
        foreach (var milestone in Milestones(terms))
            yield return new(PsaMilestones, $"{Key(PsaMilestones)}/{milestone.Id}", $"{project}/milestone/{milestone.Id}", routing.Psa,
                new EnsurePsaMilestone(project, milestone.Id, milestone.Name, milestone.Due, milestone.Amount));
        foreach (var task in routing.Tasks)
            yield return new(PsaTasks, $"{Key(PsaTasks)}/{task.Id[(project.Length + 1)..]}", task.Id, routing.Psa,
                new EnsurePsaTask(project, task.Id, task.Name, task.Billable));
        foreach (var (line, rate) in RoleRates(terms))
            yield return new(PsaRoles, $"{Key(PsaRoles)}/{line}/{rate.Role}", $"{project}/{line}/{rate.Role}", routing.Psa,
                new EnsurePsaRole(project, $"{project}/{line}/{rate.Role}", rate.Role, rate.Hourly, terms.Currency));
    }

    /// <summary>Undoing a step: asked only for those in <see cref="Undoable"/>.</summary>
    public static WantedRecord Undo(Engagement engagement, Routing routing, ActivationStep step, string reason)
    {
        var (subject, connection, operation) = step switch
        {
            PsaProject => (engagement.ProjectId, routing.Psa, (Operation)new WithdrawPsaProject(engagement.ProjectId, reason)),
            ErpJob => Erp(engagement.ProjectId, ErpRecordKind.Job),
            ErpContract => Erp(engagement.ContractId, ErpRecordKind.Contract),
            ErpCustomer => Erp(engagement.Quote.CustomerId, ErpRecordKind.Customer),
            _ => throw new ArgumentOutOfRangeException(nameof(step), step, "Nothing of its own to undo."),
        };
        return new(step, UndoKey(step), subject, connection, operation);

        (string, string, Operation) Erp(string id, ErpRecordKind kind) =>
            (id, routing.Erp, new WithdrawErpRecord(id, kind, reason));
    }

    public static ReportCrmStatus CrmStatus(Engagement engagement, string status)
    {
        var terms = engagement.Terms;
        var detail = terms.Version == 1 ? null : $"Terms version {terms.Version}, effective from {terms.EffectiveFrom:O}";
        return new(
            engagement.ContractId, engagement.Quote.OpportunityId, status, detail, engagement.Contracted, engagement.Billed,
            engagement.Paid, engagement.LastInvoice);
    }

    public static ImmutableArray<ScheduledBilling> Schedule(Terms terms) => [.. terms.Lines.SelectMany(line => line.Billing switch
    {
        BillingModel.FixedFee fixedFee => fixedFee.Milestones.Select(milestone => new ScheduledBilling(
            line.Id, milestone.Id, $"Milestone reached: {milestone.Name}", milestone.Due, milestone.Amount)),
        BillingModel.TimeAndMaterials => [new(line.Id, null, "Approved time, with each billing run", null, null)],
        BillingModel.Expenses => [new(line.Id, null, "Approved expenses, with each billing run", null, null)],
        BillingModel.Recurring model => [new(line.Id, null, Every(model.Period), line.Start, null)],
        BillingModel.Usage model => [new(line.Id, null, $"{model.Unit}, {Every(model.Period)}", null, null)],
        BillingModel.Commitment model => [new(line.Id, null, $"What is missing to the minimum, {Every(model.Period)}", null, null)],
        BillingModel.Retainer model =>
            [new(line.Id, null, model.Renews is { } renews ? Every(renews) : "Paid in advance", line.Start,
                model.Renews is null ? Money.Round(model.Quantity * model.Price, terms.Currency, Rounding.HalfUp) : null)],
        var model => throw new ArgumentOutOfRangeException(nameof(terms), model, "Unknown billing model."),
    })];

    public static string Key(ActivationStep step) => step switch
    {
        ErpCustomer => "erp-customer",
        ErpContract => "erp-contract",
        ErpJob => "erp-job",
        PsaProject => "psa-project",
        PsaMilestones => "psa-milestones",
        PsaTasks => "psa-tasks",
        PsaRoles => "psa-roles",
        _ => throw new ArgumentOutOfRangeException(nameof(step), step, "Nothing outside belongs to this step."),
    };

    public static string UndoKey(ActivationStep step) => UndoPrefix + Key(step);

    public static bool IsUndo(string key) => key.StartsWith(UndoPrefix, StringComparison.Ordinal);

    /// <summary>Null for the status report to the CRM.</summary>
    public static ActivationStep? StepOf(string key)
    {
        var name = (IsUndo(key) ? key[UndoPrefix.Length..] : key).Split('/')[0];
        return name == CrmStatusKey ? null : Enum.GetValues<ActivationStep>().First(step => IsOutside(step) && Key(step) == name);
    }

    public static bool IsOutside(ActivationStep step) => step is >= ErpCustomer and <= PsaRoles;

    public static string TypeOf(ActivationStep step) => step switch
    {
        ErpCustomer => "customer",
        ErpContract => "contract",
        ErpJob => "job",
        PsaProject => "project",
        PsaMilestones => "milestone",
        PsaTasks => "task",
        PsaRoles => "role",
        _ => throw new ArgumentOutOfRangeException(nameof(step), step, "Nothing outside belongs to this step."),
    };

    public static StuckStep Describe(string key, Engagement engagement) => StepOf(key) switch
    {
        null => new("Status in CRM", Roles.Sales),
        { } step when IsUndo(key) => new($"Undo: {NameOf(step)}", step >= PsaProject ? Roles.Delivery : Roles.Finance),
        { } step => new(NameOf(step), step >= PsaProject ? Roles.Delivery : Roles.Finance, engagement.Contracted),
    };

    public static string NameOf(ActivationStep step) => step switch
    {
        Validation => "Validation",
        ErpCustomer => "Customer in ERP",
        ErpContract => "Contract in ERP",
        ErpJob => "Job in ERP",
        PsaProject => "Project in PSA",
        PsaMilestones => "Milestones in PSA",
        PsaTasks => "Tasks in PSA",
        PsaRoles => "Roles in PSA",
        BillingSchedule => "Billing schedule",
        Publication => "Publication",
        _ => throw new ArgumentOutOfRangeException(nameof(step)),
    };

    private static UpsertErpCustomer Customer(string id, CustomerProfile profile, Routing routing) => new(
        id, profile.Name, routing.LegalEntity, profile.Currency, profile.TaxNumber, profile.BillTo, profile.Email, profile.ParentId);

    private static IEnumerable<Milestone> Milestones(Terms terms) =>
        terms.Lines.Select(line => line.Billing).OfType<BillingModel.FixedFee>().SelectMany(model => model.Milestones);

    private static IEnumerable<(string Line, RoleRate Rate)> RoleRates(Terms terms) =>
        from line in terms.Lines
        where line.Billing is BillingModel.TimeAndMaterials
        from rate in ((BillingModel.TimeAndMaterials)line.Billing).Rates
        select (line.Id, rate);

    // The hours of a role and the cost of expenses are not known beforehand: quantity 0.
    private static IEnumerable<ErpContractLine> ErpLines(ContractLine line) => line.Billing switch
    {
        BillingModel.FixedFee model => [new(line.Id, line.Service, line.Description, 1, model.Price.Amount)],
        BillingModel.TimeAndMaterials model => model.Rates.Select(rate => new ErpContractLine(
            $"{line.Id}/{rate.Role}", line.Service, $"{line.Description}: {rate.Role}", 0, rate.Hourly)),
        BillingModel.Expenses => [new(line.Id, line.Service, line.Description, 0, 0)],
        BillingModel.Recurring model => [new(line.Id, line.Service, line.Description, model.Quantity, model.Price)],
        BillingModel.Retainer model => [new(line.Id, line.Service, line.Description, model.Quantity, model.Price)],
        BillingModel.Usage or BillingModel.Commitment => [new(line.Id, line.Service, line.Description, 0, 0)],
        var model => throw new ArgumentOutOfRangeException(nameof(line), model, "Unknown billing model."),
    };

    private static string Every(BillingPeriod period)
    {
        var unit = period.Unit.ToString().ToLowerInvariant();
        return $"{(period.Timing == BillingTiming.InArrears ? "After" : "At the beginning of")} "
            + (period.Interval == 1 ? $"every {unit}" : $"every {period.Interval} {unit}s");
    }
}
