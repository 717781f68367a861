using System.Text.Json.Nodes;
using Q2C.Silo.Connectors.Mapping;

namespace Q2C.Silo.Connectors.AvaTax;

/// <summary>
/// The document code is the invoice's id, so recording it again replaces it. An estimate leaves nothing behind: if its
/// answer is lost it is simply asked again.
/// </summary>
internal sealed class AvaTaxConnector(
    ConnectionSettings settings, AvaTaxClient client, OutboundMap<TaxRequest> map, OutboundMap<RecordTaxCredit> creditMap) : IConnector
{
    private const string Description = "description";

    public string Connection => settings.Name;

    public TimeSpan LongestProcessing { get; } = settings.Seconds("longestProcessingSeconds", TimeSpan.FromMinutes(2));

    public Guarantee GuaranteeOf(Operation operation) => operation is QuoteTax or RecordTax or CommitTax or VoidTax or RecordTaxCredit
        ? Guarantee.NaturalKey
        : throw new NotSupportedException($"AvaTax has no {operation.GetType().Name}.");

    public async Task<SendResult> Send(EffectRequest effect, int generation, CancellationToken cancel) => effect.Operation switch
    {
        QuoteTax o => await Estimate(o.Request, effect.Id, cancel),
        RecordTax o => await Record(o.Request, effect.Id, cancel),
        CommitTax o => Committed(o.InvoiceId, await client.Commit(o.InvoiceId, effect.Id, cancel)),
        VoidTax o => Voided(o.InvoiceId, await client.Void(o.InvoiceId, effect.Id, cancel)),
        RecordTaxCredit o => await Record(o, effect.Id, cancel),
        var other => throw new NotSupportedException($"AvaTax has no {other.GetType().Name}."),
    };

    public async Task<LookUpResult> LookUp(EffectRequest effect, int generation, CancellationToken cancel)
    {
        if (effect.Operation is QuoteTax) return new LookUpResult.Absent();
        var code = CodeOf(effect.Operation);
        var type = effect.Operation is RecordTaxCredit ? AvaTaxClient.Return : AvaTaxClient.Invoice;
        return await client.Get(code, type, effect.Id, cancel) switch
        {
            VendorReply.Answered { Status: 200, Json: not null } answer => Found(effect.Operation, code, answer),
            VendorReply.Answered { Status: 404, Json: not null } => effect.Operation is VoidTax
                ? new LookUpResult.Found(code)
                : new LookUpResult.Absent(),
            var reply => reply.ToLookUpUnavailable(),
        };
    }

    public bool CanConfirm(Operation operation) => operation is not QuoteTax;

    public async Task<HealthReport> CheckHealth(CancellationToken cancel) => await client.Ping(cancel) switch
    {
        VendorReply.Answered { Status: 200 } answer when answer.Text("authenticated") == "true" => new(true, "AvaTax answers."),
        VendorReply.Answered { Status: 200 } => new(false, "AvaTax answers, but does not accept account and license key."),
        var reply => new(false, reply.ToLookUpUnavailable().Message),
    };

    private async Task<SendResult> Estimate(TaxRequest request, string correlation, CancellationToken cancel)
    {
        var mapped = Map(request);
        if (mapped.Value is not { } transaction) return MappingProblems.ToRefusal(mapped.Problems);
        var reply = await client.Estimate(transaction, correlation, cancel);
        var result = Answer(request, reply);
        return result is SendResult.Unknown lost ? new SendResult.Unavailable("NO_ANSWER", lost.Message) : result;
    }

    private async Task<SendResult> Record(TaxRequest request, string correlation, CancellationToken cancel)
    {
        var mapped = Map(request);
        return mapped.Value is { } transaction
            ? Answer(request, await client.Record(Marked(transaction), correlation, cancel))
            : MappingProblems.ToRefusal(mapped.Problems);
    }

    /// <summary>With a mark of its content, by which a look-up tells it from the document before a correction.</summary>
    private static JsonObject Marked(JsonObject transaction)
    {
        var mark = RecordComparison.Mark(transaction);
        transaction[Description] = (string?)transaction[Description] is { Length: > 0 } own ? $"{own} {mark}" : mark;
        return transaction;
    }

    private bool Shows(TaxRequest request, VendorReply.Answered answer) =>
        Map(request).Value is { } wanted && answer.Text(Description) == (string?)Marked(wanted)[Description];

    /// <summary>A return has the amounts of a sale with the other sign, and the tax that the sale had.</summary>
    private async Task<SendResult> Record(RecordTaxCredit credit, string correlation, CancellationToken cancel)
    {
        var (memo, mapped) = (credit.CreditMemo, creditMap.Map(credit));
        if (mapped.Value?["lines"] is not JsonArray lines) return MappingProblems.ToRefusal(mapped.Problems);
        for (var i = 0; i < lines.Count; i++)
        {
            lines[i]!["number"] = $"{i + 1}";
            lines[i]!["amount"] = -memo.Lines[i].Net.Amount;
            lines[i]!["taxOverride"]!["taxAmount"] = -memo.Lines[i].Tax.Amount;
        }

        var reply = await client.RecordReturn(mapped.Value, correlation, cancel);
        if (reply is not VendorReply.Answered { Status: 200 or 201 } answer || answer.Text("totalTax") is null) return AvaTaxErrors.Read(reply);
        return TaxAnswers.Shows(memo, answer)
            ? new SendResult.Accepted(memo.CreditMemoId)
            : new SendResult.Refused(
                "TAX_ANSWER_UNUSABLE", $"AvaTax recorded {answer.Text("totalTax")} of tax for the credit memo; it should be {-memo.Tax}.",
                "Check whether the company in AvaTax takes tax overrides, then retry: the same document is corrected.", ErrorClass.Permanent);
    }

    /// <summary>Lines are numbered 1, 2, 3, …, because AvaTax limits the length of a line's name.</summary>
    private MapResult<JsonObject> Map(TaxRequest request)
    {
        var mapped = map.Map(request);
        if (mapped.Value?["lines"] is JsonArray lines)
            for (var i = 0; i < lines.Count; i++) lines[i]!["number"] = $"{i + 1}";
        return mapped;
    }

    private static SendResult Answer(TaxRequest request, VendorReply reply)
    {
        if (reply is not VendorReply.Answered { Status: 200 or 201, Json: not null } answer || answer.Text("totalTax") is null)
            return AvaTaxErrors.Read(reply);
        var (tax, problem) = TaxAnswers.Read(request, answer);
        return tax is null
            ? new SendResult.Refused("TAX_ANSWER_UNUSABLE", problem!,
                "Check the company's currency and rounding set-up in AvaTax, then retry.", ErrorClass.Permanent)
            : new SendResult.Accepted(request.DocumentId, tax);
    }

    private static SendResult Committed(string code, VendorReply reply) => reply switch
    {
        VendorReply.Answered { Status: 200 } answer when answer.Text("status") == "Committed" => new SendResult.Accepted(code),
        VendorReply.Answered when AvaTaxErrors.CodeOf(reply) == "TransactionIsCommitted" => new SendResult.Accepted(code),
        _ => AvaTaxErrors.Read(reply),
    };

    private static SendResult Voided(string code, VendorReply reply) => reply switch
    {
        VendorReply.Answered { Status: 200 } answer when answer.Text("status") == "Cancelled" => new SendResult.Accepted(code),
        VendorReply.Answered when AvaTaxErrors.CodeOf(reply) == "TransactionAlreadyCancelled" => new SendResult.Accepted(code),
        // Nothing was recorded, so nothing is left to void.
        VendorReply.Answered { Status: 404, Json: not null } => new SendResult.Accepted(code),
        _ => AvaTaxErrors.Read(reply),
    };

    private LookUpResult Found(Operation operation, string code, VendorReply.Answered answer) => (operation, answer.Text("status")) switch
    {
        (VoidTax, "Cancelled") or (CommitTax, "Committed") => new LookUpResult.Found(code),
        (RecordTax o, "Saved" or "Posted" or "Committed" or "Uncommitted")
            when Shows(o.Request, answer) && TaxAnswers.Read(o.Request, answer).Answer is { } tax =>
            new LookUpResult.Found(code, tax),
        (RecordTaxCredit o, "Saved" or "Posted" or "Committed") when TaxAnswers.Shows(o.CreditMemo, answer) => new LookUpResult.Found(code),
        _ => new LookUpResult.Absent(),
    };

    private static string CodeOf(Operation operation) => operation switch
    {
        RecordTax o => o.Request.DocumentId,
        CommitTax o => o.InvoiceId,
        VoidTax o => o.InvoiceId,
        RecordTaxCredit o => o.CreditMemo.CreditMemoId,
        _ => throw new NotSupportedException($"AvaTax has no {operation.GetType().Name}."),
    };
}
