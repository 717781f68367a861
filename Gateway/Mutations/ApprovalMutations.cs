using System.Runtime.CompilerServices;
using System.Security.Claims;
using Q2C.Customers;
using Q2C.Gateway.Reading;
using Q2C.Gateway.Resolvers;
using Q2C.Invoices;

namespace Q2C.Gateway.Mutations;

public sealed record ApproveRefundInput(string IdempotencyKey, string CustomerId, string RefundId, string LegalEntity, string? Note);

public sealed record DeclineRefundInput(string IdempotencyKey, string CustomerId, string RefundId, string LegalEntity, string Reason);

public sealed record ApproveReceivableWriteOffInput(string IdempotencyKey, string InvoiceId, string? Note);

public sealed record DeclineReceivableWriteOffInput(string IdempotencyKey, string InvoiceId, string Reason);

public sealed record EstimateTaxInput(string IdempotencyKey, string InvoiceId, string Reason);

public sealed record ApproveRefundPayload(CustomerNode? Customer, string? Freshness, IReadOnlyList<object> Errors);

public sealed record DeclineRefundPayload(CustomerNode? Customer, string? Freshness, IReadOnlyList<object> Errors);

public sealed record ApproveReceivableWriteOffPayload(InvoiceNode? Invoice, string? Freshness, IReadOnlyList<object> Errors);

public sealed record DeclineReceivableWriteOffPayload(InvoiceNode? Invoice, string? Freshness, IReadOnlyList<object> Errors);

public sealed record EstimateTaxPayload(InvoiceNode? Invoice, string? Freshness, IReadOnlyList<object> Errors);

/// <summary>What a second person decides about money, and the estimate of a tax that nobody answers.</summary>
public sealed class ApprovalMutations(Objects objects, CommandSender commands)
{
    private static readonly string[] Decliners = [Roles.Finance, Roles.FinanceApprover];

    public async Task<ApproveRefundPayload> ApproveRefund(ApproveRefundInput input, ClaimsPrincipal user)
    {
        var (sent, customer) = await OfCustomer(
            user, [Roles.FinanceApprover], input.CustomerId, input.IdempotencyKey, new ApproveRefund(input.RefundId, input.LegalEntity, input.Note));
        return new(customer, sent.Freshness, sent.Errors);
    }

    public async Task<DeclineRefundPayload> DeclineRefund(DeclineRefundInput input, ClaimsPrincipal user)
    {
        var (sent, customer) = await OfCustomer(
            user, Decliners, input.CustomerId, input.IdempotencyKey, new DeclineRefund(input.RefundId, input.LegalEntity, input.Reason));
        return new(customer, sent.Freshness, sent.Errors);
    }

    public async Task<ApproveReceivableWriteOffPayload> ApproveReceivableWriteOff(ApproveReceivableWriteOffInput input, ClaimsPrincipal user)
    {
        var (sent, invoice) = await OfInvoice(
            user, [Roles.FinanceApprover], input.InvoiceId, input.IdempotencyKey, new ApproveReceivableWriteOff(input.Note));
        return new(invoice, sent.Freshness, sent.Errors);
    }

    public async Task<DeclineReceivableWriteOffPayload> DeclineReceivableWriteOff(DeclineReceivableWriteOffInput input, ClaimsPrincipal user)
    {
        var (sent, invoice) = await OfInvoice(
            user, Decliners, input.InvoiceId, input.IdempotencyKey, new DeclineReceivableWriteOff(input.Reason));
        return new(invoice, sent.Freshness, sent.Errors);
    }

    public async Task<EstimateTaxPayload> EstimateTax(EstimateTaxInput input, ClaimsPrincipal user)
    {
        var (sent, invoice) = await OfInvoice(user, [Roles.Finance], input.InvoiceId, input.IdempotencyKey, new EstimateTax(input.Reason));
        return new(invoice, sent.Freshness, sent.Errors);
    }

    private async Task<(Sent Sent, CustomerNode? Customer)> OfCustomer(ClaimsPrincipal user, string[] roles, string id, string key, Command command,
        [CallerMemberName] string mutation = "")
    {
        if (CommandSender.Refusal(user, roles, key, mutation, id) is { } refusal) return (refusal, null);
        if (!Ids.Is(id, Ids.Customer)) return (Sent.Refused(MutationErrors.NotFound("input.customerId", id, "a customer")), null);
        var sent = await commands.Send(user, id, key, command);
        return sent.IsRefused ? (sent, null) : (sent, await objects.Customer(id) is { } view ? CustomerNode.Of(view) : null);
    }

    private async Task<(Sent Sent, InvoiceNode? Invoice)> OfInvoice(ClaimsPrincipal user, string[] roles, string id, string key, Command command,
        [CallerMemberName] string mutation = "")
    {
        if (CommandSender.Refusal(user, roles, key, mutation, id) is { } refusal) return (refusal, null);
        if (!Ids.Is(id, Ids.Invoice)) return (Sent.Refused(MutationErrors.NotFound("input.invoiceId", id, "an invoice")), null);
        var sent = await commands.Send(user, id, key, command);
        return sent.IsRefused ? (sent, null) : (sent, await objects.Invoice(id) is { } view ? InvoiceNode.Of(view) : null);
    }
}
