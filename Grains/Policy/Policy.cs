using System.Collections.Immutable;
using System.Diagnostics;
using Q2C.Policies;

namespace Q2C.Grains.PolicyDocuments;

/// <summary>Where a policy document stands. Snapshots are stored: change the decider's version with the shape.</summary>
/// <param name="Document">Null before its first version.</param>
/// <param name="Versions">All of them, the first is number 1.</param>
/// <param name="Activations">Which version holds from when on, in order of time; the last that has begun is in force.</param>
public sealed record PolicyState(
    string? Document, ImmutableArray<PolicyVersion> Versions, ImmutableArray<PolicyActivation> Activations)
{
    public PolicyVersion? Find(int number) => number >= 1 && number <= Versions.Length ? Versions[number - 1] : null;

    /// <summary>The version that holds at a moment; null before the first one does.</summary>
    public PolicyVersion? InForce(DateTimeOffset at) => Activations.LastOrDefault(one => one.From <= at) is { } active ? Find(active.Version) : null;
}

/// <param name="Text">Null when it can hold no more: rejected, withdrawn, or too long ago.</param>
/// <param name="BasedOn">The newest approved version when it was proposed.</param>
public sealed record PolicyVersion(
    int Number, PolicyStage Stage, string? Text, int BasedOn, DateTimeOffset? EffectiveFrom, string ProposedBy, string? SubmittedBy);

public sealed record PolicyActivation(int Version, DateTimeOffset From);

/// <summary>The codes with which a policy document refuses a command. Listed in <c>docs/errors.md</c>.</summary>
public static class PolicyProblems
{
    public const string TooLarge = "POLICY_TOO_LARGE";
    public const string Unchanged = "POLICY_UNCHANGED";
    public const string VersionUnknown = "POLICY_VERSION_UNKNOWN";
    public const string WrongStage = "POLICY_NOT_IN_STATUS";
    public const string Outdated = "POLICY_OUTDATED";
    public const string TooEarly = "POLICY_TOO_EARLY";
    public const string NotKept = "POLICY_VERSION_NOT_KEPT";
}

/// <summary>
/// One policy document. A version is drafted, submitted, approved by somebody who neither drafted nor submitted it, and
/// holds from a moment on; nothing ever holds for the past. What was approved once can be rolled back to.
/// </summary>
public static class Policy
{
    /// <summary>Characters of a document.</summary>
    public const int MaxLength = 256 * 1024;

    /// <summary>So many activations ago a version can still be rolled back to.</summary>
    public const int KeptActivations = 20;

    private static readonly ImmutableArray<string> Authors = [Roles.Operator, Roles.Finance, Roles.Administrator];
    private static readonly ImmutableArray<string> Approvers = [Roles.FinanceApprover, Roles.Administrator];

    public static Decider<PolicyState> Decider { get; } = new(new(null, [], []), Decide, Evolve) { Version = 1 };

    public static Decision Decide(PolicyState state, Command command, DecisionContext context) => (state, command) switch
    {
        (_, SeedPolicy c) => Seed(state, c, context),
        (_, ProposePolicy c) => Propose(state, c, context),
        ({ Document: null }, SubmitPolicy or ApprovePolicy or RejectPolicy or WithdrawPolicy or RollBackPolicy) => Decision.Refuse(new Problem(
            ProblemCodes.NotFound, "", $"There is no version of the policy document '{context.Grain}'.", "Propose one first.")),
        (_, SubmitPolicy c) => Move(
            state, c.Version, context, Authors, c.Reason, new PolicySubmitted(c.Version, c.Reason, context.Actor.Id, context.Now), PolicyStage.Draft),
        (_, ApprovePolicy c) => Approve(state, c, context),
        (_, RejectPolicy c) => Move(
            state, c.Version, context, Approvers, c.Reason, new PolicyRejected(c.Version, c.Reason, context.Actor.Id, context.Now),
            PolicyStage.AwaitingApproval),
        (_, WithdrawPolicy c) => Move(
            state, c.Version, context, Authors, c.Reason, new PolicyWithdrawn(c.Version, c.Reason, context.Actor.Id, context.Now),
            PolicyStage.Draft, PolicyStage.AwaitingApproval),
        (_, RollBackPolicy c) => RollBack(state, c, context),
        _ => Decision.Unsupported(command),
    };

