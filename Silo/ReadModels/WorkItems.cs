using System.Globalization;
using System.Text.RegularExpressions;

namespace Q2C.Silo.ReadModels;

internal enum WorkItemStatus { Open, Resolved }

internal sealed record WorkItemRow(
    string Id, string Grain, string ItemId, string? ContractId, ExceptionCategory Category, string Code, string Step,
    string Message, string Remedy, string OwnerRole, string? Connection, long? HeldMinor, string? HeldCurrency,
    WorkItemStatus Status, int Occurrences, DateTimeOffset RaisedAt, DateTimeOffset? ResolvedAt, string? Resolution,
    string? ResolvedBy, string? Reason, string Thread, string? VendorError, string? ResolvedRow) : ReadRow(Id);

/// <summary>What waits or waited for a person, in any grain.</summary>
internal sealed class WorkItemsModel() : Fold<WorkItemRow>("work_item")
{
    protected override IEnumerable<string> Keys(Fact fact) => fact.Event switch
    {
        ExceptionRaised e => [$"{fact.Grain}/{e.Item.Id}"],
        ExceptionResolved e => [$"{fact.Grain}/{e.ItemId}"],
        _ => [],
    };

    protected override WorkItemRow? Next(WorkItemRow? row, string key, Fact fact, Batch batch) => fact.Event switch
    {
        ExceptionRaised e => Raised(row, key, fact, e, batch),
        ExceptionResolved e => Existing(row, fact) with
        {
            Status = WorkItemStatus.Resolved, ResolvedAt = e.At, Resolution = e.Resolution, ResolvedBy = e.By, Reason = e.Reason,
            ResolvedRow = $"{fact.Grain}@{fact.Version}",
        },
        _ => null,
    };

    private static WorkItemRow Raised(WorkItemRow? row, string key, Fact fact, ExceptionRaised e, Batch batch) => new(
        key, fact.Grain, e.Item.Id, batch.ContractOf(fact.Grain), e.Item.Category, e.Item.Code, e.Item.Step, e.Item.Message,
        e.Item.Remedy, e.Item.OwnerRole, e.Item.Connection, e.Item.Held?.Minor, e.Item.Held?.Currency, WorkItemStatus.Open,
        (row?.Occurrences ?? 0) + 1, e.At, ResolvedAt: null, Resolution: null, ResolvedBy: null, Reason: null,
        WorkThread.Of(fact.Grain, e.Item.Id).Name, VendorErrors.Of(e.Item), ResolvedRow: null);
}

/// <summary>What of a grain is tried again as the same thing, and in which round.</summary>
/// <param name="Round">0 for what has no rounds.</param>
internal readonly record struct WorkThread(string Name, int Round)
{
    private const string Waiting = "/waiting";

    /// <summary>The id of an effect, <c>{grain}/{key}/{round}</c>, is a round of its key; every other item is a thread of its own.</summary>
    public static WorkThread Of(string grain, string itemId)
    {
        if (!itemId.StartsWith(grain + "/", StringComparison.Ordinal)) return new(itemId, 0);
        var effect = itemId.EndsWith(Waiting, StringComparison.Ordinal) ? itemId[..^Waiting.Length] : itemId;
        var end = effect.LastIndexOf('/');
        return end > grain.Length && int.TryParse(effect.AsSpan(end + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var round)
            ? new(effect[(grain.Length + 1)..end], round)
            : new(itemId, 0);
    }
}

/// <param name="Troubles">When each began.</param>
internal sealed record WorkThreadRow(
    string Id, string Grain, string? ContractId, IReadOnlyList<DateTimeOffset> Troubles, int LastRound, string? LastResolution)
    : ReadRow(Id);

/// <summary>
/// Since when a thing is in trouble. A retry that fails goes on with the same trouble; what fails again after it had
/// succeeded, or was settled otherwise, is another one.
/// </summary>
internal sealed class WorkThreadsModel() : Fold<WorkThreadRow>("work_thread")
{
    /// <summary>What is older counts as a trouble of its own.</summary>
    private const int MaxTroubles = 50;

    private static readonly string[] GoesOn = ["retried", "corrected", "withdrawn"];

    protected override IEnumerable<string> Keys(Fact fact) => fact.Event switch
    {
        ExceptionRaised e => [Key(fact, e.Item.Id)],
        ExceptionResolved e => [Key(fact, e.ItemId)],
        _ => [],
    };

    protected override WorkThreadRow? Next(WorkThreadRow? row, string key, Fact fact, Batch batch) => fact.Event switch
    {
        ExceptionRaised e => Raised(row, key, fact, e, batch),
        ExceptionResolved e => Existing(row, fact) with { LastResolution = e.Resolution },
        _ => null,
    };

    private static WorkThreadRow Raised(WorkThreadRow? row, string key, Fact fact, ExceptionRaised e, Batch batch)
    {
        var round = WorkThread.Of(fact.Grain, e.Item.Id).Round;
        var goesOn = row is not null && round <= row.LastRound + 1
            && (row.LastResolution is null || GoesOn.Contains(row.LastResolution));
        return new(
            key, fact.Grain, batch.ContractOf(fact.Grain),
            goesOn ? row!.Troubles : [.. (row?.Troubles ?? []).TakeLast(MaxTroubles - 1), e.At], round, LastResolution: null);
    }

    private static string Key(Fact fact, string itemId) => $"{fact.Grain}/{WorkThread.Of(fact.Grain, itemId).Name}";
}

/// <summary>What another system said against a step, without what differs from one object to the next.</summary>
internal static partial class VendorErrors
{
    private const int MaxLength = 200;

    /// <summary>Null for an item that is about no connection.</summary>
    public static string? Of(WorkItem item)
    {
        if (item.Connection is null) return null;
        var prefix = $"{item.Step}: {item.Connection} ";
        var said = item.Message.StartsWith(prefix, StringComparison.Ordinal) ? item.Message[prefix.Length..] : item.Message;
        var plain = Values().Replace(Quoted().Replace(said, "'…'"), "#");
        return plain.Length > MaxLength ? plain[..MaxLength] : plain;
    }

    [GeneratedRegex("""'[^']*'|"[^"]*"|„[^“]*“|“[^”]*”""")]
    private static partial Regex Quoted();

    // A word with a digit in it: an id, a number, a date.
    [GeneratedRegex(@"[\w.:+-]*\d[\w.:+-]*(?:[ ,]*[\w.:+-]*\d[\w.:+-]*)*")]
    private static partial Regex Values();
}
