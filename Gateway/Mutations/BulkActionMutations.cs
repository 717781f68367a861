using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Claims;
using System.Text.Json;
using System.Text.Json.Serialization;
using Q2C.BulkActions;
using Q2C.Gateway.Reading;
using Q2C.Gateway.Resolvers;
using Q2C.Gateway.Security;

namespace Q2C.Gateway.Mutations;

public sealed record ProposeBulkActionInput(
    string IdempotencyKey, BulkActionKind Kind, ExceptionFilter? Filter, IReadOnlyList<string>? ExceptionIds, int PerMinute, string Reason,
    DeliverySelection? Deliveries, string? Assignee, IReadOnlyList<string>? AddTags, IReadOnlyList<string>? RemoveTags,
    DateTimeOffset? Until, string? Connection);

/// <summary>Deliveries of a connection that were processed, from a point on.</summary>
/// <param name="From">The first one.</param>
/// <param name="Received">Null for whenever.</param>
public sealed record DeliverySelection(string Connection, string? From, InstantRange? Received);

public sealed record DecideBulkActionInput(string IdempotencyKey, string BulkActionId, string? Note);

public sealed record MoveBulkActionInput(string IdempotencyKey, string BulkActionId, string Reason);

public sealed record BulkActionPayload(BulkActionNode? BulkAction, string? Freshness, IReadOnlyList<object> Errors);

/// <summary>
/// Actions on many exceptions. They go across legal entities and regions, so they are for callers who see all of them.
/// </summary>
public sealed class BulkActionMutations(IClusterClient cluster, CommandSender commands, ReadModels readModels, GatewayOptions options)
{
    private const int OneTooMany = 10_001;

    private static readonly string[] Operators = [Roles.Operator];
    private static readonly string[] Approvers = [Roles.Operator, Roles.FinanceApprover, Roles.Administrator];

