using System.Globalization;
using GreenDonut;
using Q2C.Gateway.Reading;
using Q2C.Projects;

namespace Q2C.Gateway.Resolvers;

/// <summary>Why work, or a whole engagement, is not billed, in a sentence.</summary>
/// <param name="Items">How many items it holds for; null where it is about more than items.</param>
/// <param name="ExceptionId">What has to be settled first.</param>
public sealed record UnbilledAnswer(
    string Sentence, int? Items, Money? Value, DateOnly? Oldest, string? ExceptionId);

/// <summary>What decides whether something is billed: an item, or all items of a project with which it is the same.</summary>
/// <param name="Held">The reason of a hold of billing.</param>
/// <param name="InvoiceStatus">Of the draft that it is on; null before there is one.</param>
internal sealed record UnbilledRow(
    string Id, BillableItemStatus Status, Disposition Disposition, string Explanation, int Items, DateOnly Oldest, long ValueMinor,
    string Currency, string? RunId, string? InvoiceId, string? InvoiceStatus, string? ExceptionId, string? ExceptionMessage, string? Held,
    string? HeldBy)
{
    public UnbilledAnswer Answer => new(UnbilledWording.Of(this), Items, new(ValueMinor, Currency), Oldest, ExceptionId);
}

/// <summary>The sentences.</summary>
internal static class UnbilledWording
{
    public static string Of(UnbilledRow why) => why switch
    {
        { Status: BillableItemStatus.Reserved, ExceptionMessage: { } message } => $"It is on a draft that cannot go on: {message}",
        { Status: BillableItemStatus.Reserved } => why.InvoiceStatus switch
        {
            null => "A billing run has set it aside and has not drafted its invoice yet.",
            "draft" => Held(why) ?? "It is on a draft whose tax is not asked for yet.",
            "taxing" => "It is on a draft that waits for its tax.",
            "awaitingApproval" => "It is on a draft that waits for a second person's approval.",
            "posting" => "It is on an invoice that is being posted to the ERP.",
            var status => $"It is on an invoice that is {status}.",
        },
        { Disposition: Disposition.Excluded } => $"It is not billable. {why.Explanation}",
        { Disposition: Disposition.WrittenOff } => $"It was given up. {why.Explanation}",
        { Disposition: Disposition.Deferred } => $"It is not billable yet. {why.Explanation}",
        { Disposition: Disposition.Capped } => $"It is beyond a limit of the contract. {why.Explanation} A change order that raises the limit makes it billable.",
        _ => Held(why) ?? $"It can be billed: the next billing run with a cut-off on or after {Day(why.Oldest)} takes it.",
    };

    /// <summary>Of an engagement that does not run, so that nothing of it can be billed.</summary>
    public static string NotRunning(string status, string? step, string? message) => (status, step) switch
    {
        ("withdrawn", _) => "The engagement was withdrawn: nothing of it is billed.",
        ("compensating", _) => "The activation is being undone: nothing of it is billed.",
        (_, { } stuck) => $"The engagement does not run yet: it waits at '{stuck}'. {message}",
        _ => "The engagement does not run yet: its activation is under way.",
    };

    private static string? Held(UnbilledRow why) => why.Held is null ? null : $"{why.HeldBy} holds its billing back: {why.Held}";

    private static string Day(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}

/// <summary>Reads what decides, for items and for engagements.</summary>
internal static class UnbilledSql
{
    /// <summary>
    /// Items that are on no issued invoice, with what stands in the way. An invoice of a run is found by its lines, as it
    /// does not own its items before it is issued.
    /// </summary>
    private const string Waiting =
        """
        select b.*, draft.id as draft_id, draft.status as draft_status, stuck.id as exception_id, stuck.message as exception_message,
               hold.reason as held, hold.placed_by as held_by
        from q2c_read.billable_item b
        left join lateral (
            select i.id, i.status from q2c_read.invoice i
            where b.run_id is not null and i.run_id = b.run_id
                and i.lines @> jsonb_build_array(jsonb_build_object('items', jsonb_build_array(jsonb_build_object('item_id', b.item_id))))
            limit 1) draft on true
        left join lateral (
            select w.id, w.message from q2c_read.exception w
            where w.grain = draft.id and w.status = 'open' order by w.raised_at limit 1) stuck on true
        left join lateral (
            select h.reason, h.placed_by from q2c_read.billing_hold h
            where h.subject = coalesce(draft.id, b.project_id) and h.released_at is null order by h.placed_at limit 1) hold on true
        """;

