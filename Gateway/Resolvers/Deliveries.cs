using System.Globalization;
using System.Text;
using System.Text.Json;
using GreenDonut;
using Q2C.Gateway.Reading;

namespace Q2C.Gateway.Resolvers;

public enum DeliveryStatus { Received, Done, Parked, Superseded, Proposed }

/// <summary>Something that another system sent. Its body is read when it is asked for.</summary>
public sealed record DeliveryNode(
    string Id, string Connection, string DedupeKey, DateTimeOffset ReceivedAt, DeliveryStatus Status, string ContentType,
    int Attempts, DeliveryErrorNode? Error, string? CorrectsId, string? PolicySet);

public sealed record DeliveryErrorNode(string Code, string Message, string? Remedy, string? Path, int? Line, int? Column);

internal sealed record DeliveryRow(
    long Id, string Connection, string DedupeKey, DateTimeOffset ReceivedAt, DeliveryStatus Status, string ContentType,
    int Attempts, JsonElement? Error, long? ParentId, string? Policies)
{
    public DeliveryNode Node => new(
        Id.ToString(CultureInfo.InvariantCulture), Connection, DedupeKey, ReceivedAt, Status, ContentType, Attempts,
        Error is { ValueKind: JsonValueKind.Object } error ? ErrorOf(error) : null,
        ParentId?.ToString(CultureInfo.InvariantCulture), Policies);

    private static DeliveryErrorNode ErrorOf(JsonElement error)
    {
        var problem = error.TryGetProperty("problem", out var inner) ? inner : error;
        return new(
            Text(problem, "code") ?? "DELIVERY_PARKED", Text(problem, "message") ?? "", Text(problem, "remedy"),
            Text(problem, "path"), Number(error, "line"), Number(error, "column"));
    }

    private static string? Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static int? Number(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetInt32() : null;
}

public sealed record DeliveryFilter(IReadOnlyList<DeliveryStatus>? Status, string? Connection, InstantRange? Received, string? Search);

public enum DeliveryOrderField { ReceivedAt }

internal static class DeliveryLists
{
    public static async Task<DeliveryNode?> Find(ReadModels readModels, string id, CancellationToken cancel) =>
        long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? (await readModels.Find<DeliveryRow>("delivery", number, cancel))?.Node
            : null;
}

public sealed class DeliveryQueries(ReadModels readModels)
{
    private static readonly Listing Newest = new("delivery", "id", "bigint", Descending: true, IdType: "bigint");

    public Task<DeliveryNode?> GetDelivery(string id, CancellationToken cancel) => DeliveryLists.Find(readModels, id, cancel);

    public async Task<Page<DeliveryNode>> GetDeliveries(
        DeliveryFilter? filter, OrderBy<DeliveryOrderField>? orderBy, int? first, string? after, int? last, string? before,
        CancellationToken cancel)
    {
        var criteria = new Criteria().OneOf("status", filter?.Status).Equal("connection", filter?.Connection)
            .Within("received_at", filter?.Received).Search(filter?.Search, "dedupe_key");
        var page = await readModels.Page<DeliveryRow>(
            Newest.By(orderBy, _ => (Newest.Sort, Newest.SortType)), PageRequest.Of(first, after, last, before), criteria, cancel);
        return page.Select(row => row.Node);
    }
}

public sealed class DeliveryFields
{
    public async Task<string?> GetBody([Parent] DeliveryNode delivery, DeliveryBodies bodies, CancellationToken cancel) =>
        await bodies.LoadAsync(Number(delivery.Id), cancel);

    public Task<IEnumerable<PolicyVersionNode>> GetPolicies([Parent] DeliveryNode delivery, PolicySets sets, CancellationToken cancel) =>
        sets.Of(delivery.PolicySet, delivery.Connection, cancel);

    public async Task<DeliveryNode?> GetCorrects([Parent] DeliveryNode delivery, DeliveryById deliveries, CancellationToken cancel) =>
        delivery.CorrectsId is { } id ? await deliveries.LoadAsync(Number(id), cancel) : null;

    public async Task<IEnumerable<CorrectionNode>> GetCorrections(
        [Parent] DeliveryNode delivery, CorrectionsOfDelivery corrections, CancellationToken cancel) =>
        await corrections.LoadAsync(delivery.Id, cancel) ?? [];

    private static long Number(string id) => long.Parse(id, CultureInfo.InvariantCulture);
}

/// <summary>Deliveries of a request, read together.</summary>
public sealed class DeliveryById(ReadModels readModels, IBatchScheduler scheduler, DataLoaderOptions options)
    : BatchDataLoader<long, DeliveryNode>(scheduler, options)
{
    protected override async Task<IReadOnlyDictionary<long, DeliveryNode>> LoadBatchAsync(
        IReadOnlyList<long> keys, CancellationToken cancellationToken) =>
        (await readModels.Query<DeliveryRow>(
            "select row_to_json(t)::text from q2c_read.delivery t where id = any($1)", cancellationToken, (object)keys.ToArray()))
        .ToDictionary(row => row.Id, row => row.Node);
}

/// <summary>What was sent, of the deliveries of a request, read together.</summary>
public sealed class DeliveryBodies(ReadModels readModels, IBatchScheduler scheduler, DataLoaderOptions options)
    : BatchDataLoader<long, string>(scheduler, options)
{
    private const string Bodies =
        "select jsonb_build_object('id', id, 'body', encode(body, 'base64'))::text from q2c_read.delivery_body where id = any($1)";

    protected override async Task<IReadOnlyDictionary<long, string>> LoadBatchAsync(
        IReadOnlyList<long> keys, CancellationToken cancellationToken) =>
        (await readModels.Query<BodyRow>(Bodies, cancellationToken, (object)keys.ToArray()))
        .ToDictionary(row => row.Id, row => Encoding.UTF8.GetString(Convert.FromBase64String(row.Body)));

    private sealed record BodyRow(long Id, string Body);
}
