using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Q2C.Silo.Connectors.BusinessCentral;

/// <summary>
/// Payments and journal entries. Posting takes everything that stands in a batch, so each has a batch of its own, named
/// after it; what was posted is found by its document number in the general ledger, and the empty batch goes.
/// </summary>
internal sealed class Journals(BusinessCentralClient client, BusinessCentralMaps maps, string? paymentAccount)
{
    private const string Payments = "customerPaymentJournals";
    private const string General = "journals";
    private const int LineStep = 10_000;

    private string? _currency;

    /// <summary>One payment may settle several invoices; each share is an entry of its own.</summary>
    public async Task<SendResult> Send(RecordErpPayment o, Documents documents, string correlation, CancellationToken cancel)
    {
        var (id, mapped) = (IdOf(o), maps.Of(o));
        if (mapped.Value is not { } line) return MappingProblems.ToRefusal(mapped.Problems);
        if (await Before(id, o.Amount.Currency, correlation, cancel) is { } answer) return answer;
        if (paymentAccount is null)
            return new SendResult.Refused(
                "ERP_ACCOUNT_MISSING", "The connection does not say to which account of Business Central money received is posted.",
                "Set the option paymentAccount of this connection, then retry.", ErrorClass.Permanent);
        var accounts = await client.Find("accounts", $"number eq {BusinessCentralClient.Quote(paymentAccount)}", correlation, cancel);
        if (accounts.Items is not { } found) return accounts.ToUnavailable();
        if (found is not [var account, ..])
            return new SendResult.Refused(
                "ERP_REFERENCE_UNKNOWN", $"Business Central has no account {paymentAccount}.",
                "Create it there, or correct paymentAccount of this connection, then retry.", ErrorClass.Business);

        line["customerNumber"] = Codes.Number(o.CustomerId);
        line["amount"] = -o.Amount.Amount;
        if (!o.Applied.IsZero)
        {
            var invoices = await documents.Find(Documents.Invoices, o.InvoiceId, correlation, cancel);
            if (invoices.Items is not { } there) return invoices.ToUnavailable();
            if (there.FirstOrDefault(Documents.IsPosted) is not { ValueKind: JsonValueKind.Object } invoice)
                return new SendResult.Refused(
                    "ERP_REFERENCE_UNKNOWN", $"Business Central has no posted invoice {Codes.Reference(o.InvoiceId)}.",
                    "Post the invoice first, then retry.", ErrorClass.Business);
            line["appliesToInvoiceId"] = invoice.Id();
        }

        return await Post(
            new(Payments, "customerPayments", id, new() { ["balancingAccountId"] = account.Id() }), [line], correlation, cancel);
    }

    public async Task<SendResult> Send(PostErpJournal o, string correlation, CancellationToken cancel)
    {
        var mapped = maps.Of(o);
        if (mapped.Value?["lines"] is not JsonArray lines) return MappingProblems.ToRefusal(mapped.Problems);
        if (await Before(o.EntryId, o.Currency, correlation, cancel) is { } answer) return answer;
        for (var i = 0; i < lines.Count; i++) lines[i]!["amount"] = o.Lines[i].Debit - o.Lines[i].Credit;
        return await Post(
            new(General, "journalLines", o.EntryId, []), [.. lines.OfType<JsonObject>()], correlation, cancel);
    }

    public async Task<LookUpResult> LookUp(string id, string correlation, CancellationToken cancel)
    {
        var entries = await Entries(id, correlation, cancel);
        if (entries.Items is not { } found) return entries.Reply.ToLookUpUnavailable();
        return found.IsEmpty ? new LookUpResult.Absent() : new LookUpResult.Found(Codes.Number(id));
    }

    public static string IdOf(RecordErpPayment o) => $"{o.PaymentId}-{o.InvoiceId}";

