using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Q2C.Invoices;
using Q2C.Silo.Connectors.Mapping;

namespace Q2C.Silo.Connectors.NetSuite;

/// <summary>
/// A payment or credit memo changed, as a poll or a script of the account says: a hint, so the record is read as it is now.
/// Payments that somebody else entered are told to the invoices that they settle; ours tell nothing new.
/// </summary>
internal sealed class NetSuiteChanges(string connection, NetSuiteClient client, InboundMap<EnteredPayment> payments) : IInboundMap
{
    public const string Payment = "customerPayment";
    public const string CreditMemo = "creditMemo";

    private static readonly InboundResult Nothing = new InboundResult.Commands([]);

    public async Task<InboundResult> Map(InboxDelivery delivery, CancellationToken cancel)
    {
        if (!JsonBody.TryRead(delivery.Body, "hint", out var hint, out var broken)) return new InboundResult.Parked([broken]);
        if (Text(hint, "record") is not { } record || Text(hint, "id") is not { } id)
            return Park(new(
                "MEMBER_MISSING", "record", "The hint does not name a record by type and id.",
                "Compare the script with the one that ships with the connector, then correct and retry the delivery."));
        if (record is not (Payment or CreditMemo)) return Nothing;
        return await client.GetById(record, id, delivery.Key, cancel) switch
        {
            VendorReply.Answered { Status: 200, Json: { } shown } => await Read(record, id, shown, delivery, cancel),
            VendorReply.Answered { Status: 404, Json: not null } => Nothing,
            var reply => Waits(reply),
        };
    }

    private async Task<InboundResult> Read(string record, string id, JsonElement shown, InboxDelivery delivery, CancellationToken cancel)
    {
        if (record == Payment ? Text(shown, "custbody_q2c_payment") is not null : Ids.Is(Text(shown, "externalId"), Ids.CreditMemo)) return Nothing;
        var commands = ImmutableArray.CreateBuilder<GrainCommand>();
        var entered = record == Payment ? payments.Map(JsonObject.Create(shown)!) : new(null, []);
        if (entered.Failed) return new InboundResult.Parked([.. entered.Problems.Select(problem => new ParseProblem(problem))]);
        foreach (var (document, amount) in Applied(shown))
        {
            switch (await client.GetById("invoice", document, delivery.Key, cancel))
            {
                case VendorReply.Answered { Status: 200, Json: { } invoice } when Ids.Is(Text(invoice, "externalId"), Ids.Invoice):
                    if (entered.Value is not { } payment) return Park(Stranger(shown, invoice));
                    commands.Add(Paid(Text(invoice, "externalId")!, id, payment, amount, delivery, commands.Count));
                    break;
                case VendorReply.Answered { Status: 200 or 404, Json: not null }:
                    break;
                case var reply:
                    return Waits(reply);
            }
        }

        return new InboundResult.Commands(commands.ToImmutable());
    }

    private GrainCommand Paid(
        string invoice, string id, EnteredPayment payment, decimal amount, InboxDelivery delivery, int place) => new(invoice, new(
            place == 0 ? delivery.Key : $"{delivery.Key}/{place}",
            new RecordPayment($"{Payment}/{id}", connection, Money.Of(amount, payment.Currency), payment.Date, payment.Reference),
            Actor.Connection(connection), delivery.Correlation, delivery.Causation, delivery.ReceivedAt));

    private static IEnumerable<(string Document, decimal Amount)> Applied(JsonElement shown)
    {
        if (!shown.TryGetProperty("apply", out var apply) || !apply.TryGetProperty("items", out var items) || items.ValueKind != JsonValueKind.Array)
            yield break;
        foreach (var line in items.EnumerateArray())
            if ((!line.TryGetProperty("apply", out var isApplied) || isApplied.ValueKind != JsonValueKind.False)
                && line.TryGetProperty("doc", out var document) && Text(document, "id") is { } id
                && line.TryGetProperty("amount", out var amount) && amount.TryGetDecimal(out var value) && value > 0)
                yield return (id, value);
    }

    private static Problem Stranger(JsonElement memo, JsonElement invoice) => new(
        "ERP_CREDIT_UNKNOWN", "externalId",
        $"Credit memo {Text(memo, "tranId")} was entered in NetSuite against invoice {Text(invoice, "tranId")}, and Q2C did not make it.",
        "Credit the same amount of the invoice in Q2C if it is right, or void the memo in NetSuite; then skip this delivery with the reason.");

    private static InboundResult.Waits Waits(VendorReply reply)
    {
        var why = reply.ToLookUpUnavailable();
        return new(why.Code, why.Message, why.RetryAfter);
    }

    private static InboundResult.Parked Park(Problem problem) => new([new(problem)]);

    private static string? Text(JsonElement at, string name) =>
        at.ValueKind == JsonValueKind.Object && at.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String or JsonValueKind.Number
            ? value.ToString()
            : null;
}

/// <summary>What a payment says for all invoices that it settles.</summary>
internal sealed record EnteredPayment(string Reference, DateOnly Date, string Currency);