    public static PolicyState Evolve(PolicyState state, Event @event) => @event switch
    {
        PolicySeeded e => Activate(
            state with
            {
                Document = e.Document,
                Versions = state.Versions.Add(new(state.Versions.Length + 1, PolicyStage.Approved, e.Text, 0, e.At, Actor.System.Id, null)),
            },
            state.Versions.Length + 1, e.At),
        PolicyProposed e => state with
        {
            Document = e.Document,
            Versions = state.Versions.Add(new(e.Version, PolicyStage.Draft, e.Text, e.BasedOn, e.EffectiveFrom, e.By, null)),
        },
        PolicySubmitted e => With(state, e.Version, version => version with { Stage = PolicyStage.AwaitingApproval, SubmittedBy = e.By }),
        PolicyApproved e => Activate(
            With(state, e.Version, version => version with { Stage = PolicyStage.Approved, EffectiveFrom = e.EffectiveFrom }),
            e.Version, e.EffectiveFrom),
        PolicyRejected e => With(state, e.Version, version => version with { Stage = PolicyStage.Rejected, Text = null }),
        PolicyWithdrawn e => With(state, e.Version, version => version with { Stage = PolicyStage.Withdrawn, Text = null }),
        PolicyRolledBack e => RolledBack(state, e),
        _ => throw new UnreachableException($"{@event.GetType().Name} in a policy document"),
    };

    private static Decision Seed(PolicyState state, SeedPolicy c, DecisionContext context)
    {
        if (!context.Actor.IsInternal()) return Decision.Refuse([.. OperatorRules.NeedsRole(context.Actor, [])]);
        return state.Document is null
            ? Decision.Accept(new PolicySeeded(c.Document, c.Text, ReferenceOf(c.Document), context.Now))
            : Decision.Nothing;
    }

    private static Decision Propose(PolicyState state, ProposePolicy c, DecisionContext context)
    {
        var newest = Newest(state);
        ImmutableArray<Problem> problems =
        [
            .. OperatorRules.NeedsRole(context.Actor, Authors), .. OperatorRules.NeedsReason(c.Reason),
            .. c.Text.Length is > 0 and <= MaxLength ? [] : (Problem[])[new(PolicyProblems.TooLarge, "text",
                $"A policy document has 1 to {MaxLength} characters; this one has {c.Text.Length}.", "Send the text of one document.")],
            .. newest?.Text != c.Text ? [] : (Problem[])[new(PolicyProblems.Unchanged, "text",
                $"The text is that of version {newest!.Number}.", "Change something, or leave it as it is.")],
        ];
        return problems.IsEmpty
            ? Decision.Accept(new PolicyProposed(
                state.Versions.Length + 1, c.Document, c.Text, newest?.Number ?? 0, c.EffectiveFrom, c.Reason, context.Actor.Id,
                ReferenceOf(c.Document), context.Now))
            : Decision.Refuse(problems);
    }

    private static Decision Approve(PolicyState state, ApprovePolicy c, DecisionContext context)
    {
        var version = state.Find(c.Version);
        var newest = Newest(state);
        var from = version?.EffectiveFrom > context.Now ? version.EffectiveFrom.Value : context.Now;
        ImmutableArray<Problem> problems =
        [
            .. OperatorRules.NeedsRole(context.Actor, Approvers), .. NeedsStage(state, c.Version, PolicyStage.AwaitingApproval),
            .. OperatorRules.NeedsSecondPerson(context.Actor, version?.ProposedBy),
            .. version?.SubmittedBy == version?.ProposedBy ? [] : OperatorRules.NeedsSecondPerson(context.Actor, version?.SubmittedBy),
            .. version is null || version.BasedOn == (newest?.Number ?? 0) ? [] : (Problem[])[new(PolicyProblems.Outdated, "version",
                $"Version {newest!.Number} was approved since version {version.Number} was proposed, and is not in it.",
                "Bring both together, and propose that.")],
            .. version is null || state.Activations is not [.., var last] || last.From <= from ? [] : (Problem[])[new(PolicyProblems.TooEarly, "effectiveFrom",
                $"Version {last.Version} is to hold from {last.From:yyyy-MM-dd HH:mm} UTC on, and this one from {from:yyyy-MM-dd HH:mm} UTC.",
                "Propose it for a later moment, or roll back to the version in force first: that takes what is to follow away.")],
        ];
        return problems.IsEmpty
            ? Decision.Accept(new PolicyApproved(c.Version, from, newest?.Number, c.Note, context.Actor.Id, context.Now))
            : Decision.Refuse(problems);
    }