    public const string OfItems =
        $"""
        select jsonb_build_object(
            'id', w.id, 'status', w.status, 'disposition', w.disposition, 'explanation', w.explanation, 'items', 1, 'oldest', w.date,
            'value_minor', w.value_minor, 'currency', w.currency, 'run_id', w.run_id, 'invoice_id', w.draft_id,
            'invoice_status', w.draft_status, 'exception_id', w.exception_id, 'exception_message', w.exception_message, 'held', w.held,
            'held_by', w.held_by)::text
        from ({Waiting} where b.id = any($1) and b.status in ('open', 'reserved')) w
        """;

    /// <summary>Of all items for which the same sentence holds one row. What differs in the explanation is told of the oldest.</summary>
    public const string OfEngagement =
        $"""
        select jsonb_build_object(
            'id', min(w.id), 'status', w.status, 'disposition', w.disposition,
            'explanation', (array_agg(w.explanation order by w.date, w.id))[1], 'items', count(*), 'oldest', min(w.date),
            'value_minor', sum(w.value_minor), 'currency', w.currency, 'run_id', w.run_id, 'invoice_id', w.draft_id,
            'invoice_status', w.draft_status, 'exception_id', w.exception_id, 'exception_message', w.exception_message, 'held', w.held,
            'held_by', w.held_by)::text
        from ({Waiting} where b.project_id = $1 and b.status in ('open', 'reserved') order by b.date limit 10000) w
        group by w.status, w.disposition, w.currency, w.run_id, w.draft_id, w.draft_status, w.exception_id, w.exception_message, w.held,
                 w.held_by,
                 case when w.disposition in ('capped', 'deferred', 'excluded') then w.rule end
        order by min(w.date), min(w.id)
        """;

    /// <summary>What of the engagement's own cannot go on, and records of work that were not taken.</summary>
    public const string OfContract =
        """
        select jsonb_build_object(
            'status', c.status, 'project_id', c.project_id, 'exception_id', w.id, 'step', w.step, 'message', w.message,
            'refused', (
                select count(*) from q2c_read.exception r where r.grain = c.project_id and r.status = 'open'))::text
        from q2c_read.contract c
        left join lateral (
            select w.id, w.step, w.message from q2c_read.exception w
            where w.grain = c.id and w.status = 'open' order by w.raised_at limit 1) w on true
        where c.id = $1
        """;
}

internal sealed record UnbilledContract(
    string Status, string ProjectId, string? ExceptionId, string? Step, string? Message, int Refused);

/// <summary>Why the items of a request are not billed, read together. The key is <c>{project}/{item}</c>.</summary>
public sealed class WhyNotBilled(ReadModels readModels, IBatchScheduler scheduler, DataLoaderOptions options)
    : BatchDataLoader<string, string>(scheduler, options)
{
    protected override async Task<IReadOnlyDictionary<string, string>> LoadBatchAsync(
        IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
        (await readModels.Query<UnbilledRow>(UnbilledSql.OfItems, cancellationToken, (object)keys.ToArray()))
        .ToDictionary(row => row.Id, UnbilledWording.Of);
}

public sealed class UnbilledFields(ReadModels readModels)
{
    private static readonly string[] Running = ["active"];

    /// <summary>Empty when everything that was worked is on issued invoices.</summary>
    public async Task<IReadOnlyList<UnbilledAnswer>> GetWhyNotBilled([Parent] EngagementNode engagement, CancellationToken cancel)
    {
        var contract = (await readModels.Query<UnbilledContract>(UnbilledSql.OfContract, cancel, engagement.ContractId)).SingleOrDefault();
        if (contract is null) return [];
        if (!Running.Contains(contract.Status))
            return [new(UnbilledWording.NotRunning(contract.Status, contract.Step, contract.Message), null, null, null, contract.ExceptionId)];
        var items = await readModels.Query<UnbilledRow>(UnbilledSql.OfEngagement, cancel, contract.ProjectId);
        return
        [
            .. contract.Refused > 0
                ? (UnbilledAnswer[])[new(
                    $"{contract.Refused} records of work could not be taken: settle the exceptions of the project.", null, null, null, null)]
                : [],
            .. items.Select(row => row.Answer),
        ];
    }
}
