using System.Text.Json;
using System.Text.Json.Nodes;
using Q2C.Grains.Invoices;

namespace Q2C.Silo.Connectors.NetSuite;

/// <summary>
/// Every record is written under our external id, so the same request again meets the same record. A customer, contract
/// or job counts as written when it carries the mark of what was sent; an invoice or payment that is there is posted.
/// </summary>
internal sealed class NetSuiteConnector(ConnectionSettings settings, NetSuiteClient client, NetSuiteRecords records) : IConnector
{
    public string Connection => settings.Name;

    /// <summary>NetSuite finishes a request whose client has gone, and ends one after fifteen minutes.</summary>
    public TimeSpan LongestProcessing { get; } = settings.Seconds("longestProcessingSeconds", TimeSpan.FromMinutes(15));

    public Guarantee GuaranteeOf(Operation operation) => operation
        is UpsertErpCustomer or UpsertErpContract or UpsertErpJob or PostErpInvoice or RecordErpPayment or WithdrawErpRecord
        ? Guarantee.NaturalKey
        : throw new NotSupportedException($"NetSuite has no {operation.GetType().Name}.");

    public async Task<SendResult> Send(EffectRequest effect, int generation, CancellationToken cancel)
    {
        var mapped = records.For(effect.Operation);
        if (mapped.Value is not { } request) return MappingProblems.ToRefusal(mapped.Problems);
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
            VendorReply.Answered { Status: 200, Json: { } json } answer => Applied(effect.Operation, request, json)
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

    /// <summary>A posted invoice is read back for its number, and for the total that NetSuite made of it.</summary>
    private async Task<SendResult> Confirm(
        EffectRequest effect, NetSuiteRequest request, VendorReply.Answered done, CancellationToken cancel)
    {
        if (effect.Operation is not PostErpInvoice { Invoice: var invoice })
            return new SendResult.Accepted(done.Location?.Segments[^1] ?? request.ExternalId);
        var reply = await client.Get(request.Record, request.ExternalId, effect.Id, cancel);
        if (reply is not VendorReply.Answered { Status: 200, Json: not null } answer || answer.Text("tranId") is null)
            return new SendResult.Unknown("NetSuite took the invoice, and its number could not be read yet.");
        if (TotalOf(answer) is { } total && total != invoice.Total.Amount)
            return new SendResult.Refused(
                InvoiceExceptions.ErpTotalDiffers,
                $"NetSuite makes {total} {invoice.Currency} of invoice {answer.Text("tranId")}; it should be {invoice.Total}.",
                "Check tax and rounding set-up of the items in NetSuite, then retry: the same invoice is corrected, not doubled.",
                ErrorClass.Business);
        return new SendResult.Accepted(answer.Text("id") ?? request.ExternalId, AnswerOf(effect.Operation, answer));
    }

    private static bool Applied(Operation operation, NetSuiteRequest request, JsonElement record) => operation switch
    {
        PostErpInvoice o => !record.TryGetProperty("total", out var total)
            || (total.ValueKind == JsonValueKind.Number && total.GetDecimal() == o.Invoice.Total.Amount),
        RecordErpPayment => true,
        _ when request.Mark is { } mark => record.TryGetProperty(mark, out var shown)
            && shown.ValueKind == JsonValueKind.String && shown.GetString() == (string?)request.Body[mark],
        _ => RecordComparison.Shows(JsonObject.Create(record)!, request.Body),
    };

    private static decimal? TotalOf(VendorReply.Answered answer) =>
        decimal.TryParse(answer.Text("total"), out var total) ? total : null;

    private static ErpInvoiceAnswer? AnswerOf(Operation operation, VendorReply.Answered record) =>
        operation is PostErpInvoice && record.Text("tranId") is { } number ? new(number) : null;
}
