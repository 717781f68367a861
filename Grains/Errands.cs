using System.Collections.Immutable;

namespace Q2C.Grains;

/// <summary>
/// What an aggregate wants of other systems, by a key of its own (<c>erp-customer</c>), and the work items that stand in
/// the way. An effect's id is <c>{grain}/{key}/{round}</c>; each retry is a round.
/// </summary>
public sealed record Errands(string Grain, ImmutableDictionary<string, Errand> ByKey, ImmutableArray<WorkItem> Items)
{
    private const string WaitingSuffix = "/waiting";

    public static Errands None(string grain) => new(grain, ImmutableDictionary<string, Errand>.Empty, []);

    public bool Wants(string key) => ByKey.GetValueOrDefault(key) is null or { Status: ErrandStatus.Again };

    public bool Is(string key, ErrandStatus status) => ByKey.GetValueOrDefault(key)?.Status == status;

    public EffectRequest Request(string key, string connection, string subject, Operation operation) =>
        new($"{Grain}/{key}/{(ByKey.GetValueOrDefault(key)?.Round ?? 0) + 1}", connection, subject, operation);

    /// <summary>The key whose latest effect this is; null for an older round or somebody else's effect.</summary>
    public string? KeyOf(string effectId)
    {
        var end = effectId.LastIndexOf('/');
        if (end <= Grain.Length || !effectId.StartsWith(Grain + "/", StringComparison.Ordinal)) return null;
        var key = effectId[(Grain.Length + 1)..end];
        return ByKey.GetValueOrDefault(key)?.EffectId == effectId ? key : null;
    }

    public WorkItem? Item(string id) => Items.FirstOrDefault(item => item.Id == id);

    /// <summary>The item tells of a system that is being retried; nobody has to do anything.</summary>
    public static bool ResolvesItself(WorkItem item) => item.Id.EndsWith(WaitingSuffix, StringComparison.Ordinal);

    public bool NeedsAPerson => Items.Any(item => !ResolvesItself(item));

    /// <summary>The key of the errand behind an item; null for an item that is about something else.</summary>
    public string? KeyOfItem(string itemId) =>
        KeyOf(itemId.EndsWith(WaitingSuffix, StringComparison.Ordinal) ? itemId[..^WaitingSuffix.Length] : itemId);

    public ImmutableArray<Event> Trouble(string effectId, EffectOutcome outcome, StuckStep step, DateTimeOffset now)
    {
        var waiting = Item(effectId + WaitingSuffix);
        var connection = ByKey[KeyOf(effectId)!].Connection;
        return (outcome, waiting) switch
        {
            (EffectOutcome.Refused refused, null) => [new ExceptionRaised(Refusal(effectId, refused, step, connection), now)],
            (EffectOutcome.Refused refused, { } item) =>
                [Resolve(item, Resolutions.Withdrawn, now), new ExceptionRaised(Refusal(effectId, refused, step, connection), now)],
            (EffectOutcome.Unavailable away, null) => [new ExceptionRaised(Away(effectId, away, step, connection), now)],
            (EffectOutcome.Unknown unknown, null) => [new ExceptionRaised(Unclear(effectId, unknown, step, connection), now)],
            _ => [],
        };
    }

    /// <summary>What stood in the way of this key, in any round, no longer does.</summary>
    public ImmutableArray<Event> Succeeded(string key, DateTimeOffset now) =>
        [.. Items.Where(item => item.Id.StartsWith($"{Grain}/{key}/", StringComparison.Ordinal))
            .Select(item => Resolve(item, Resolutions.Succeeded, now))];

    public Errands Asked(EffectRequest effect, DateTimeOffset at)
    {
        var end = effect.Id.LastIndexOf('/');
        var errand = new Errand(effect.Id, effect.Connection, int.Parse(effect.Id.AsSpan(end + 1)), ErrandStatus.Waiting, at);
        return this with { ByKey = ByKey.SetItem(effect.Id[(Grain.Length + 1)..end], errand) };
    }

    public Errands Confirmed(string effectId, DateTimeOffset at) => Mark(KeyOf(effectId), ErrandStatus.Done, at);

