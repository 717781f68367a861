using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Q2C.Silo.Connectors.Mapping;

namespace Q2C.Silo.Connectors.BusinessCentral;

/// <summary>
/// Invoices and credit memos. Nothing there keeps a second one of the same external document number out, so a document is
/// searched first, drafted, compared with ours to the cent, and only then posted; a posted one keeps its draft's id.
/// </summary>
internal sealed class Documents(BusinessCentralClient client, BusinessCentralMaps maps, ProjectDimension? dimension)
{
    public const string Invoices = "salesInvoices";
    public const string CreditMemos = "salesCreditMemos";

    private static readonly ImmutableHashSet<string> Posted = ["Open", "Paid", "Canceled", "Corrective"];

    public Task<SendResult> Send(PostErpInvoice o, string correlation, CancellationToken cancel)
    {
        var (invoice, mapped) = (o.Invoice, maps.Of(o));
        if (mapped.Value is { } body)
        {
            body["customerNumber"] = Codes.Number(invoice.CustomerId);
            Price(body["salesInvoiceLines"], [.. invoice.Lines.Select(line => (line.Quantity, line.Rate, line.Net))]);
            if (dimension is not null) body["dimensionSetLines"] = dimension.SetLines(invoice.ProjectId);
        }

        return Post(new(Invoices, "invoice", invoice.InvoiceId, invoice.Number, invoice.Net, invoice.Total), mapped, correlation, cancel);
    }

    /// <summary>Applied to its invoice while something of that is open; otherwise the credit stays open for the customer.</summary>
    public async Task<SendResult> Send(PostErpCreditMemo o, string correlation, CancellationToken cancel)
    {
        var (memo, mapped) = (o.CreditMemo, maps.Of(o));
        if (mapped.Value is { } body)
        {
            if (memo.InvoiceId is { } credited)
            {
                var invoices = await Find(Invoices, credited, correlation, cancel);
                if (invoices.Items is not { } found) return invoices.ToUnavailable();
                if (found.FirstOrDefault(IsPosted) is { ValueKind: JsonValueKind.Object } invoice && invoice.Number("remainingAmount") > 0)
                    body["invoiceId"] = invoice.Id();
            }

            body["customerNumber"] = Codes.Number(memo.CustomerId);
            Price(body["salesCreditMemoLines"], [.. memo.Lines.Select(line => (1m, line.Net.Amount, line.Net))]);
        }

        return await Post(new(CreditMemos, "credit memo", memo.CreditMemoId, memo.Number, memo.Net, memo.Total), mapped, correlation, cancel);
    }

    public async Task<LookUpResult> LookUp(string set, string id, string correlation, CancellationToken cancel)
    {
        var rows = await Find(set, id, correlation, cancel);
        if (rows.Items is not { } found) return rows.Reply.ToLookUpUnavailable();
        return found.FirstOrDefault(IsPosted) is { ValueKind: JsonValueKind.Object } posted
            ? new LookUpResult.Found(posted.Id(), Number(posted))
            : new LookUpResult.Absent();
    }

    public Task<Rows> Find(string set, string id, string correlation, CancellationToken cancel) =>
        client.Find(set, $"externalDocumentNumber eq {BusinessCentralClient.Quote(Codes.Reference(id))}", correlation, cancel);

    public static bool IsPosted(JsonElement document) => document.Text("status") is { } status && Posted.Contains(status);

    private async Task<SendResult> Post(Document wanted, MapResult<JsonObject> mapped, string correlation, CancellationToken cancel)
    {
        if (mapped.Value is not { } body) return MappingProblems.ToRefusal(mapped.Problems);
        if (wanted.Number is { } number)
            return new SendResult.Refused(
                "ERP_NUMBERS_ITSELF", $"Business Central numbers its documents itself; this {wanted.Name} has the number {number} of a series here.",
                "Take the number series of this legal entity out of the policies, then retry.", ErrorClass.Permanent);
        var rows = await Find(wanted.Set, wanted.Id, correlation, cancel);
        if (rows.Items is not { } there) return rows.ToUnavailable();
        switch (there.Where(IsPosted).ToArray())
        {
            case [var one]: return Confirmed(wanted, one);
            case [_, _, ..] several: return Several(wanted, several);
        }

        var (draft, failure) = await Draft(wanted, [.. there], body, correlation, cancel);
        if (failure is not null) return failure;
        if (Differs(wanted, draft!.Value) is { } difference)
        {
            await client.Delete($"{wanted.Set}({draft.Value.Id()})", draft.Value, correlation, cancel);
            return difference;
        }

        var reply = await client.Act($"{wanted.Set}({draft.Value.Id()})", "post", correlation, cancel);
        return reply is VendorReply.Answered { Status: 200 or 204 }
            ? await Confirm(wanted, draft.Value.Id(), correlation, cancel)
            : BusinessCentralErrors.Read(reply);
    }

