namespace Q2C.Silo.ReadModels;

internal enum WorkItemStatus { Open, Resolved }

internal sealed record WorkItemRow(
    string Id, string Grain, string ItemId, string? ContractId, ExceptionCategory Category, string Code, string Step,
    string Message, string Remedy, string OwnerRole, string? Connection, long? HeldMinor, string? HeldCurrency,
    WorkItemStatus Status, int Occurrences, DateTimeOffset RaisedAt, DateTimeOffset? ResolvedAt, string? Resolution,
    string? ResolvedBy, string? Reason) : ReadRow(Id);

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
        },
        _ => null,
    };

    private static WorkItemRow Raised(WorkItemRow? row, string key, Fact fact, ExceptionRaised e, Batch batch) => new(
        key, fact.Grain, e.Item.Id, batch.ContractOf(fact.Grain), e.Item.Category, e.Item.Code, e.Item.Step, e.Item.Message,
        e.Item.Remedy, e.Item.OwnerRole, e.Item.Connection, e.Item.Held?.Minor, e.Item.Held?.Currency, WorkItemStatus.Open,
        (row?.Occurrences ?? 0) + 1, e.At, ResolvedAt: null, Resolution: null, ResolvedBy: null, Reason: null);
}
