using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Q2C.Silo.Connectors.NetSuite;

/// <summary>
/// Payments and credit memos that were entered or changed, asked for by SuiteQL: NetSuite tells nobody, and what a script of
/// the account tells is lost when its request fails. Times have seconds, so each pass overlaps the last.
/// </summary>
internal sealed class ChangedTransactions(NetSuiteClient client, TimeProvider time) : IPoller
{
    private const int PageSize = 1_000;
    private const string Format = "yyyy-MM-dd'T'HH:mm:ss'Z'";
    private static readonly TimeSpan Overlap = TimeSpan.FromMinutes(5);

    public string Feed => "changed-transactions";

    public TimeSpan Interval { get; } = TimeSpan.FromMinutes(2);

    /// <param name="watermark">Since when, and how many rows of that were read; null begins now.</param>
    public async Task<PollResult> Poll(string? watermark, CancellationToken cancel)
    {
        var now = time.GetUtcNow();
        var (since, offset) = Parse(watermark) ?? (now - Overlap, 0);
        var reply = await client.Query(
            "SELECT id, type, lastmodifieddate FROM transaction WHERE type IN ('CustPymt', 'CustCred') AND lastmodifieddate >= "
            + $"{NetSuiteClient.Instant(since)} ORDER BY id", PageSize, offset, "netsuite/changed-transactions", cancel);
        if (NetSuiteClient.Rows(reply) is not { } found)
        {
            var why = reply.ToLookUpUnavailable();
            return new PollResult.Unavailable(why.Code, why.Message, why.RetryAfter);
        }

        var more = found.Length == PageSize;
        return new PollResult.Page(
            [.. found.Select(Delivery)], more ? Text(since, offset + PageSize) : Text(now - Overlap, 0), more);
    }

    private static PolledDelivery Delivery(JsonElement row)
    {
        var (id, type, changed) = (Text(row, "id"), Text(row, "type"), Text(row, "lastmodifieddate"));
        return new(
            $"{type}/{id}/{changed}",
            JsonSerializer.SerializeToUtf8Bytes(new JsonObject
            {
                ["record"] = type == "CustPymt" ? NetSuiteChanges.Payment : NetSuiteChanges.CreditMemo, ["id"] = id, ["lastModified"] = changed,
            }));
    }

    private static string Text(JsonElement row, string name) => row.TryGetProperty(name, out var value) ? value.ToString() : "";

    private static string Text(DateTimeOffset since, int offset) => $"{since.UtcDateTime.ToString(Format, CultureInfo.InvariantCulture)};{offset}";

    private static (DateTimeOffset Since, int Offset)? Parse(string? watermark) => watermark?.Split(';') is [var since, var offset]
        ? (DateTimeOffset.Parse(since, CultureInfo.InvariantCulture), int.Parse(offset, CultureInfo.InvariantCulture))
        : null;
}
