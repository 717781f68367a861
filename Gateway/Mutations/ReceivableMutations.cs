using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Security.Claims;
using Q2C.Customers;
using Q2C.Gateway.Reading;
using Q2C.Gateway.Resolvers;

namespace Q2C.Gateway.Mutations;

public sealed record AllocationInput(string InvoiceId, MoneyInput Amount);

public sealed record ReceivePaymentInput(
    string IdempotencyKey, string CustomerId, string PaymentId, string LegalEntity, MoneyInput Amount, DateOnly Date, string Reference,
    IReadOnlyList<AllocationInput>? Allocations, ForeignReceiptInput? Foreign);

public sealed record ForeignReceiptInput(MoneyInput Paid, ExchangeRateInput Rate);

public sealed record ApplyCreditInput(
    string IdempotencyKey, string CustomerId, string LegalEntity, string Currency, DateOnly Date, IReadOnlyList<AllocationInput>? Allocations);

public sealed record RefundCustomerInput(
    string IdempotencyKey, string CustomerId, string RefundId, string LegalEntity, MoneyInput Amount, DateOnly Date, string? Connection,
    string? InvoiceId, string Reason);

public sealed record ProposeDunningInput(string IdempotencyKey, string CustomerId, string LegalEntity, DateOnly Day);

public sealed record ReceivePaymentPayload(CustomerNode? Customer, string? Freshness, IReadOnlyList<object> Errors);

public sealed record ApplyCreditPayload(CustomerNode? Customer, string? Freshness, IReadOnlyList<object> Errors);

public sealed record RefundCustomerPayload(CustomerNode? Customer, string? Freshness, IReadOnlyList<object> Errors);

public sealed record ProposeDunningPayload(CustomerNode? Customer, string? Freshness, IReadOnlyList<object> Errors);

/// <summary>Money of customers: received, allocated, paid back; reminders.</summary>
public sealed class ReceivableMutations(Objects objects, CommandSender commands)
{
    private const string ApiConnection = "api";

    public async Task<ReceivePaymentPayload> ReceivePayment(ReceivePaymentInput input, ClaimsPrincipal user)
    {
        var reader = new InputReader();
        var (amount, told) = (reader.Money(input.Amount, "input.amount"), Allocations(reader, input.Allocations));
        var foreign = input.Foreign is { } other ? new ForeignReceipt(reader.Money(other.Paid, "input.foreign.paid"), other.Rate.ToRate()) : null;
        if (reader.Errors.Count > 0) return new(null, null, reader.Errors);
        var (sent, customer) = await Send(
            user, [Roles.Finance, Roles.Machine], input.CustomerId, input.IdempotencyKey,
            new ReceivePayment(input.PaymentId, input.LegalEntity, ApiConnection, amount, input.Date, input.Reference, told, foreign));
        return new(customer, sent.Freshness, sent.Errors);
    }

    public async Task<ApplyCreditPayload> ApplyCredit(ApplyCreditInput input, ClaimsPrincipal user)
    {
        var reader = new InputReader();
        var told = Allocations(reader, input.Allocations);
        if (reader.Errors.Count > 0) return new(null, null, reader.Errors);
        var (sent, customer) = await Send(
            user, [Roles.Finance], input.CustomerId, input.IdempotencyKey,
            new ApplyCredit(input.LegalEntity, input.Currency, input.Date, told));
        return new(customer, sent.Freshness, sent.Errors);
    }

    public async Task<RefundCustomerPayload> RefundCustomer(RefundCustomerInput input, ClaimsPrincipal user)
    {
        var reader = new InputReader();
        var amount = reader.Money(input.Amount, "input.amount");
        if (reader.Errors.Count > 0) return new(null, null, reader.Errors);
        var (sent, customer) = await Send(
            user, [Roles.Finance], input.CustomerId, input.IdempotencyKey,
            new RefundCustomer(input.RefundId, input.LegalEntity, amount, input.Date, input.Connection, input.InvoiceId, input.Reason));
        return new(customer, sent.Freshness, sent.Errors);
    }

    public async Task<ProposeDunningPayload> ProposeDunning(ProposeDunningInput input, ClaimsPrincipal user)
    {
        var (sent, customer) = await Send(
            user, [Roles.Finance], input.CustomerId, input.IdempotencyKey, new ProposeDunning(input.LegalEntity, input.Day));
        return new(customer, sent.Freshness, sent.Errors);
    }

    private static ImmutableArray<Allocation>? Allocations(InputReader reader, IReadOnlyList<AllocationInput>? allocations) =>
        allocations is null
            ? null
            : [.. allocations.Select((one, i) => new Allocation(one.InvoiceId, reader.Money(one.Amount, $"input.allocations[{i}].amount")))];

    private async Task<(Sent Sent, CustomerNode? Customer)> Send(
        ClaimsPrincipal user, string[] roles, string id, string key, Command command, [CallerMemberName] string mutation = "")
    {
        if (CommandSender.Refusal(user, roles, key, mutation, id) is { } refusal) return (refusal, null);
        if (await objects.Customer(id) is null) return (Sent.Refused(MutationErrors.NotFound("input.customerId", id, "a customer")), null);
        var sent = await commands.Send(user, id, key, command);
        return sent.IsRefused ? (sent, null) : (sent, await objects.Customer(id) is { } view ? CustomerNode.Of(view) : null);
    }
}
