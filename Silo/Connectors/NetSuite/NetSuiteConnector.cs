using System.Text.Json;
using System.Text.Json.Nodes;
using Q2C.Grains.Invoices;

namespace Q2C.Silo.Connectors.NetSuite;

/// <summary>
/// Every record is written under our external id, so the same request again meets the same record. A customer, contract
/// or job counts as written when it carries the mark of what was sent; a document, payment or journal that is there is posted.
/// </summary>
internal sealed class NetSuiteConnector(ConnectionSettings settings, NetSuiteClient client, NetSuiteRecords records) : IConnector
{
    public string Connection => settings.Name;

    /// <summary>NetSuite finishes a request whose client has gone, and ends one after fifteen minutes.</summary>
    public TimeSpan LongestProcessing { get; } = settings.Seconds("longestProcessingSeconds", TimeSpan.FromMinutes(15));

    public Guarantee GuaranteeOf(Operation operation) => operation
        is UpsertErpCustomer or UpsertErpContract or UpsertErpJob or PostErpInvoice or PostErpCreditMemo or RecordErpPayment
            or PostErpJournal or WithdrawErpRecord
        ? Guarantee.NaturalKey
        : throw new NotSupportedException($"NetSuite has no {operation.GetType().Name}.");

    public async Task<SendResult> Send(EffectRequest effect, int generation, CancellationToken cancel)
    {
        var mapped = records.For(effect.Operation);
        if (mapped.Value is not { } request) return MappingProblems.ToRefusal(mapped.Problems);
        if (effect.Operation is PostErpCreditMemo { CreditMemo: { InvoiceId: { } credited } memo } && await Apply(memo, credited, request, effect.Id, cancel) is { } unread) return unread;
        var reply = request.Existing
            ? await client.Patch(request.Record, request.ExternalId, request.Body, effect.Id, cancel)
            : await client.Put(request.Record, request.ExternalId, request.Body, request.Sublist, effect.Id, cancel);
        return reply switch
        {
            VendorReply.Answered { Status: 204 or 200, Defect: null } done => await Confirm(effect, request, done, cancel),
            // What is to be withdrawn is not there: nothing is left to do.
            VendorReply.Answered { Status: 404 } when request.Existing => new SendResult.Accepted(request.ExternalId),
            _ => NetSuiteErrors.Read(reply),
        };
    }

    public async Task<LookUpResult> LookUp(EffectRequest effect, int generation, CancellationToken cancel)
    {
        if (records.For(effect.Operation).Value is not { } request) return new LookUpResult.Absent();
        var reply = await client.Get(request.Record, request.ExternalId, effect.Id, cancel);
        return reply switch
        {
            // A record has an id; a page of something else has none, and proves nothing.
            VendorReply.Answered { Status: 200, Json: { ValueKind: JsonValueKind.Object } json } answer when answer.Text("id") is not null => Applied(effect.Operation, request, json)
                ? new LookUpResult.Found(answer.Text("id") ?? request.ExternalId, AnswerOf(effect.Operation, answer))
                : new LookUpResult.Absent(),
            VendorReply.Answered { Status: 404, Json: not null } => request.Existing
                ? new LookUpResult.Found(request.ExternalId)
                : new LookUpResult.Absent(),
            _ => reply.ToLookUpUnavailable(),
        };
    }

    public async Task<HealthReport> CheckHealth(CancellationToken cancel) => await client.Probe(cancel) switch
    {
        VendorReply.Answered { IsSuccess: true, Json: not null } => new(true, "NetSuite answers."),
        var reply when NetSuiteErrors.Read(reply) is SendResult.Unavailable error => new(false, error.Message),
        var reply => new(false, reply.ToLookUpUnavailable().Message),
    };

    /// <summary>Applies the memo to its invoice as far as that is open; the rest stays the customer's. Null when it is told.</summary>
    private async Task<SendResult?> Apply(CreditMemoDocument memo, string credited, NetSuiteRequest request, string correlation, CancellationToken cancel)
    {
        var invoice = NetSuiteRecords.ExternalId(credited);
        var reply = await client.Get("invoice", invoice, correlation, cancel);
        switch (reply)
        {
            case VendorReply.Answered { Status: 200, Json: not null } found:
                var open = decimal.TryParse(found.Text("amountRemaining"), out var remaining) ? remaining : memo.Total.Amount;
                if (open <= 0) return null;
                request.Body["apply"] = new JsonObject
                {
                    ["items"] = new JsonArray(new JsonObject
                    {
                        ["doc"] = new JsonObject { ["externalId"] = invoice }, ["apply"] = true, ["amount"] = Math.Min(open, memo.Total.Amount),
                    }),
                };
                return null;
            case VendorReply.Answered { Status: 404, Json: not null }:
                return new SendResult.Refused(
                    "ERP_REFERENCE_UNKNOWN", $"NetSuite does not know the invoice '{invoice}' that is credited.",
                    "Restore the invoice in NetSuite, then retry.", ErrorClass.Business);
            default:
                var why = reply.ToLookUpUnavailable();
                return new SendResult.Unavailable(why.Code, why.Message, why.RetryAfter);
        }
    }

    /// <summary>A posted document is read back for its number, and for the total that NetSuite made of it.</summary>
    private async Task<SendResult> Confirm(
        EffectRequest effect, NetSuiteRequest request, VendorReply.Answered done, CancellationToken cancel)
    {
        if (TotalOf(effect.Operation) is not { } expected)
            return new SendResult.Accepted(done.Location?.Segments[^1] ?? request.ExternalId);
        var reply = await client.Get(request.Record, request.ExternalId, effect.Id, cancel);
        if (reply is not VendorReply.Answered { Status: 200, Json: not null } answer || answer.Text("tranId") is null)
            return new SendResult.Unknown($"NetSuite took the {request.Record}, and its number could not be read yet.");
        if (decimal.TryParse(answer.Text("total"), out var total) && total != expected.Amount)
            return new SendResult.Refused(
                InvoiceExceptions.ErpTotalDiffers,
                $"NetSuite makes {total} {expected.Currency} of {request.Record} {answer.Text("tranId")}; it should be {expected}.",
                "Check tax and rounding set-up of the items in NetSuite, then retry: the same record is corrected, not doubled.",
                ErrorClass.Business);
        return new SendResult.Accepted(answer.Text("id") ?? request.ExternalId, AnswerOf(effect.Operation, answer));
    }

    private static bool Applied(Operation operation, NetSuiteRequest request, JsonElement record) => operation switch
    {
        _ when TotalOf(operation) is { } expected => !record.TryGetProperty("total", out var total)
            || (total.ValueKind == JsonValueKind.Number && total.GetDecimal() == expected.Amount),
        RecordErpPayment or PostErpJournal => true,
        _ when request.Mark is { } mark => record.TryGetProperty(mark, out var shown)
            && shown.ValueKind == JsonValueKind.String && shown.GetString() == (string?)request.Body[mark],
        _ => RecordComparison.Shows(JsonObject.Create(record)!, request.Body),
    };

    /// <summary>Of an operation that makes a document; else null.</summary>
    private static Money? TotalOf(Operation operation) => operation switch
    {
        PostErpInvoice o => o.Invoice.Total,
        PostErpCreditMemo o => o.CreditMemo.Total,
        _ => null,
    };

    private static ErpInvoiceAnswer? AnswerOf(Operation operation, VendorReply.Answered record) =>
        TotalOf(operation) is not null && record.Text("tranId") is { } number ? new(number) : null;
}