    /// <summary>The draft to post, as Business Central calculates it. Drafts of earlier tries say something older and go.</summary>
    private async Task<(JsonElement? Draft, SendResult? Failure)> Draft(
        Document wanted, ImmutableArray<JsonElement> earlier, JsonObject body, string correlation, CancellationToken cancel)
    {
        foreach (var old in earlier)
        {
            var gone = await client.Delete($"{wanted.Set}({old.Id()})", old, correlation, cancel);
            if (gone is not VendorReply.Answered { Status: 204 or 404 }) return (null, BusinessCentralErrors.Read(gone));
        }

        body["externalDocumentNumber"] = Codes.Reference(wanted.Id);
        var made = await client.Create(wanted.Set, body, correlation, cancel);
        if (made is not VendorReply.Answered { Status: 201 } created || created.Text("id") is not { } id)
            return (null, BusinessCentralErrors.Read(made));
        return await client.Get($"{wanted.Set}({id})", correlation, cancel) is VendorReply.Answered { Status: 200, Json: { } draft }
            ? (draft, null)
            : (null, new SendResult.Unknown($"The draft of the {wanted.Name} is there, and could not be read back yet."));
    }

    private async Task<SendResult> Confirm(Document wanted, string id, string correlation, CancellationToken cancel) =>
        await client.Get($"{wanted.Set}({id})", correlation, cancel) is VendorReply.Answered { Status: 200, Json: { } posted }
            && IsPosted(posted)
            ? Confirmed(wanted, posted)
            : new SendResult.Unknown($"Business Central posted the {wanted.Name}, and its number could not be read yet.");

    private static SendResult Confirmed(Document wanted, JsonElement posted) => Number(posted) is { } answer
        ? new SendResult.Accepted(posted.Id(), answer)
        : new SendResult.Unknown($"Business Central has the {wanted.Name}, without a number.");

    private static SendResult.Refused? Differs(Document wanted, JsonElement draft)
    {
        var (net, total) = (draft.Number("totalAmountExcludingTax"), draft.Number("totalAmountIncludingTax"));
        return net == wanted.Net.Amount && total == wanted.Total.Amount
            ? null
            : new(
                "ERP_DRAFT_DIFFERS",
                $"Business Central makes {net} net and {total} with tax of the {wanted.Name}; it should be {wanted.Net} and {wanted.Total}. "
                + "Nothing was posted, and the draft was removed.",
                "Check the posting groups and VAT set-up behind the lines' accounts in Business Central, then retry.", ErrorClass.Business);
    }

    private static SendResult.Refused Several(Document wanted, JsonElement[] posted) => new(
        "ERP_DOCUMENT_TWICE",
        $"Business Central has this {wanted.Name} posted {posted.Length} times: {string.Join(", ", posted.Select(one => one.Text("number")))}.",
        "Correct all but one of them with a credit memo in Business Central, and clear their external document number; then retry.",
        ErrorClass.Permanent);

    /// <summary>Lines have no amount of their own: quantity by price, or one by the net amount where that is not the product.</summary>
    private static void Price(JsonNode? mapped, ImmutableArray<(decimal Quantity, decimal Rate, Money Net)> lines)
    {
        if (mapped is not JsonArray array) return;
        for (var i = 0; i < array.Count; i++)
        {
            var (quantity, rate, net) = lines[i];
            var isProduct = Money.Round(quantity * rate, net.Currency, Rounding.HalfUp) == net;
            array[i]!["quantity"] = isProduct ? quantity : 1m;
            array[i]!["unitPrice"] = isProduct ? rate : net.Amount;
        }
    }

    private static ErpInvoiceAnswer? Number(JsonElement posted) =>
        posted.Text("number") is { Length: > 0 } number ? new(number) : null;

    /// <param name="Number">Ours, if the legal entity has a series of its own.</param>
    private sealed record Document(string Set, string Name, string Id, string? Number, Money Net, Money Total);
}
