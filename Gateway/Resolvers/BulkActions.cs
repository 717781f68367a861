using System.Text.Json;
using Q2C.BulkActions;
using Q2C.Gateway.Reading;

namespace Q2C.Gateway.Resolvers;

/// <summary>An action on many exceptions and how far it is.</summary>
public sealed record BulkActionNode(
    string Id, BulkActionKind Kind, string Filter, string Reason, int PerMinute, BulkActionStatus Status, string ProposedBy,
    DateTimeOffset? ProposedAt, int Total, int Checked, int Possible, string? ApprovalNeeded, string? DecidedBy, string? DecisionNote,
    DateTimeOffset? StartedAt, string? PausedReason, int Done, int Succeeded, int Failed, int Unsettled, DateTimeOffset? CompletedAt)
{
    public int Impossible => Checked - Possible;
}

internal sealed record BulkActionRow(
    string Id, BulkActionKind Kind, JsonElement Query, string Reason, int PerMinute, int Total, BulkActionStatus Status,
    string ProposedBy, DateTimeOffset ProposedAt, int Checked, int Possible, string? ApprovalNeeded, string? DecidedBy,
    string? DecisionNote, DateTimeOffset? StartedAt, string? PausedReason, int Done, int Succeeded, int Failed, int Unsettled,
    DateTimeOffset? CompletedAt)
{
    public BulkActionNode Node => new(
        Id, Kind, Query.GetRawText(), Reason, PerMinute, Status, ProposedBy, ProposedAt, Total, Checked, Possible, ApprovalNeeded, DecidedBy,
        DecisionNote, StartedAt, PausedReason, Done, Succeeded, Failed, Unsettled, CompletedAt);
}

/// <param name="Number">Its place in the selection, from 1.</param>
public sealed record BulkItemNode(
    string Id, int Number, string ExceptionId, Money? Held, bool? Possible, IReadOnlyList<string> Effects, string? Finding,
    BulkOutcome? Outcome, string? Message, DateTimeOffset? DoneAt);

internal sealed record BulkItemRow(
    string Id, int Ordinal, string ExceptionId, long? HeldMinor, string? HeldCurrency, bool? Possible, IReadOnlyList<string> Effects,
    string? Finding, BulkOutcome? Outcome, string? Message, DateTimeOffset? DoneAt)
{
    public BulkItemNode Node => new(
        Id, Ordinal + 1, ExceptionId, HeldMinor is { } held && HeldCurrency is { } currency ? new Money(held, currency) : null, Possible,
        Effects, Finding, Outcome, Message, DoneAt);
}

public sealed record PlannedEffects(string Connection, string Operation, int Count);

public sealed record BulkItemFilter(bool? Possible, IReadOnlyList<BulkOutcome>? Outcome);

public sealed class BulkActionQueries(ReadModels readModels)
{
    private static readonly Listing Newest = new("bulk_action", "proposed_at", "timestamptz", Descending: true);

    public async Task<BulkActionNode?> GetBulkAction(string id, string? atLeast, CancellationToken cancel)
    {
        await readModels.Reach(atLeast, cancel);
        return (await readModels.Find<BulkActionRow>("bulk_action", id, cancel))?.Node;
    }

    public async Task<Page<BulkActionNode>> GetBulkActions(
        IReadOnlyList<BulkActionStatus>? status, int? first, string? after, int? last, string? before, string? atLeast,
        CancellationToken cancel)
    {
        await readModels.Reach(atLeast, cancel);
        var page = await readModels.Page<BulkActionRow>(
            Newest, PageRequest.Of(first, after, last, before), new Criteria().OneOf("status", status), cancel);
        return page.Select(row => row.Node);
    }
}

public sealed class BulkActionFields(ReadModels readModels)
{
    private static readonly Listing InOrder = new("bulk_item", "ordinal", "int", Descending: false);

    private const string Planned =
        """
        select jsonb_build_object('connection', split_part(e, ' ', 1), 'operation', split_part(e, ' ', 2), 'count', count(*))::text
        from q2c_read.bulk_item i cross join lateral unnest(i.effects) e where i.bulk_action_id = $1 and i.possible
        group by e order by e
        """;

    private const string Held =
        """
        select jsonb_build_object('minor', sum(minor)::bigint, 'currency', currency)::text
        from (
            select held_currency as currency, max(held_minor) as minor from q2c_read.bulk_item
            where bulk_action_id = $1 and held_minor is not null group by held_currency, split_part(exception_id, '/', 1)) each
        group by currency order by currency
        """;

    public Task<IReadOnlyList<PlannedEffects>> GetPlannedEffects([Parent] BulkActionNode action, CancellationToken cancel) =>
        readModels.Query<PlannedEffects>(Planned, cancel, action.Id);

    public async Task<IEnumerable<Money>> GetHeld([Parent] BulkActionNode action, CancellationToken cancel) =>
        (await readModels.Query<HeldAmount>(Held, cancel, action.Id)).Select(held => held.Money);

    public async Task<Page<BulkItemNode>> GetItems(
        [Parent] BulkActionNode action, BulkItemFilter? filter, int? first, string? after, int? last, string? before, NestedPages pages,
        CancellationToken cancel)
    {
        var criteria = new Criteria().Equal("possible", filter?.Possible).OneOf("outcome", filter?.Outcome);
        return (await pages.Load<BulkItemRow>(
            InOrder, PageRequest.Of(first, after, last, before), criteria, "bulk_action_id", action.Id, cancel)).Select(row => row.Node);
    }
}

public sealed class BulkItemFields
{
    public Task<ExceptionNode?> GetException([Parent] BulkItemNode item, ExceptionById exceptions, CancellationToken cancel) =>
        exceptions.LoadAsync(item.ExceptionId, cancel);
}
