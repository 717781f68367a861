using System.Collections.Immutable;
using Q2C.Contracts;

namespace Q2C.Grains.Contracts;

/// <summary>The activation's state machine: which step is next, what it asks, and how it is undone.</summary>
internal static class ContractSteps
{
    private static readonly ImmutableArray<ActivationStep> InOrder = [.. Enum.GetValues<ActivationStep>().Order()];

    /// <summary>The first step that is not behind us. A gate opens only when all before it are.</summary>
    public static ActivationStep Current(Engagement known) => InOrder.First(step =>
        !known.Has(step, StepStatus.Done) && !known.Has(step, StepStatus.Skipped));

    public static ImmutableArray<Event> Activate(Engagement known, DecisionContext context) => Current(known) switch
    {
        ActivationStep.Validation => Validate(known, context),
        ActivationStep.BillingSchedule => [new BillingScheduled(ContractErrands.Schedule(known.Terms), context.Now)],
        ActivationStep.Publication =>
        [
            new ContractActivated(
                known.ContractId, known.ProjectId, known.Quote.CustomerId, known.Quote.Customer, known.Quote.Name, known.Terms,
                known.Routing!, known.References, context.Now, known.Quote.Parent),
        ],
        var step => Ask(known, step, context.Now),
    };

    /// <summary>After the activation: what is to be asked again, and the CRM's status when it is not the newest.</summary>
    public static ImmutableArray<Event> KeepUp(Engagement known, string status, DateTimeOffset now)
    {
        if (known.Routing is not { } routing) return [];
        var crm = ContractErrands.CrmStatus(known, status);
        var isCrmBehind = crm != known.CrmStatus || known.Errands.Wants(ContractErrands.CrmStatusKey);
        return
        [
            .. ContractErrands.All(known, routing)
                .Where(wanted => status == "Active" && known.Errands.Is(wanted.Key, ErrandStatus.Again))
                .Select(wanted => Update(known, wanted.Key, wanted.Connection, wanted.Subject, wanted.Operation, now)),
            .. isCrmBehind && !known.Errands.Is(ContractErrands.CrmStatusKey, ErrandStatus.Waiting)
                ? (ImmutableArray<Event>)[Update(known, ContractErrands.CrmStatusKey, routing.Crm, known.ContractId, crm, now)]
                : [],
        ];
    }

    /// <summary>The next step of the undoing; empty while an answer or a person is waited for, null when all is undone.</summary>
    public static ImmutableArray<Event>? Undo(Engagement known, string reason, DateTimeOffset now)
    {
        if (known.Errands.ByKey.Any(pair => pair.Value.Status == ErrandStatus.Waiting && pair.Key != ContractErrands.CrmStatusKey))
            return [];
        if (ContractErrands.Undoable.Where(step => MustUndo(known, step)).Cast<ActivationStep?>().FirstOrDefault() is not { } next)
            return null;
        if (!known.Errands.Wants(ContractErrands.UndoKey(next))) return [];
        var undo = ContractErrands.Undo(known, known.Routing!, next, reason);
        return [new UndoAsked(next, known.Errands.Request(undo.Key, undo.Connection, undo.Subject, undo.Operation), now)];
    }

    public static Engagement Undone(Engagement known, StepUndone e)
    {
        var key = ContractErrands.UndoKey(e.Step);
        var steps = e.Step == ActivationStep.PsaProject
            ? InOrder.Where(step => step is >= ActivationStep.PsaProject and <= ActivationStep.PsaRoles && known.Created.Contains(step))
            : [e.Step];
        return steps.Aggregate(
            known with { Errands = known.Errands.Confirmed(known.Errands.ByKey[key].EffectId, e.At) },
            (left, step) => (left with { Created = left.Created.Remove(step) }).With(step, StepStatus.Undone, e.At));
    }

    public static Engagement Raised(Engagement known, ExceptionRaised e)
    {
        var raised = known with { Errands = known.Errands.Raised(e.Item, e.At) };
        return ContractPolicies.IsAbout(e.Item, known.ContractId)
            ? raised.With(ActivationStep.Validation, StepStatus.Blocked, e.At)
            : raised;
    }