    private static readonly JsonSerializerOptions Stored = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseUpper) },
    };

    public async Task<BulkActionPayload> ProposeBulkAction(ProposeBulkActionInput input, ClaimsPrincipal user, CancellationToken cancel)
    {
        if (Refusal(user, Operators, input.IdempotencyKey) is { } refusal) return new(null, null, refusal.Errors);
        var id = Ids.Derive(options.Region, Ids.BulkAction, user.ToActor().Id, input.IdempotencyKey);
        var query = JsonSerializer.Serialize(new { input.Filter, input.ExceptionIds, input.Deliveries }, Stored);
        var recorded = await cluster.GetGrain<IBulkActionGrain>(id).Read();
        var items = recorded?.Order.Items ?? [.. await Select(input, cancel)];
        return await Send(
            user, id, input.IdempotencyKey,
            new ProposeBulkAction(new(input.Kind, query, items, input.Reason, input.PerMinute, Arguments(input))), cancel);
    }

    private static BulkArguments Arguments(ProposeBulkActionInput input) => new(
        input.Assignee, [.. input.AddTags ?? []], [.. input.RemoveTags ?? []], input.Until?.ToUniversalTime(), input.Connection);

    public Task<BulkActionPayload> ApproveBulkAction(DecideBulkActionInput input, ClaimsPrincipal user, CancellationToken cancel) =>
        Move(user, Approvers, input.BulkActionId, input.IdempotencyKey, new ApproveBulkAction(input.Note), cancel);

    public Task<BulkActionPayload> RejectBulkAction(MoveBulkActionInput input, ClaimsPrincipal user, CancellationToken cancel) =>
        Move(user, Approvers, input.BulkActionId, input.IdempotencyKey, new RejectBulkAction(input.Reason), cancel);

    public Task<BulkActionPayload> StartBulkAction(MoveBulkActionInput input, ClaimsPrincipal user, CancellationToken cancel) =>
        Move(user, Operators, input.BulkActionId, input.IdempotencyKey, new StartBulkAction(input.Reason), cancel);

    public Task<BulkActionPayload> PauseBulkAction(MoveBulkActionInput input, ClaimsPrincipal user, CancellationToken cancel) =>
        Move(user, Operators, input.BulkActionId, input.IdempotencyKey, new PauseBulkAction(input.Reason), cancel);

    public Task<BulkActionPayload> ResumeBulkAction(MoveBulkActionInput input, ClaimsPrincipal user, CancellationToken cancel) =>
        Move(user, Operators, input.BulkActionId, input.IdempotencyKey, new ResumeBulkAction(input.Reason), cancel);

    public Task<BulkActionPayload> CancelBulkAction(MoveBulkActionInput input, ClaimsPrincipal user, CancellationToken cancel) =>
        Move(user, Operators, input.BulkActionId, input.IdempotencyKey, new CancelBulkAction(input.Reason), cancel);

    /// <summary>The exceptions as they are now, the oldest first; a filter and ids together select those that are both.</summary>
    private async Task<IEnumerable<BulkItem>> Select(ProposeBulkActionInput input, CancellationToken cancel)
    {
        if (input.Deliveries is { } deliveries) return await Select(deliveries, cancel);
        if (input is { Filter: null, ExceptionIds: null }) return [];
        var criteria = ExceptionFilter.Criteria(input.Filter);
        if (input.ExceptionIds is { } ids) criteria.Add($"t.id = any({criteria.Parameter(ids.ToArray())})");
        var rows = await readModels.Query<SelectedRow>(
            $"""
            select jsonb_build_object(
                'id', t.id, 'held_minor', t.held_minor, 'held_currency', t.held_currency, 'contract_id', t.contract_id, 'case_id', t.case_id,
                'connection', t.connection)::text
            from q2c_read.exception t where {criteria.Sql} order by t.raised_at, t.id limit {OneTooMany}
            """, cancel, [.. criteria.Values]);
        return rows.Select(row => new BulkItem(
            row.Id, row is { HeldMinor: { } minor, HeldCurrency: { } currency } ? new Money(minor, currency) : null, row.ContractId,
            row.CaseId, row.Connection));
    }

    /// <summary>In the order in which they came.</summary>
    private async Task<IEnumerable<BulkItem>> Select(DeliverySelection selection, CancellationToken cancel)
    {
        var criteria = new Criteria().Equal("connection", selection.Connection).Equal("status", Rows.Name(DeliveryStatus.Done))
            .Within("received_at", selection.Received);
        if (selection.From is { } first)
            criteria.Add($"id >= {criteria.Parameter(long.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : long.MaxValue)}");
        var rows = await readModels.Query<SelectedDelivery>(
            $"""
            select jsonb_build_object('id', t.id, 'connection', t.connection)::text
            from q2c_read.delivery t where {criteria.Sql} order by t.id limit {OneTooMany}
            """, cancel, [.. criteria.Values]);
        return rows.Select(row => new BulkItem($"delivery/{row.Id}", null, Connection: row.Connection));
    }

    private async Task<BulkActionPayload> Move(
        ClaimsPrincipal user, string[] roles, string id, string key, Command command, CancellationToken cancel,
        [CallerMemberName] string mutation = "")
    {
        if (Refusal(user, roles, key, mutation, id) is { } refusal) return new(null, null, refusal.Errors);
        return Ids.Is(id, Ids.BulkAction)
            ? await Send(user, id, key, command, cancel)
            : new(null, null, [MutationErrors.NotFound("input.bulkActionId", id, "a bulk action")]);
    }

    private async Task<BulkActionPayload> Send(ClaimsPrincipal user, string id, string key, Command command, CancellationToken cancel)
    {
        var sent = await commands.Send(user, id, key, command);
        if (sent.IsRefused) return new(null, null, sent.Errors);
        await readModels.Reach(sent.Freshness, cancel);
        return new((await readModels.Find<BulkActionRow>("bulk_action", id, cancel))?.Node, sent.Freshness, []);
    }

    private static Sent? Refusal(
        ClaimsPrincipal user, string[] roles, string key, [CallerMemberName] string mutation = "", string? subject = null) =>
        CommandSender.Refusal(user, roles, key, mutation, subject) is { } refusal ? refusal
        : Sight.Of(user).IsEverything ? null
        : CommandSender.Denied(user, new(
            ProblemCodes.Forbidden, "", "This is done across all legal entities and regions, and you see only some.",
            "Settle the exceptions one by one, or ask somebody who sees all of them.", []), key, mutation, subject);

    private sealed record SelectedRow(
        string Id, long? HeldMinor, string? HeldCurrency, string? ContractId, string? CaseId, string? Connection);

    private sealed record SelectedDelivery(long Id, string Connection);
}
