using System.Globalization;
using DiffPlex.DiffBuilder;
using DiffPlex.DiffBuilder.Model;
using GreenDonut;
using Q2C.Gateway.Reading;
using Q2C.Policies;

namespace Q2C.Gateway.Resolvers;

public enum PolicyStatus { Draft, AwaitingApproval, Scheduled, InForce, Replaced, Rejected, Withdrawn }

/// <summary>A policy document with the versions that matter now.</summary>
public sealed record PolicyNode(
    string Id, string Document, PolicyKind Kind, string? Connection, string? Shipped, PolicyVersionNode? InForce,
    IReadOnlyList<PolicyVersionNode> Scheduled, IReadOnlyList<PolicyVersionNode> Open);

/// <summary>One version. Its text is read when it is asked for.</summary>
public sealed record PolicyVersionNode(
    string Id, string PolicyId, string Document, int Number, PolicyStatus Status, int BasedOn, DateTimeOffset? EffectiveFrom, string? Reason,
    string ProposedBy, DateTimeOffset ProposedAt, string? SubmittedBy, DateTimeOffset? SubmittedAt, string? DecidedBy,
    DateTimeOffset? DecidedAt, string? DecisionNote, DateTimeOffset? HoldsFrom, DateTimeOffset? HoldsUntil);

public enum TextChange { Same, Removed, Added }

public sealed record DifferenceLine(TextChange Kind, int? Before, int? After, string Text);

public sealed record PolicyTrialInput(string Document, int? Version, string? Text, string? Connection, int Last, DateTimeOffset? Since);

public sealed record PolicyTrialNode(
    IReadOnlyList<DocumentProblem> Problems, int Same, int Different, int NotTried, IReadOnlyList<TriedRecordNode> Records);

public sealed record TriedRecordNode(
    string Id, bool IsEffect, string Connection, string Subject, DateTimeOffset At, TrialOutcome Outcome, string? Message,
    IReadOnlyList<ValueDifference> Differences);

internal static class PolicyLists
{
    private const string Current =
        "select row_to_json(t)::text from q2c_read.policy_version t where status in ('draft', 'awaitingApproval', 'scheduled', 'inForce')";

    public static async Task<IReadOnlyList<PolicyNode>> All(PolicyDocuments documents, ReadModels readModels, CancellationToken cancel)
    {
        var versions = (await readModels.Query<PolicyVersionNode>(Current, cancel)).ToLookup(version => version.Document, StringComparer.Ordinal);
        return [.. (await documents.Known()).Select(known => Node(documents, known, [.. versions[known.Document]]))];
    }

    public static async Task<PolicyNode?> Find(
        PolicyDocuments documents, ReadModels readModels, string document, CancellationToken cancel)
    {
        if ((await documents.Known()).FirstOrDefault(one => one.Document == document) is not { } known) return null;
        return Node(documents, known, await readModels.Query<PolicyVersionNode>($"{Current} and policy_id = $1", cancel, documents.IdOf(document)));
    }

    public static Task<PolicyVersionNode?> Version(
        PolicyDocuments documents, ReadModels readModels, string document, int number, CancellationToken cancel) =>
        readModels.Find<PolicyVersionNode>("policy_version", VersionId(documents, document, number), cancel);

    /// <summary>The newest version with this text that somebody proposed.</summary>
    public static async Task<PolicyVersionNode?> Drafted(
        PolicyDocuments documents, ReadModels readModels, string document, string by, string text, CancellationToken cancel) =>
        await readModels.Query<PolicyVersionNode>(
            """
            select row_to_json(v)::text from q2c_read.policy_version v join q2c_read.policy_text t on t.id = v.id
            where v.policy_id = $1 and v.proposed_by = $2 and t.text = $3 order by v.number desc limit 1
            """, cancel, documents.IdOf(document), by, text) is [var newest] ? newest : null;