    public static Event Confirm(ContractState.Existing state, string key, EffectOutcome.Accepted accepted, DateTimeOffset now)
    {
        var errand = state.Engagement.Errands.ByKey[key];
        if (ContractErrands.StepOf(key) is not { } step) return new UpdateConfirmed(errand.EffectId, accepted.ExternalId, now);
        if (ContractErrands.IsUndo(key)) return new StepUndone(step, now);
        return state is ContractState.Active && errand.Status == ErrandStatus.Waiting
            ? new UpdateConfirmed(errand.EffectId, accepted.ExternalId, now)
            : new StepConfirmed(
                step, errand.EffectId, new(errand.Connection, ContractErrands.TypeOf(step), accepted.ExternalId), now);
    }

    public static ImmutableArray<StepView> Render(Engagement known) => [.. InOrder.Select(step =>
        Blocking(known, step) is { } since
            ? new StepView(step, StepStatus.Blocked, since)
            : known.Steps.GetValueOrDefault(step) ?? new(step, StepStatus.Pending, null))];

    public static UpdateAsked Update(
        Engagement known, string key, string connection, string subject, Operation operation, DateTimeOffset now) =>
        new(key, known.Errands.Request(key, connection, subject, operation), now);

    private static ImmutableArray<Event> Validate(Engagement known, DecisionContext context)
    {
        if (known.Errands.Items.Any(item => ContractPolicies.IsAbout(item, known.ContractId))) return [];
        var (routing, missing) = ContractPolicies.Route(known, context.Policies);
        return routing is null
            ? [.. missing.Select(item => new ExceptionRaised(item, context.Now))]
            : [new ContractValidated(routing, context.Policies.Version, context.Now)];
    }

    private static ImmutableArray<Event> Ask(Engagement known, ActivationStep step, DateTimeOffset now)
    {
        // Without a project in the PSA there is nothing that milestones, tasks and roles could belong to.
        if (step > ActivationStep.PsaProject && known.Has(ActivationStep.PsaProject, StepStatus.Skipped))
            return [new StepCompleted(step, true, now)];

        ImmutableArray<WantedRecord> all =
            [.. ContractErrands.All(known, known.Routing!).Where(wanted => wanted.Step == step)];
        ImmutableArray<WantedRecord> due = [.. all.Where(wanted => known.Errands.Wants(wanted.Key))];
        if (!due.IsEmpty)
            return [.. due.Select(wanted => new StepAsked(
                step, known.Errands.Request(wanted.Key, wanted.Connection, wanted.Subject, wanted.Operation), now))];

        var statuses = all.Select(wanted => known.Errands.ByKey[wanted.Key].Status).ToHashSet();
        return statuses.IsSubsetOf([ErrandStatus.Done, ErrandStatus.Skipped])
            ? [new StepCompleted(step, statuses.Contains(ErrandStatus.Skipped), now)]
            : [];
    }

    /// <summary>A customer that the ERP knew before, or whose undoing an operator gave up, stays.</summary>
    private static bool MustUndo(Engagement known, ActivationStep step) =>
        known.Created.Contains(step)
        && !known.Errands.Is(ContractErrands.UndoKey(step), ErrandStatus.Skipped)
        && !(step == ActivationStep.ErpCustomer && known.Quote.Customer.References is { IsDefault: false } references
            && references.Any(reference => reference.System == known.Routing!.Erp));

    private static DateTimeOffset? Blocking(Engagement known, ActivationStep step) => known.Errands.ByKey
        .Where(pair => pair.Value.Status == ErrandStatus.Refused && !ContractErrands.IsUndo(pair.Key)
            && ContractErrands.StepOf(pair.Key) == step && known.Errands.Item(pair.Value.EffectId) is not null
            && known.Has(step, StepStatus.Running))
        .Select(pair => (DateTimeOffset?)pair.Value.Since).Min();
}
