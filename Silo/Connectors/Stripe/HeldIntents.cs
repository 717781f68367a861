using System.Text.Json;
using Q2C.Silo.Connectors.Reconciliation;

namespace Q2C.Silo.Connectors.Stripe;

/// <summary>
/// Payment objects of our invoices that can still be paid: of two, the customer could pay both. What is paid or cancelled is
/// no more than history, and parts that were paid may stand beside the rest.
/// </summary>
internal sealed class HeldIntents(StripeApi api) : IRecordLister
{
    /// <param name="page">The last payment object of the page before.</param>
    public async Task<ListResult> List(DateTimeOffset since, string? page, CancellationToken cancel)
    {
        var reply = await api.Intents(page, "stripe/reconciliation", cancel);
        if (StripeApi.Items(reply) is not { } intents)
        {
            var why = reply.ToLookUpUnavailable();
            return new ListResult.Unavailable(why.Code, why.Message);
        }

        var recent = intents.Where(intent => intent.GetProperty("created").GetInt64() >= since.ToUnixTimeSeconds()).ToList();
        return new ListResult.Records(
            [.. recent.Where(IsOpen).Select(intent => new HeldRecord("payment request", StripeApi.Metadata(intent, "invoice_id") ?? "", IdOf(intent)))
                .Where(record => Ids.Is(record.Subject, Ids.Invoice))],

            // Newest first: with the first that is too old, all are.
            recent.Count == StripeApi.PageSize ? IdOf(intents[^1]) : null);
    }

    private static bool IsOpen(JsonElement intent) => intent.GetProperty("status").GetString() is not ("succeeded" or "canceled");

    private static string IdOf(JsonElement intent) => intent.GetProperty("id").GetString()!;
}