    public static async Task<string?> Text(
        PolicyDocuments documents, ReadModels readModels, string document, int number, CancellationToken cancel) =>
        (await readModels.Find<PolicyTextRow>("policy_text", VersionId(documents, document, number), cancel))?.Text;

    private static string VersionId(PolicyDocuments documents, string document, int number) =>
        string.Create(CultureInfo.InvariantCulture, $"{documents.IdOf(document)}/{number}");

    private static PolicyNode Node(PolicyDocuments documents, KnownDocument known, IReadOnlyList<PolicyVersionNode> versions) => new(
        documents.IdOf(known.Document), known.Document, known.Kind, known.Connection, known.Shipped,
        versions.FirstOrDefault(version => version.Status == PolicyStatus.InForce),
        [.. versions.Where(version => version.Status == PolicyStatus.Scheduled).OrderBy(version => version.HoldsFrom)],
        [.. versions.Where(version => version.Status is PolicyStatus.Draft or PolicyStatus.AwaitingApproval).OrderByDescending(version => version.Number)]);
}

internal sealed record PolicyTextRow(string Id, string Text);

public sealed class PolicyQueries(PolicyDocuments documents, ReadModels readModels)
{
    public async Task<IEnumerable<PolicyNode>> GetPolicies(PolicyKind? kind, string? connection, string? atLeast, CancellationToken cancel)
    {
        await readModels.Reach(atLeast, cancel);
        return (await PolicyLists.All(documents, readModels, cancel))
            .Where(policy => policy.Kind == (kind ?? policy.Kind) && policy.Connection == (connection ?? policy.Connection));
    }

    public async Task<PolicyNode?> GetPolicy(string document, string? atLeast, CancellationToken cancel)
    {
        await readModels.Reach(atLeast, cancel);
        return await PolicyLists.Find(documents, readModels, document, cancel);
    }

    public async Task<IEnumerable<DocumentProblem>> GetPolicyProblems(string document, string text) => await documents.Check(document, text);

    public async Task<IEnumerable<DifferenceLine>> GetPolicyDifference(
        string document, int? from, int? to, string? text, CancellationToken cancel)
    {
        var before = from is { } number ? await TextOf(document, number, cancel) : await TextInForce(document, cancel);
        var (removed, added) = (0, 0);
        var after = await Given(document, to, text, "to", cancel);
        return InlineDiffBuilder.Diff(before.TrimEnd('\n'), after.TrimEnd('\n'), ignoreWhiteSpace: false).Lines.Select(line => line.Type switch
        {
            ChangeType.Deleted => new DifferenceLine(TextChange.Removed, ++removed, null, line.Text),
            ChangeType.Inserted => new(TextChange.Added, null, ++added, line.Text),
            _ => new(TextChange.Same, ++removed, ++added, line.Text),
        });
    }

    public async Task<PolicyTrialNode> GetPolicyTrial(PolicyTrialInput input, CancellationToken cancel)
    {
        var text = await Given(input.Document, input.Version, input.Text, "version", cancel);
        var trial = await documents.TryOut(new(input.Document, text, input.Connection, input.Last, input.Since));
        var same = trial.Records.Count(record => record.Outcome == TrialOutcome.Same);
        var notTried = trial.Records.Count(record => record.Outcome == TrialOutcome.NotTried);
        return new(
            trial.Problems, same, trial.Records.Length - same - notTried, notTried,
            [
                .. trial.Records.Where(record => record.Outcome != TrialOutcome.Same).Select(record => new TriedRecordNode(
                    record.Id, record.IsEffect, record.Connection, record.Subject, record.At, record.Outcome, record.Message, record.Differences)),
            ]);
    }

    private async Task<string> Given(string document, int? version, string? text, string name, CancellationToken cancel) => (version, text) switch
    {
        ({ } number, null) => await TextOf(document, number, cancel),
        (null, { } given) => given,
        _ => throw Failures.BadInput($"Give '{name}' or 'text', and one of them only."),
    };