    public Errands Raised(WorkItem item, DateTimeOffset at) =>
        (this with { Items = [.. Items.Where(other => other.Id != item.Id), item] })
        .Mark(KeyOf(item.Id), ErrandStatus.Refused, at);

    public Errands Resolved(ExceptionResolved resolved)
    {
        var left = this with { Items = [.. Items.Where(item => item.Id != resolved.ItemId)] };
        return resolved.Resolution switch
        {
            Resolutions.Retried => left.Mark(KeyOfItem(resolved.ItemId), ErrandStatus.Again, resolved.At),
            Resolutions.Skipped => left.Mark(KeyOfItem(resolved.ItemId), ErrandStatus.Skipped, resolved.At),
            _ => left,
        };
    }

    public Errands AskAgain(Func<string, bool> keys, DateTimeOffset at) =>
        ByKey.Keys.Where(keys).Aggregate(this, (errands, key) => errands.Mark(key, ErrandStatus.Again, at));

    private Errands Mark(string? key, ErrandStatus status, DateTimeOffset at) => key is null
        ? this
        : this with { ByKey = ByKey.SetItem(key, ByKey[key] with { Status = status, Since = at }) };

    private static ExceptionResolved Resolve(WorkItem item, string resolution, DateTimeOffset now) =>
        new(item.Id, resolution, null, Actor.System.Id, now);

    private static WorkItem Refusal(string effectId, EffectOutcome.Refused refused, StuckStep step, string connection)
    {
        var isBusiness = refused.Class == ErrorClass.Business;
        return new(
            effectId, isBusiness ? ExceptionCategory.Business : ExceptionCategory.Technical, refused.Code, step.Name,
            $"{step.Name}: {connection} refused. {refused.Message}", refused.Remedy,
            isBusiness ? step.OwnerRole : Roles.Operator, connection, step.Held);
    }

    private static WorkItem Away(string effectId, EffectOutcome.Unavailable away, StuckStep step, string connection)
    {
        var item = new WorkItem(
            effectId + WaitingSuffix, ExceptionCategory.Technical, "SYSTEM_UNAVAILABLE", step.Name,
            $"{step.Name}: {connection} cannot be reached and is being retried, next at {away.RetryAt:u}. {away.Message}",
            $"Nothing to do: this resolves itself when {connection} is back.", Roles.Operator, connection, step.Held);
        return away.Code == ProblemCodes.CredentialsRefused
            ? item with
            {
                Code = away.Code,
                Message = $"{step.Name}: {connection} refuses our credentials. {away.Message}",
                Remedy = $"Renew the credentials of the connection '{connection}'; it then goes on by itself.",
                OwnerRole = Roles.Administrator,
            }
            : item;
    }

    private static WorkItem Unclear(string effectId, EffectOutcome.Unknown unknown, StuckStep step, string connection) => new(
        effectId + WaitingSuffix, ExceptionCategory.Technical, "OUTCOME_UNKNOWN", step.Name,
        $"{step.Name}: {connection} was asked and did not answer; it is being looked up before anything is sent again. {unknown.Message}",
        $"Nothing to do: this resolves itself when {connection} shows what became of the request.", Roles.Operator,
        connection, step.Held);
}

/// <summary>One thing wanted of another system: its latest effect and what became of it.</summary>
public sealed record Errand(string EffectId, string Connection, int Round, ErrandStatus Status, DateTimeOffset Since);

public enum ErrandStatus
{
    Waiting,
    Done,
    Refused,
    Skipped,

    /// <summary>To be asked for in a new round.</summary>
    Again,
}

/// <summary>How a step is shown to the person who has to deal with it.</summary>
public sealed record StuckStep(string Name, string OwnerRole, Money? Held = null);

/// <summary>How a work item ended.</summary>
public static class Resolutions
{
    public const string Retried = "retried";
    public const string Corrected = "corrected";
    public const string Skipped = "skipped";
    public const string Compensated = "compensated";
    public const string Succeeded = "succeeded";
    public const string Withdrawn = "withdrawn";
}
