using Q2C.Gateway.Reading;

namespace Q2C.Gateway.Resolvers;

/// <summary>Money that a customer paid.</summary>
/// <param name="InvoiceId">Null for money on account.</param>
public sealed record CustomerPaymentNode(
    string Id, string PaymentId, string CustomerId, string? InvoiceId, string? LegalEntity, string Connection, DateOnly Date, Money Amount,
    Money? Excess, string Reference, Money? Foreign, Money? Gain, DateTimeOffset ReceivedAt);

internal sealed record CustomerPaymentRow(
    string Id, string PaymentId, string CustomerId, string? InvoiceId, string? LegalEntity, string Connection, DateOnly Date, string Currency,
    long AmountMinor, long? ExcessMinor, string Reference, DateTimeOffset ReceivedAt, Money? Foreign, Money? Gain)
{
    public CustomerPaymentNode Node => new(
        Id, PaymentId, CustomerId, InvoiceId, LegalEntity, Connection, Date, new(AmountMinor, Currency),
        ExcessMinor is { } excess ? new Money(excess, Currency) : null, Reference, Foreign, Gain, ReceivedAt);
}

public sealed record CustomerPaymentFilter(
    string? CustomerId, string? InvoiceId, string? LegalEntity, string? Connection, string? Currency, string? PaymentId, DateRange? Date,
    string? Search);

public enum CustomerPaymentOrderField { ReceivedAt, Date }

internal static class CustomerPaymentLists
{
    private static readonly Listing Newest = new("customer_payment", "received_at", "timestamptz", Descending: true);

    public static async Task<Page<CustomerPaymentNode>> Page(
        ReadModels readModels, PageRequest request, Criteria filter, OrderBy<CustomerPaymentOrderField>? orderBy, CancellationToken cancel) =>
        (await readModels.Page<CustomerPaymentRow>(Newest.By(orderBy, Column), request, filter, cancel)).Select(row => row.Node);

    public static async Task<Page<CustomerPaymentNode>> Below(
        NestedPages pages, string customer, PageRequest request, CustomerPaymentFilter? filter, OrderBy<CustomerPaymentOrderField>? orderBy,
        CancellationToken cancel) => (await pages.Load<CustomerPaymentRow>(
        Newest.By(orderBy, Column), request, Of(filter), "customer_id", customer, cancel)).Select(row => row.Node);

    public static Criteria Of(CustomerPaymentFilter? filter) => new Criteria()
        .Equal("customer_id", filter?.CustomerId).Equal("invoice_id", filter?.InvoiceId).Equal("legal_entity", filter?.LegalEntity)
        .Equal("connection", filter?.Connection).Equal("currency", filter?.Currency).Equal("payment_id", filter?.PaymentId)
        .Within("date", filter?.Date).Search(filter?.Search, "reference", "payment_id");

    private static (string, string) Column(CustomerPaymentOrderField field) => field switch
    {
        CustomerPaymentOrderField.Date => ("date", "date"),
        _ => (Newest.Sort, Newest.SortType),
    };
}

public sealed class CustomerPaymentQueries(ReadModels readModels)
{
    public async Task<Page<CustomerPaymentNode>> GetPayments(
        CustomerPaymentFilter? filter, OrderBy<CustomerPaymentOrderField>? orderBy, int? first, string? after, int? last, string? before,
        string? atLeast, CancellationToken cancel)
    {
        await readModels.Reach(atLeast, cancel);
        return await CustomerPaymentLists.Page(
            readModels, PageRequest.Of(first, after, last, before), CustomerPaymentLists.Of(filter), orderBy, cancel);
    }
}

public sealed class CustomerPaymentFields
{
    public Task<CustomerNode?> GetCustomer([Parent] CustomerPaymentNode payment, CustomerById customers, CancellationToken cancel) =>
        CustomerFields.Lookup(customers, payment.CustomerId, cancel);

    public async Task<InvoiceNode?> GetInvoice([Parent] CustomerPaymentNode payment, InvoiceById invoices, CancellationToken cancel) =>
        payment.InvoiceId is { } id ? await invoices.LoadAsync(id, cancel) : null;
}
