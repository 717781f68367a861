using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace Q2C.Silo.Connectors.Stripe;

/// <summary>
/// Our customers as Stripe's, found by the id that they carry. Search lags behind by up to a minute; until then the
/// idempotency key, which is the customer's, keeps a second one out.
/// </summary>
internal sealed class StripeCustomers(StripeApi api)
{
    private const int MostRemembered = 10_000;

    private readonly ConcurrentDictionary<string, string> _known = new(StringComparer.Ordinal);

    /// <summary>Stripe's id of the customer, or why there is none; then nothing else was sent.</summary>
    public async Task<(string? Id, SendResult? Failure)> Ensure(RequestPayment payment, string correlation, CancellationToken cancel)
    {
        if (_known.TryGetValue(payment.CustomerId, out var known)) return (known, null);
        var search = await api.CustomersOf(payment.CustomerId, correlation, cancel);
        if (StripeApi.Items(search) is not { } found)
        {
            var why = search.ToLookUpUnavailable();
            return (null, search is VendorReply.Answered { Status: 401 }
                ? search.ToSendResult()
                : new SendResult.Unavailable(why.Code, why.Message, why.RetryAfter));
        }

        if (found is [var first, ..]) return (Remember(payment.CustomerId, first.GetProperty("id").GetString()!), null);
        var fields = new Dictionary<string, string> { ["name"] = payment.CustomerName, ["metadata[customer_id]"] = payment.CustomerId };
        if (payment.Email is { Length: > 0 } email) fields["email"] = email;
        return StripeAnswers.Read(await api.CreateCustomer(fields, Key(fields), correlation, cancel), "customer") switch
        {
            SendResult.Accepted made => (Remember(payment.CustomerId, made.ExternalId), null),

            // The same key brings the same customer: nothing is lost by asking again, and no payment was asked for.
            SendResult.Unknown lost => (null, new SendResult.Unavailable("NO_ANSWER", lost.Message)),
            var failure => (null, failure),
        };
    }

    private string Remember(string customer, string id)
    {
        if (_known.Count >= MostRemembered) _known.Clear();
        return _known[customer] = id;
    }

    /// <summary>Other content under one key would be refused, so the content is in it.</summary>
    private static string Key(Dictionary<string, string> fields) => $"customer/{Convert.ToHexStringLower(
        SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', fields.Select(field => $"{field.Key}={field.Value}")))))}";
}
