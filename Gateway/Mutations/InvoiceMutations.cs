using System.Runtime.CompilerServices;
using System.Security.Claims;
using Q2C.Gateway.Reading;
using Q2C.Gateway.Resolvers;
using Q2C.Invoices;

namespace Q2C.Gateway.Mutations;

public sealed record ApproveInvoiceInput(string IdempotencyKey, string InvoiceId, string? Note);

public sealed record RejectInvoiceInput(string IdempotencyKey, string InvoiceId, string Reason);

public sealed record CorrectInvoiceInput(
    string IdempotencyKey, string InvoiceId, string ExceptionId, PostalAddressInput? BillTo, string? TaxNumber, string Reason);

public sealed record RecordPaymentInput(
    string IdempotencyKey, string InvoiceId, string PaymentId, MoneyInput Amount, DateOnly Date, string Reference);

public sealed record ExchangeRateInput(decimal Rate, DateOnly Date, string Source)
{
    internal AppliedRate ToRate() => new(Rate, Date, Source);
}

public sealed record RecordForeignPaymentInput(
    string IdempotencyKey, string InvoiceId, string PaymentId, MoneyInput Paid, ExchangeRateInput? Agreed, ExchangeRateInput Booked, DateOnly Date,
    string Reference);

public sealed record FinalizeInvoiceInput(string IdempotencyKey, string InvoiceId, string Reason);

public sealed record RefreshInvoiceInput(string IdempotencyKey, string InvoiceId, string Reason);

public sealed record OverrideInvoiceLineInput(
    string IdempotencyKey, string InvoiceId, string LineId, decimal? Quantity, decimal? Rate, string? Description, string Reason);

public sealed record RecordForeignPaymentPayload(InvoiceNode? Invoice, string? Freshness, IReadOnlyList<object> Errors);

public sealed record FinalizeInvoicePayload(InvoiceNode? Invoice, string? Freshness, IReadOnlyList<object> Errors);

public sealed record RefreshInvoicePayload(InvoiceNode? Invoice, string? Freshness, IReadOnlyList<object> Errors);

public sealed record OverrideInvoiceLinePayload(InvoiceNode? Invoice, string? Freshness, IReadOnlyList<object> Errors);

public sealed record ReleaseRetentionInput(string IdempotencyKey, string InvoiceId, DateOnly Due, string Reason);

public sealed record ReleaseRetentionPayload(InvoiceNode? Invoice, string? Freshness, IReadOnlyList<object> Errors);

public sealed record ApproveInvoicePayload(InvoiceNode? Invoice, string? Freshness, IReadOnlyList<object> Errors);

public sealed record RejectInvoicePayload(InvoiceNode? Invoice, string? Freshness, IReadOnlyList<object> Errors);

public sealed record CorrectInvoicePayload(InvoiceNode? Invoice, string? Freshness, IReadOnlyList<object> Errors);

public sealed record RecordPaymentPayload(InvoiceNode? Invoice, string? Freshness, IReadOnlyList<object> Errors);

public sealed class InvoiceMutations(Objects objects, CommandSender commands)
{
    /// <summary>The connection that payments reported over the API belong to.</summary>
    private const string ApiConnection = "api";

    public async Task<ApproveInvoicePayload> ApproveInvoice(ApproveInvoiceInput input, ClaimsPrincipal user)
    {
        var (sent, invoice) = await Send(
            user, [Roles.FinanceApprover], input.InvoiceId, input.IdempotencyKey, new ApproveInvoice(input.Note));
        return new(invoice, sent.Freshness, sent.Errors);
    }

    public async Task<RejectInvoicePayload> RejectInvoice(RejectInvoiceInput input, ClaimsPrincipal user)
    {
        var (sent, invoice) = await Send(
            user, [Roles.FinanceApprover], input.InvoiceId, input.IdempotencyKey, new RejectInvoice(input.Reason));
        return new(invoice, sent.Freshness, sent.Errors);
    }