    private async Task<string> TextOf(string document, int number, CancellationToken cancel) =>
        await PolicyLists.Text(documents, readModels, document, number, cancel)
        ?? throw Failures.BadInput($"'{document}' has no version {number}.");

    private async Task<string> TextInForce(string document, CancellationToken cancel) =>
        await PolicyLists.Find(documents, readModels, document, cancel) switch
        {
            null => throw Failures.BadInput($"There is no policy document '{document}'."),
            { InForce: { } version } => await TextOf(document, version.Number, cancel),
            { Shipped: var shipped } => shipped ?? "",
        };
}

public sealed class PolicyFields
{
    private static readonly Listing Newest = new("policy_version", "number", "int", Descending: true);

    public async Task<string?> GetText([Parent] PolicyNode policy, PolicyTexts texts, CancellationToken cancel) =>
        policy.InForce is { } version ? await texts.LoadAsync(version.Id, cancel) : policy.Shipped;

    public async Task<Page<PolicyVersionNode>> GetVersions(
        [Parent] PolicyNode policy, int? first, string? after, int? last, string? before, NestedPages pages, CancellationToken cancel) =>
        await pages.Load<PolicyVersionNode>(
            Newest, PageRequest.Of(first, after, last, before), new(), "policy_id", policy.Id, cancel);
}

public sealed class PolicyVersionFields
{
    public async Task<string> GetText([Parent] PolicyVersionNode version, PolicyTexts texts, CancellationToken cancel) =>
        await texts.LoadAsync(version.Id, cancel) ?? "";
}

public sealed class TriedRecordFields
{
    public async Task<DeliveryNode?> GetDelivery([Parent] TriedRecordNode record, DeliveryById deliveries, CancellationToken cancel) =>
        record.IsEffect ? null : await deliveries.LoadAsync(long.Parse(record.Id, CultureInfo.InvariantCulture), cancel);

    public async Task<EffectNode?> GetEffect([Parent] TriedRecordNode record, EffectById effects, CancellationToken cancel) =>
        record.IsEffect ? await effects.LoadAsync(record.Id, cancel) : null;
}

/// <summary>Texts of versions of a request, read together.</summary>
public sealed class PolicyTexts(ReadModels readModels, IBatchScheduler scheduler, DataLoaderOptions options)
    : BatchDataLoader<string, string>(scheduler, options)
{
    protected override async Task<IReadOnlyDictionary<string, string>> LoadBatchAsync(
        IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
        (await readModels.FindMany<PolicyTextRow>("policy_text", keys, cancellationToken)).ToDictionary(row => row.Id, row => row.Text);
}

/// <summary>The versions of sets of policies of a request, read together.</summary>
public sealed class PolicySets(ReadModels readModels, IBatchScheduler scheduler, DataLoaderOptions options)
    : BatchDataLoader<string, IReadOnlyList<PolicyVersionNode>>(scheduler, options)
{
    /// <summary>Those that can have shaped something of a connection: of the whole installation, and its own.</summary>
    public async Task<IEnumerable<PolicyVersionNode>> Of(string? set, string connection, CancellationToken cancel) =>
        set is not null && await LoadAsync(set, cancel) is { } versions
            ? versions.Where(version => PolicyNames.ConnectionOf(version.Document) is not { } own || own == connection)
            : [];

    protected override async Task<IReadOnlyDictionary<string, IReadOnlyList<PolicyVersionNode>>> LoadBatchAsync(
        IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
        (await readModels.Query<SetRow>(
            """
            select jsonb_build_object('id', s.id, 'versions', jsonb_agg(row_to_json(v) order by v.document))::text
            from q2c_read.policy_set s
            cross join lateral jsonb_each_text(s.documents) d
            join q2c_read.policy_version v on v.document = d.key and v.number = d.value::int
            where s.id = any($1) group by s.id
            """, cancellationToken, (object)keys.ToArray()))
        .ToDictionary(row => row.Id, row => row.Versions);

    private sealed record SetRow(string Id, IReadOnlyList<PolicyVersionNode> Versions);
}
