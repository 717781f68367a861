using Q2C.Customers;
using Q2C.Invoices;

namespace Q2C.Silo.ReadModels;

/// <param name="LegalEntity">Null for a payment that was recorded before payments said it.</param>
internal sealed record CustomerPaymentRow(
    string Id, string PaymentId, string CustomerId, string? InvoiceId, string? LegalEntity, string Connection, DateOnly Date, string Currency,
    long AmountMinor, long? ExcessMinor, string Reference, DateTimeOffset ReceivedAt, Money? Foreign = null, Money? Gain = null) : ReadRow(Id);

/// <summary>Money that came in: for one invoice, or on account of a customer.</summary>
internal sealed class CustomerPaymentsModel() : Fold<CustomerPaymentRow>("customer_payment")
{
    protected override IEnumerable<string> Keys(Fact fact) => fact.Event switch
    {
        PaymentApplied e => [Key(fact, e.Payment.PaymentId)],
        CustomerPaymentReceived e => [Key(fact, e.Payment.PaymentId)],
        _ => [],
    };

    protected override CustomerPaymentRow? Next(CustomerPaymentRow? row, string key, Fact fact, Batch batch) => fact.Event switch
    {
        PaymentApplied { Payment: var paid } e => new(
            key, paid.PaymentId, e.CustomerId, e.InvoiceId, e.LegalEntity, paid.Connection, paid.Date, paid.Amount.Currency, paid.Amount.Minor,
            e.Excess.Minor, paid.Reference, e.At, paid.Foreign?.Paid, e.Gain),
        CustomerPaymentReceived { Payment: var paid } e => new(
            key, paid.PaymentId, fact.Grain, InvoiceId: null, paid.LegalEntity, paid.Connection, paid.Date, paid.Amount.Currency,
            paid.Amount.Minor, ExcessMinor: null, paid.Reference, e.At),
        _ => null,
    };

    private static string Key(Fact fact, string payment) => $"{fact.Grain}/payment/{payment}";
}
