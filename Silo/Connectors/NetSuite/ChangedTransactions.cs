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

    /// <param name="watermark">Since when, how many rows of that were read, and when the pass began; null begins now.</param>
    public async Task<PollResult> Poll(string? watermark, CancellationToken cancel)
    {
        var now = time.GetUtcNow();
        var pass = Pass.Parse(watermark) ?? new(now - Overlap, 0, now);
        if (pass.Offset == 0) pass = pass with { Began = now };
        var reply = await client.Query(
            "SELECT id, type, lastmodifieddate FROM transaction WHERE type IN ('CustPymt', 'CustCred') AND lastmodifieddate >= "
            + $"{NetSuiteClient.Instant(pass.Since)} ORDER BY id", PageSize, pass.Offset, "netsuite/changed-transactions", cancel);
        if (NetSuiteClient.Rows(reply) is not { } found)
        {
            var why = reply.ToLookUpUnavailable();
            return new PollResult.Unavailable(why.Code, why.Message, why.RetryAfter);
        }

        var more = found.Length == PageSize;

        // Rows are in the order of their ids: what changes on a page that was read is found from the begin of the pass.
        var next = more ? pass with { Offset = pass.Offset + PageSize } : new(pass.Began - Overlap, 0, now);
        return new PollResult.Page([.. found.Select(Delivery)], next.ToString(), more);
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

    private sealed record Pass(DateTimeOffset Since, int Offset, DateTimeOffset Began)
    {
        public override string ToString() => $"{Instant(Since)};{Offset};{Instant(Began)}";

        /// <summary>A watermark without a begin is of an older version: everything since then is read again.</summary>
        public static Pass? Parse(string? watermark) => watermark?.Split(';') is [var since, var offset, .. var began]
            ? new(At(since), int.Parse(offset, CultureInfo.InvariantCulture), At(began is [var begin] ? begin : since))
            : null;

        private static string Instant(DateTimeOffset at) => at.UtcDateTime.ToString(Format, CultureInfo.InvariantCulture);

        private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
    }
}
