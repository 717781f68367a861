using System.Collections.Immutable;
using System.Text.Json;
using System.Text.RegularExpressions;
using Q2C.Invoices;

namespace Q2C.Silo.Connectors.BusinessCentral;

/// <summary>
/// Notifications that something changed: no content, no signature, in any order. The document is read as it is now; what was
/// paid on an invoice of ours is told to it. What Q2C itself wrote tells nothing new.
/// </summary>
internal sealed partial class ChangeNotifications(string connection, BusinessCentralClient client, TimeProvider time) : IInboundMap
{
    public const string Collection = "collection";

    private const string Deleted = "deleted";
    private static readonly InboundResult Nothing = new InboundResult.Commands([]);

    public async Task<InboundResult> Map(InboxDelivery delivery, CancellationToken cancel)
    {
        if (!JsonBody.TryRead(delivery.Body, "notification", out var change, out var broken)) return new InboundResult.Parked([broken]);
        if (change.ValueKind != JsonValueKind.Object || change.Text("resource") is not { } resource || Resource().Match(resource) is not { Success: true } named)
            return Park(new(
                "MEMBER_MISSING", "resource", "The notification names no record of a company.",
                "Compare the body with what the subscription is about; correct and retry it, or skip it with a reason."));
        if (change.Text("changeType") == Deleted) return Nothing;
        var filter = named.Groups["id"] is { Success: true, Value: var id } ? $"id eq {id}" : Uri.UnescapeDataString(named.Groups["filter"].Value);

        // Documented with another name than the property has.
        filter = filter.Replace("lastDateTimeModified", "lastModifiedDateTime", StringComparison.Ordinal);
        return named.Groups["set"].Value switch
        {
            Documents.Invoices => await Changed(Documents.Invoices, filter, delivery, cancel),
            Documents.CreditMemos => await Changed(Documents.CreditMemos, filter, delivery, cancel),
            _ => Nothing,
        };
    }

    private async Task<InboundResult> Changed(string set, string filter, InboxDelivery delivery, CancellationToken cancel)
    {
        var rows = await client.Find(set, filter, delivery.Key, cancel);
        if (rows.Items is not { } documents) return Waits(rows);
        var commands = ImmutableArray.CreateBuilder<GrainCommand>();
        var problems = ImmutableArray.CreateBuilder<ParseProblem>();
        foreach (var document in documents.Where(Documents.IsPosted))
        {
            var own = Codes.IdOf(document.Text("externalDocumentNumber") ?? "");
            if (set == Documents.CreditMemos)
            {
                if (Ids.Is(own, Ids.CreditMemo)) continue;
                if (await Stranger(document, delivery, cancel) is { } problem) problems.Add(new(problem));
            }
            else if (Ids.Is(own, Ids.Invoice))
            {
                var (command, failed) = await Paid(own, document, delivery, commands.Count, cancel);
                if (failed is not null) return Waits(failed);
                if (command is not null) commands.Add(command);
            }
        }

        return problems.Count > 0 ? new InboundResult.Parked(problems.ToImmutable()) : new InboundResult.Commands(commands.ToImmutable());
    }

    /// <summary>
    /// Total less what is open and less what was credited. The invoice was read before its credit memos, so that one posted
    /// in between can only make the payment look smaller; the next notification has it right.
    /// </summary>
    private async Task<(GrainCommand? Command, Rows? Failed)> Paid(
        string invoiceId, JsonElement invoice, InboxDelivery delivery, int place, CancellationToken cancel)
    {
        if (invoice.Number("totalAmountIncludingTax") is not { } total || invoice.Number("remainingAmount") is not { } open
            || invoice.Text("currencyCode") is not { } currency || invoice.Text("number") is not { } number || total == open) return (null, null);
        var memos = await client.Find(
            Documents.CreditMemos, $"invoiceNumber eq {BusinessCentralClient.Quote(number)}", delivery.Key, cancel);
        if (memos.Items is not { } credits) return (null, memos);
        var credited = credits.Where(Documents.IsPosted).Sum(memo => memo.Number("totalAmountIncludingTax") ?? 0m);
        if (!Currencies.IsKnown(currency) || total - open - credited <= 0) return (null, null);
        var paid = Money.Of(total - open - credited, currency);
        var now = time.GetUtcNow();
        return (new(invoiceId, new(
            place == 0 ? delivery.Key : $"{delivery.Key}/{place}",
            new ReportPaidInErp(connection, paid, DateOnly.FromDateTime(now.UtcDateTime), number),
            Actor.Connection(connection), delivery.Correlation, delivery.Causation, delivery.ReceivedAt)), null);
    }

    /// <summary>A credit memo that somebody posted there against an invoice of ours.</summary>
    private async Task<Problem?> Stranger(JsonElement memo, InboxDelivery delivery, CancellationToken cancel)
    {
        if (memo.Text("invoiceNumber") is not { Length: > 0 } number) return null;
        var rows = await client.Find(Documents.Invoices, $"number eq {BusinessCentralClient.Quote(number)}", delivery.Key, cancel);
        return rows.Items is [var invoice, ..] && Ids.Is(Codes.IdOf(invoice.Text("externalDocumentNumber") ?? ""), Ids.Invoice)
            ? new(
                "ERP_CREDIT_UNKNOWN", "externalDocumentNumber",
                $"Credit memo {memo.Text("number")} was posted in Business Central against invoice {number}, and Q2C did not make it.",
                "Credit the same amount of the invoice in Q2C if it is right, or cancel the memo in Business Central; then skip this delivery with the reason.")
            : null;
    }

    private static InboundResult.Waits Waits(Rows rows)
    {
        var why = rows.ToUnavailable();
        return new(why.Code, why.Message, why.RetryAfter);
    }

    private static InboundResult.Parked Park(Problem problem) => new([new(problem)]);

    [GeneratedRegex(@"companies\([^)]+\)/(?<set>\w+)(?:\((?<id>[0-9A-Fa-f-]{36})\)|\?\$filter=(?<filter>.+))$")]
    private static partial Regex Resource();
}
