using System.Globalization;
using Q2C.Policies;

namespace Q2C.Silo.ReadModels;

internal sealed record PolicyVersionRow(
    string Id, string PolicyId, string Document, int Number, PolicyStage Stage, string Text, int BasedOn, DateTimeOffset? EffectiveFrom,
    string? Reason, string ProposedBy, DateTimeOffset ProposedAt, string? SubmittedBy, DateTimeOffset? SubmittedAt, string? DecidedBy,
    DateTimeOffset? DecidedAt, string? DecisionNote, DateTimeOffset? HoldsFrom, DateTimeOffset? HoldsUntil, DateTimeOffset UpdatedAt) : ReadRow(Id);

/// <summary>Versions of policy documents, with who decided and from when to when each holds.</summary>
internal sealed class PolicyVersionsModel() : Fold<PolicyVersionRow>("policy_document_version")
{
    protected override IEnumerable<string> Keys(Fact fact) => fact.Event switch
    {
        PolicySeeded => [Key(fact, 1)],
        PolicyProposed e => [Key(fact, e.Version)],
        PolicySubmitted e => [Key(fact, e.Version)],
        PolicyApproved e => [Key(fact, e.Version), .. e.Replaces is { } replaced ? [Key(fact, replaced)] : Array.Empty<string>()],
        PolicyRejected e => [Key(fact, e.Version)],
        PolicyWithdrawn e => [Key(fact, e.Version)],
        PolicyRolledBack e => [Key(fact, e.Version), .. e.Replaces.Select(replaced => Key(fact, replaced))],
        _ => [],
    };

    protected override PolicyVersionRow? Next(PolicyVersionRow? row, string key, Fact fact, Batch batch) => fact.Event switch
    {
        PolicySeeded e => Proposed(key, fact, e.Document, 1, e.Text, 0, e.At, null, Actor.System.Id, e.At) with
        {
            Stage = PolicyStage.Approved, HoldsFrom = e.At,
        },
        PolicyProposed e => Proposed(key, fact, e.Document, e.Version, e.Text, e.BasedOn, e.EffectiveFrom, e.Reason, e.By, e.At),
        PolicySubmitted e => Existing(row, fact) with
        {
            Stage = PolicyStage.AwaitingApproval, SubmittedBy = e.By, SubmittedAt = e.At, UpdatedAt = e.At,
        },
        PolicyApproved e when key == Key(fact, e.Version) => Existing(row, fact) with
        {
            Stage = PolicyStage.Approved, DecidedBy = e.By, DecidedAt = e.At, DecisionNote = e.Note, EffectiveFrom = e.EffectiveFrom,
            HoldsFrom = e.EffectiveFrom, HoldsUntil = null, UpdatedAt = e.At,
        },
        PolicyApproved e => Until(Existing(row, fact), e.EffectiveFrom, e.At),
        PolicyRejected e => Existing(row, fact) with
        {
            Stage = PolicyStage.Rejected, DecidedBy = e.By, DecidedAt = e.At, DecisionNote = e.Reason, UpdatedAt = e.At,
        },
        PolicyWithdrawn e => Existing(row, fact) with
        {
            Stage = PolicyStage.Withdrawn, DecidedBy = e.By, DecidedAt = e.At, DecisionNote = e.Reason, UpdatedAt = e.At,
        },
        PolicyRolledBack e when key == Key(fact, e.Version) => Existing(row, fact) with
        {
            HoldsFrom = row!.HoldsFrom <= e.At && !(row.HoldsUntil <= e.At) ? row.HoldsFrom : e.At, HoldsUntil = null,
            DecidedBy = e.By, DecidedAt = e.At, DecisionNote = e.Reason, UpdatedAt = e.At,
        },
        PolicyRolledBack e => Until(Existing(row, fact), e.At, e.At),
        _ => null,
    };

    private static PolicyVersionRow Proposed(
        string key, Fact fact, string document, int number, string text, int basedOn, DateTimeOffset? from, string? reason, string by,
        DateTimeOffset at) => new(
            key, fact.Grain, document, number, PolicyStage.Draft, text, basedOn, from, reason, by, at, SubmittedBy: null, SubmittedAt: null,
            DecidedBy: null, DecidedAt: null, DecisionNote: null, HoldsFrom: null, HoldsUntil: null, at);

    /// <summary>What would have begun only then never holds.</summary>
    private static PolicyVersionRow Until(PolicyVersionRow row, DateTimeOffset until, DateTimeOffset at) => row.HoldsFrom >= until
        ? row with { HoldsFrom = null, HoldsUntil = null, UpdatedAt = at }
        : row with { HoldsUntil = until, UpdatedAt = at };

    private static string Key(Fact fact, int number) => string.Create(CultureInfo.InvariantCulture, $"{fact.Grain}/{number}");
}