    public async Task<CorrectInvoicePayload> CorrectInvoice(CorrectInvoiceInput input, ClaimsPrincipal user)
    {
        var command = new CorrectInvoice(
            ExceptionMutations.ItemOf(input.ExceptionId), input.BillTo?.ToAddress(), input.TaxNumber, input.Reason);
        var (sent, invoice) = await Send(
            user, [Roles.Finance, Roles.Operator], input.InvoiceId, input.IdempotencyKey, command);
        return new(invoice, sent.Freshness, sent.Errors);
    }

    public async Task<RecordPaymentPayload> RecordPayment(RecordPaymentInput input, ClaimsPrincipal user)
    {
        var reader = new InputReader();
        var amount = reader.Money(input.Amount, "input.amount");
        if (reader.Errors.Count > 0) return new(null, null, reader.Errors);
        var command = new RecordPayment(input.PaymentId, ApiConnection, amount, input.Date, input.Reference);
        var (sent, invoice) = await Send(user, [Roles.Finance, Roles.Machine], input.InvoiceId, input.IdempotencyKey, command);
        return new(invoice, sent.Freshness, sent.Errors);
    }

    public async Task<RecordForeignPaymentPayload> RecordForeignPayment(RecordForeignPaymentInput input, ClaimsPrincipal user)
    {
        var reader = new InputReader();
        var paid = reader.Money(input.Paid, "input.paid");
        if (reader.Errors.Count > 0) return new(null, null, reader.Errors);
        var command = new RecordForeignPayment(
            input.PaymentId, ApiConnection, paid, input.Agreed?.ToRate(), input.Booked.ToRate(), input.Date, input.Reference);
        var (sent, invoice) = await Send(user, [Roles.Finance, Roles.Machine], input.InvoiceId, input.IdempotencyKey, command);
        return new(invoice, sent.Freshness, sent.Errors);
    }

    public async Task<FinalizeInvoicePayload> FinalizeInvoice(FinalizeInvoiceInput input, ClaimsPrincipal user)
    {
        var (sent, invoice) = await Send(
            user, [Roles.Finance, Roles.Operator], input.InvoiceId, input.IdempotencyKey, new FinalizeInvoice(input.Reason));
        return new(invoice, sent.Freshness, sent.Errors);
    }

    public async Task<RefreshInvoicePayload> RefreshInvoice(RefreshInvoiceInput input, ClaimsPrincipal user)
    {
        var (sent, invoice) = await Send(
            user, [Roles.Finance, Roles.Operator], input.InvoiceId, input.IdempotencyKey, new RefreshInvoice(input.Reason));
        return new(invoice, sent.Freshness, sent.Errors);
    }

    public async Task<OverrideInvoiceLinePayload> OverrideInvoiceLine(OverrideInvoiceLineInput input, ClaimsPrincipal user)
    {
        var (sent, invoice) = await Send(
            user, [Roles.Finance], input.InvoiceId, input.IdempotencyKey,
            new OverrideInvoiceLine(input.LineId, input.Quantity, input.Rate, input.Description, input.Reason));
        return new(invoice, sent.Freshness, sent.Errors);
    }

    public async Task<ReleaseRetentionPayload> ReleaseRetention(ReleaseRetentionInput input, ClaimsPrincipal user)
    {
        var (sent, invoice) = await Send(
            user, [Roles.Finance], input.InvoiceId, input.IdempotencyKey, new ReleaseRetention(input.Due, input.Reason));
        return new(invoice, sent.Freshness, sent.Errors);
    }

    private async Task<(Sent Sent, InvoiceNode? Invoice)> Send(
        ClaimsPrincipal user, string[] roles, string id, string key, Command command, [CallerMemberName] string mutation = "")
    {
        if (CommandSender.Refusal(user, roles, key, mutation, id) is { } refusal) return (refusal, null);
        if (!Ids.Is(id, Ids.Invoice)) return (Sent.Refused(MutationErrors.NotFound("input.invoiceId", id, "an invoice")), null);
        var sent = await commands.Send(user, id, key, command);
        if (sent.IsRefused) return (sent, null);
        return (sent, await objects.Invoice(id) is { } view ? InvoiceNode.Of(view) : null);
    }
}
