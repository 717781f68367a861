using System.Runtime.CompilerServices;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using Q2C.Gateway.Reading;
using Q2C.Gateway.Security;

namespace Q2C.Gateway.Resolvers;

public sealed record ExceptionChange(string Cursor, ExceptionNode Exception);

public sealed record BillingRunProgress(string Cursor, BillingRunNode BillingRun);

public sealed record AlertChange(string Cursor, AlertNode Alert);

public sealed record BulkActionProgress(string Cursor, BulkActionNode BulkAction);

public sealed record ConnectionChange(string Cursor, ConnectionNode Connection);

/// <summary>What people watch: each event tells how something stands now, and carries the cursor to go on from.</summary>
public sealed class ChangeSubscriptions
{
    private static readonly TimeSpan HealthPoll = TimeSpan.FromSeconds(1);

    [Subscribe(With = nameof(FollowExceptions))]
    public ExceptionChange ExceptionChanged([EventMessage] ExceptionChange change) => change;

    [Subscribe(With = nameof(FollowRun))]
    public BillingRunProgress BillingRunProgress([EventMessage] BillingRunProgress progress) => progress;

    [Subscribe(With = nameof(FollowAlerts))]
    public AlertChange AlertChanged([EventMessage] AlertChange change) => change;

    [Subscribe(With = nameof(FollowBulkAction))]
    public BulkActionProgress BulkActionProgress([EventMessage] BulkActionProgress progress) => progress;

    [Subscribe(With = nameof(FollowConnections))]
    public ConnectionChange ConnectionHealth([EventMessage] ConnectionChange change) => change;

    public static IAsyncEnumerable<ExceptionChange> FollowExceptions(
        string? contractId, string? after, Changes changes, ReadModels readModels, Throttle throttle, ClaimsPrincipal user,
        CancellationToken cancel) =>
        throttle.Subscription(user, ReadPolicies.Staff, Exceptions(changes, readModels, contractId, after, cancel));

    /// <summary>Ends with the run.</summary>
    public static IAsyncEnumerable<BillingRunProgress> FollowRun(
        string billingRunId, string? after, Changes changes, ReadModels readModels, Objects objects, Throttle throttle,
        ClaimsPrincipal user, CancellationToken cancel) =>
        throttle.Subscription(user, ReadPolicies.Billing, Run(changes, readModels, objects, billingRunId, after, cancel));

    public static IAsyncEnumerable<AlertChange> FollowAlerts(
        string? after, Changes changes, ReadModels readModels, Throttle throttle, ClaimsPrincipal user, CancellationToken cancel) =>
        throttle.Subscription(user, ReadPolicies.Staff, Alerts(changes, readModels, after, cancel));

    /// <summary>Ends with the action.</summary>
    public static IAsyncEnumerable<BulkActionProgress> FollowBulkAction(
        string bulkActionId, string? after, Changes changes, ReadModels readModels, Throttle throttle, ClaimsPrincipal user,
        CancellationToken cancel) =>
        throttle.Subscription(user, ReadPolicies.Operations, BulkAction(changes, readModels, bulkActionId, after, cancel));

    /// <summary>How every connection stands, and each of them again when that changes. The cursor knows what was told.</summary>
    public static IAsyncEnumerable<ConnectionChange> FollowConnections(
        string? name, string? after, ReadModels readModels, Throttle throttle, TimeProvider clock, ClaimsPrincipal user,
        CancellationToken cancel) =>
        throttle.Subscription(user, ReadPolicies.Operations, Connections(readModels, clock, name, after, cancel));

    private static async IAsyncEnumerable<ExceptionChange> Exceptions(
        Changes changes, ReadModels readModels, string? contractId, string? after, [EnumeratorCancellation] CancellationToken cancel)
    {
        await foreach (var change in changes.Follow("exception", null, contractId, after, cancel))
        {
            if (await readModels.Find<ExceptionRow>("exception", change.Subject, cancel) is { } row)
                yield return new(change.Cursor, row.Node);
        }
    }

    private static async IAsyncEnumerable<BillingRunProgress> Run(
        Changes changes, ReadModels readModels, Objects objects, string billingRunId, string? after,
        [EnumeratorCancellation] CancellationToken cancel)
    {
        if (await objects.BillingRun(billingRunId) is null)
            throw Failures.BadInput($"'{billingRunId}' is not the id of a billing run.");

        // Who lost the connection just before the end hears of it again, instead of waiting for what will not come.
        if (after is not null && await readModels.Find<BillingRunRow>("billing_run", billingRunId, cancel) is { CompletedAt: not null } over)
        {
            yield return new(after, over.Node);
            yield break;
        }

        await foreach (var change in changes.Follow("billing-run", billingRunId, null, after ?? FromTheBeginning, cancel))
        {
            if (await readModels.Find<BillingRunRow>("billing_run", billingRunId, cancel) is not { } row) continue;
            yield return new(change.Cursor, row.Node);
            if (row.CompletedAt is not null) yield break;
        }
    }

    private static async IAsyncEnumerable<AlertChange> Alerts(
        Changes changes, ReadModels readModels, string? after, [EnumeratorCancellation] CancellationToken cancel)
    {
        await foreach (var change in changes.Follow("alert", null, null, after, cancel))
        {
            if (await readModels.Find<AlertNode>("alert", change.Subject, cancel) is { } alert) yield return new(change.Cursor, alert);
        }
    }

    private static async IAsyncEnumerable<BulkActionProgress> BulkAction(
        Changes changes, ReadModels readModels, string bulkActionId, string? after, [EnumeratorCancellation] CancellationToken cancel)
    {
        if (!await readModels.Has("bulk_action", bulkActionId))
            throw Failures.BadInput($"'{bulkActionId}' is not the id of a bulk action.");
        if (after is not null && await readModels.Find<BulkActionRow>("bulk_action", bulkActionId, cancel) is { CompletedAt: not null } over)
        {
            yield return new(after, over.Node);
            yield break;
        }

        await foreach (var change in changes.Follow("bulk-action", bulkActionId, null, after ?? FromTheBeginning, cancel))
        {
            if (await readModels.Find<BulkActionRow>("bulk_action", bulkActionId, cancel) is not { } row) continue;
            yield return new(change.Cursor, row.Node);
            if (row.CompletedAt is not null) yield break;
        }
    }

    private static async IAsyncEnumerable<ConnectionChange> Connections(
        ReadModels readModels, TimeProvider clock, string? name, string? after, [EnumeratorCancellation] CancellationToken cancel)
    {
        var told = Told(after);
        while (!cancel.IsCancellationRequested)
        {
            foreach (var connection in await ConnectionLists.All(readModels, cancel))
            {
                if (name is not null && connection.Name != name) continue;
                var mark = Mark(connection);
                if (told.GetValueOrDefault(connection.Name) == mark) continue;
                told[connection.Name] = mark;
                yield return new(string.Join(',', told.Select(pair => $"{pair.Key}={pair.Value}")), connection);
            }

            await Task.Delay(HealthPoll, clock, cancel);
        }
    }

    private const string FromTheBeginning = "";
    private const int MarkBytes = 6;

    private static SortedDictionary<string, string> Told(string? cursor) => new(
        (cursor ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries).Select(part => part.Split('=', 2))
            .Select(part => part is [var name, var mark] ? (name, mark) : throw Failures.BadInput($"'{cursor}' is not a cursor of this subscription."))
            .ToDictionary(part => part.name, part => part.mark), StringComparer.Ordinal);

    private static string Mark(ConnectionNode connection) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Rows.Write(connection))).AsSpan(0, MarkBytes));
}
