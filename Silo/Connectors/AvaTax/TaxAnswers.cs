using System.Text.Json;

namespace Q2C.Silo.Connectors.AvaTax;

/// <summary>AvaTax's transaction as tax per line of the request.</summary>
internal static class TaxAnswers
{
    /// <summary>The answer, or what makes it unusable: lines missing, an amount finer than the currency, sums that differ.</summary>
    public static (TaxAnswer? Answer, string? Problem) Read(TaxRequest request, VendorReply.Answered reply)
    {
        var currency = reply.Text("currencyCode");
        if (currency != request.Currency) return (null, $"AvaTax answered in {currency ?? "no currency"} instead of {request.Currency}.");
        var byNumber = Lines(reply).ToDictionary(line => Text(line, "lineNumber") ?? "", StringComparer.Ordinal);
        try
        {
            var lines = request.Lines.Select((line, i) => byNumber.TryGetValue($"{i + 1}", out var json)
                ? ReadLine(line.LineId, json, request.Currency)
                : throw new FormatException($"AvaTax left out line {i + 1}.")).ToArray();
            var total = Money.Of(Number(reply.Json!.Value, "totalTax"), request.Currency);
            var sum = lines.Aggregate(Money.Zero(request.Currency), (all, line) => all + line.Tax);
            return sum == total ? (new([.. lines], total), null) : (null, $"AvaTax's lines sum to {sum}, and its total is {total}.");
        }
        catch (Exception error) when (error is FormatException or ArgumentException or OverflowException)
        {
            return (null, error.Message);
        }
    }

    /// <summary>Is this the return of the credit memo: its currency, its amount and its tax?</summary>
    public static bool Shows(CreditMemoDocument memo, VendorReply.Answered reply) =>
        reply.Text("currencyCode") == memo.Currency && reply.Json is { } json
        && Number(json, "totalAmount") == -memo.Net.Amount && Number(json, "totalTax") == -memo.Tax.Amount;

    private static TaxAnswerLine ReadLine(string id, JsonElement line, string currency)
    {
        var details = line.TryGetProperty("details", out var list) && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray().ToArray()
            : [];
        var jurisdictions = details.Select(detail => Text(detail, "jurisName")).OfType<string>().Distinct();
        return new(
            id, Money.Of(Number(line, "tax"), currency), details.Sum(detail => Number(detail, "rate")),
            string.Join(", ", jurisdictions));
    }

    private static JsonElement.ArrayEnumerator Lines(VendorReply.Answered reply) =>
        reply.Json is { } json && json.TryGetProperty("lines", out var lines) && lines.ValueKind == JsonValueKind.Array
            ? lines.EnumerateArray()
            : default;

    private static decimal Number(JsonElement owner, string name) =>
        owner.TryGetProperty(name, out var number) && number.ValueKind == JsonValueKind.Number && number.TryGetDecimal(out var value)
            ? value
            : throw new FormatException($"AvaTax's answer has no number '{name}'.");

    private static string? Text(JsonElement owner, string name) =>
        owner.TryGetProperty(name, out var text) && text.ValueKind == JsonValueKind.String ? text.GetString() : null;
}
