using System.Collections.Immutable;
using System.Text.Json;
using Q2C.Invoices;
using Q2C.Silo.Connectors;

namespace Q2C.Gateway.Tests.GraphQL;

/// <summary>A system that delivers payments, <c>{ "payment": { "invoice": …, "amount": … } }</c>, and things of no interest.</summary>
internal sealed class PaymentFeed : IVendor
{
    public string Name => "payment-feed";

    public static IEnumerable<ConnectionSettings> Settings(params IEnumerable<string> names) => names.Select(name => new ConnectionSettings(
        name, "payment-feed", new("http://127.0.0.1:1"), ImmutableDictionary<string, string>.Empty, ImmutableDictionary<string, string>.Empty));

    public ConnectionParts Connect(ConnectorContext context) => new(null, new Payments(context.Settings.Name));

    private sealed class Payments(string connection) : IInboundMap
    {
        public Task<InboundResult> Map(InboxDelivery delivery, CancellationToken cancel)
        {
            using var document = JsonDocument.Parse(delivery.Body);
            if (!document.RootElement.TryGetProperty("payment", out var payment)) return Result(new InboundResult.Commands([]));
            if (payment.TryGetProperty("later", out _)) return Result(new InboundResult.Waits("AWAY", "The payments cannot be read now."));
            if (!payment.GetProperty("amount").TryGetDecimal(out var amount) || amount <= 0)
                return Result(new InboundResult.Parked([new(new("AMOUNT_INVALID", "payment.amount", "The amount is not more than nothing.", "Correct it."))]));
            var command = new RecordPayment("p-1", connection, Money.Of(amount, "EUR"), new(2026, 6, 1), "Transfer");
            return Result(new InboundResult.Commands([new(
                payment.GetProperty("invoice").GetString()!,
                new(delivery.Key, command, Actor.Connection(connection), delivery.Correlation, delivery.Causation))]));
        }

        private static Task<InboundResult> Result(InboundResult result) => Task.FromResult(result);
    }
}