    /// <summary>The answer, where nothing is left to do or nothing can be done; else null.</summary>
    private async Task<SendResult?> Before(string id, string currency, string correlation, CancellationToken cancel)
    {
        var entries = await Entries(id, correlation, cancel);
        if (entries.Items is not { } found) return entries.ToUnavailable();
        if (!found.IsEmpty) return new SendResult.Accepted(Codes.Number(id));

        // Lines of a journal have no currency in this API: they are in the company's own.
        if (_currency is null)
        {
            var company = await client.Find("companyInformation", "id ne null", correlation, cancel);
            if (company.Items is not [var information, ..]) return company.ToUnavailable();
            _currency = information.Text("currencyCode");
        }

        return currency == _currency
            ? null
            : new SendResult.Refused(
                "ERP_CURRENCY_UNSUPPORTED",
                $"Business Central's API takes payments and journals in {_currency} only, the company's own currency; this one is in {currency}.",
                "Enter it in Business Central by hand and skip the step with its number as the reason.", ErrorClass.Business);
    }

    private Task<Rows> Entries(string id, string correlation, CancellationToken cancel) => client.Find(
        "generalLedgerEntries", $"documentNumber eq {BusinessCentralClient.Quote(Codes.Number(id))}", correlation, cancel);

    private async Task<SendResult> Post(Batch batch, ImmutableArray<JsonObject> lines, string correlation, CancellationToken cancel)
    {
        var (there, failure) = await Open(batch, correlation, cancel);
        if (failure is not null) return failure;
        var path = $"{batch.Set}({there!.Value.Id()})";
        if (await Fill($"{path}/{batch.Lines}", batch.Id, lines, correlation, cancel) is { } unfilled) return unfilled;

        // The action is that of general journals, whichever kind the batch is of.
        var posted = await client.Act($"{General}({there.Value.Id()})", "post", correlation, cancel);
        if (posted is not VendorReply.Answered { IsSuccess: true }) return BusinessCentralErrors.Read(posted);
        await client.Delete(path, there.Value, correlation, cancel);
        return new SendResult.Accepted(Codes.Number(batch.Id));
    }

    private async Task<(JsonElement? Batch, SendResult? Failure)> Open(Batch batch, string correlation, CancellationToken cancel)
    {
        var code = Codes.Batch(batch.Id);
        var rows = await client.Find(batch.Set, $"code eq {BusinessCentralClient.Quote(code)}", correlation, cancel);
        if (rows.Items is not { } found) return (null, rows.ToUnavailable());
        if (found is [var there, ..]) return (there, null);
        var body = batch.More.DeepClone().AsObject();
        body["code"] = code;
        body["displayName"] = $"Q2C {Codes.Number(batch.Id)}";
        return await client.Create(batch.Set, body, correlation, cancel) switch
        {
            VendorReply.Answered { Status: 201, Json: { } made } => (made, null),
            var reply => (null, BusinessCentralErrors.Read(reply)),
        };
    }

    /// <summary>Makes the batch hold these lines and no others; null when it does. Lines of an earlier try that differ are replaced.</summary>
    private async Task<SendResult?> Fill(
        string set, string id, ImmutableArray<JsonObject> lines, string correlation, CancellationToken cancel)
    {
        var rows = await client.Find(set, "lineNumber gt 0", correlation, cancel);
        if (rows.Items is not { } there) return rows.ToUnavailable();
        var byNumber = there.ToDictionary(line => (int)(line.Number("lineNumber") ?? 0));
        for (var i = 0; i < lines.Length; i++)
        {
            var (number, line) = ((i + 1) * LineStep, lines[i]);
            line["documentNumber"] = Codes.Number(id);
            if (byNumber.Remove(number, out var old))
            {
                if (RecordComparison.Shows(JsonObject.Create(old), line)) continue;
                if (await Remove(old) is { } notRemoved) return notRemoved;
            }

            line["lineNumber"] = number;
            if (await client.Create(set, line, correlation, cancel) is not VendorReply.Answered { Status: 201 } and var reply)
                return BusinessCentralErrors.Read(reply);
        }

        foreach (var left in byNumber.Values)
            if (await Remove(left) is { } notRemoved) return notRemoved;
        return null;

        async Task<SendResult?> Remove(JsonElement line) =>
            await client.Delete($"{set}({line.Id()})", line, correlation, cancel) is var gone
            && gone is VendorReply.Answered { Status: 204 or 404 }
                ? null
                : BusinessCentralErrors.Read(gone);
    }

    /// <param name="Set">The kind of journal.</param>
    /// <param name="Lines">What its lines are called.</param>
    private sealed record Batch(string Set, string Lines, string Id, JsonObject More);
}