    private static Decision RollBack(PolicyState state, RollBackPolicy c, DecisionContext context)
    {
        var version = state.Find(c.Version);
        ImmutableArray<Problem> problems =
        [
            .. OperatorRules.NeedsRole(context.Actor, Approvers), .. OperatorRules.NeedsReason(c.Reason),
            .. NeedsStage(state, c.Version, PolicyStage.Approved),
            .. version is not { Stage: PolicyStage.Approved, Text: null } ? [] : (Problem[])[new(PolicyProblems.NotKept, "version",
                $"Version {c.Version} is more than {KeptActivations} changes old.", "Propose its text as a new version.")],
        ];
        if (!problems.IsEmpty) return Decision.Refuse(problems);
        var inForce = state.InForce(context.Now)?.Number;
        ImmutableArray<int> replaces =
        [
            .. new[] { inForce }.OfType<int>().Concat(state.Activations.Where(one => one.From > context.Now).Select(one => one.Version))
                .Where(number => number != c.Version).Distinct(),
        ];
        return replaces.IsEmpty && inForce == c.Version
            ? Decision.Nothing
            : Decision.Accept(new PolicyRolledBack(c.Version, replaces, c.Reason, context.Actor.Id, context.Now));
    }

    private static Decision Move(
        PolicyState state, int version, DecisionContext context, ImmutableArray<string> roles, string reason, Event moved,
        params ReadOnlySpan<PolicyStage> from)
    {
        ImmutableArray<Problem> problems =
        [
            .. OperatorRules.NeedsRole(context.Actor, roles), .. OperatorRules.NeedsReason(reason), .. NeedsStage(state, version, from),
        ];
        return problems.IsEmpty ? Decision.Accept(moved) : Decision.Refuse(problems);
    }

    private static IEnumerable<Problem> NeedsStage(PolicyState state, int number, params ReadOnlySpan<PolicyStage> stages) => state.Find(number) switch
    {
        null => [new(PolicyProblems.VersionUnknown, "version", $"There is no version {number}; the newest is {state.Versions.Length}.", "Read the versions again.")],
        { } version when stages.Contains(version.Stage) => [],
        { } version => [new(PolicyProblems.WrongStage, "version", $"Version {number} is {Words(version.Stage)}.", "Read it again: somebody else may have been faster.")],
    };

    private static string Words(PolicyStage stage) => stage switch
    {
        PolicyStage.Draft => "a draft that was not submitted",
        PolicyStage.AwaitingApproval => "waiting for a second person",
        _ => stage.ToString().ToLowerInvariant(),
    };

    /// <summary>The approved version that holds last of all: the one to build on.</summary>
    private static PolicyVersion? Newest(PolicyState state) => state.Activations is [.., var last] ? state.Find(last.Version) : null;

    private static PolicyState RolledBack(PolicyState state, PolicyRolledBack e)
    {
        var begun = state with { Activations = [.. state.Activations.Where(one => one.From <= e.At)] };
        return Newest(begun)?.Number == e.Version ? begun : Activate(begun, e.Version, e.At);
    }

    private static PolicyState Activate(PolicyState state, int version, DateTimeOffset from)
    {
        ImmutableArray<PolicyActivation> activations = [.. state.Activations, new(version, from)];
        var kept = activations[Math.Max(0, activations.Length - KeptActivations)..];
        var holding = kept.Select(one => one.Version).ToHashSet();
        return state with
        {
            Activations = kept,
            Versions =
            [
                .. state.Versions.Select(one => one.Stage != PolicyStage.Approved || holding.Contains(one.Number) ? one : one with { Text = null }),
            ],
        };
    }

    private static PolicyState With(PolicyState state, int number, Func<PolicyVersion, PolicyVersion> change) =>
        state with { Versions = state.Versions.SetItem(number - 1, change(state.Versions[number - 1])) };

    private static ExternalReference ReferenceOf(string document) => new(PolicyNames.System, PolicyNames.Type, document);
}
