using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Security.Claims;
using Q2C.CreditMemos;
using Q2C.Gateway.Reading;
using Q2C.Gateway.Resolvers;
using Q2C.Invoices;

namespace Q2C.Gateway.Mutations;

public sealed record CreditLineInput(string LineId, MoneyInput? Net, IReadOnlyList<string>? ItemIds);

public sealed record CreditInvoiceInput(
    string IdempotencyKey, string InvoiceId, DateOnly Date, bool ReleaseItems, IReadOnlyList<CreditLineInput>? Lines,
    CreditRounding? Rounding, string Reason);

public sealed record ApproveCreditMemoInput(string IdempotencyKey, string CreditMemoId, string? Note);

public sealed record RejectCreditMemoInput(string IdempotencyKey, string CreditMemoId, string Reason);

public sealed record WriteOffReceivableInput(string IdempotencyKey, string InvoiceId, MoneyInput? Amount, DateOnly Date, string Reason);

public sealed record RestoreReceivableInput(string IdempotencyKey, string InvoiceId, DateOnly Date, string Reason);

public sealed record DisputeInvoiceInput(string IdempotencyKey, string InvoiceId, IReadOnlyList<string>? LineIds, string Reason);

public sealed record ReleaseDisputeInput(string IdempotencyKey, string InvoiceId, string Reason);

public sealed record CreditInvoicePayload(string? CreditMemoId, InvoiceNode? Invoice, string? Freshness, IReadOnlyList<object> Errors);

public sealed record ApproveCreditMemoPayload(CreditMemoNode? CreditMemo, string? Freshness, IReadOnlyList<object> Errors);

public sealed record RejectCreditMemoPayload(CreditMemoNode? CreditMemo, string? Freshness, IReadOnlyList<object> Errors);

public sealed record WriteOffReceivablePayload(InvoiceNode? Invoice, string? Freshness, IReadOnlyList<object> Errors);

public sealed record RestoreReceivablePayload(InvoiceNode? Invoice, string? Freshness, IReadOnlyList<object> Errors);

public sealed record DisputeInvoicePayload(InvoiceNode? Invoice, string? Freshness, IReadOnlyList<object> Errors);

public sealed record ReleaseDisputePayload(InvoiceNode? Invoice, string? Freshness, IReadOnlyList<object> Errors);

/// <summary>What is done about issued invoices: credited, written off, disputed.</summary>
public sealed class CreditMutations(Objects objects, CommandSender commands)
{
    public async Task<CreditInvoicePayload> CreditInvoice(CreditInvoiceInput input, ClaimsPrincipal user)
    {
        var reader = new InputReader();
        var lines = (input.Lines ?? []).Select((line, i) => new CreditRequest(
            line.LineId, line.Net is null ? null : reader.Money(line.Net, $"input.lines[{i}].net"),
            line.ItemIds is null ? null : [.. line.ItemIds])).ToImmutableArray();
        if (reader.Errors.Count > 0) return new(null, null, null, reader.Errors);
        var (sent, invoice) = await OfInvoice(
            user, [Roles.Finance], input.InvoiceId, input.IdempotencyKey,
            new CreditInvoice(lines, input.Date, input.ReleaseItems, input.Reason, input.Rounding));
        var id = sent.IsRefused
            ? null
            : CreditMemoIds.Of(Ids.RegionOf(input.InvoiceId), input.InvoiceId, CommandSender.KeyOf(user, input.IdempotencyKey));
        return new(id, invoice, sent.Freshness, sent.Errors);
    }

    public async Task<ApproveCreditMemoPayload> ApproveCreditMemo(ApproveCreditMemoInput input, ClaimsPrincipal user)
    {
        var (sent, memo) = await OfMemo(user, input.CreditMemoId, input.IdempotencyKey, new ApproveCreditMemo(input.Note));
        return new(memo, sent.Freshness, sent.Errors);
    }

    public async Task<RejectCreditMemoPayload> RejectCreditMemo(RejectCreditMemoInput input, ClaimsPrincipal user)
    {
        var (sent, memo) = await OfMemo(user, input.CreditMemoId, input.IdempotencyKey, new RejectCreditMemo(input.Reason));
        return new(memo, sent.Freshness, sent.Errors);
    }

    public async Task<WriteOffReceivablePayload> WriteOffReceivable(WriteOffReceivableInput input, ClaimsPrincipal user)
    {
        var reader = new InputReader();
        Money? amount = input.Amount is null ? null : reader.Money(input.Amount, "input.amount");
        if (reader.Errors.Count > 0) return new(null, null, reader.Errors);
        var (sent, invoice) = await OfInvoice(
            user, [Roles.FinanceApprover], input.InvoiceId, input.IdempotencyKey, new WriteOffReceivable(amount, input.Date, input.Reason));
        return new(invoice, sent.Freshness, sent.Errors);
    }

    public async Task<RestoreReceivablePayload> RestoreReceivable(RestoreReceivableInput input, ClaimsPrincipal user)
    {
        var (sent, invoice) = await OfInvoice(
            user, [Roles.Finance], input.InvoiceId, input.IdempotencyKey, new RestoreReceivable(input.Date, input.Reason));
        return new(invoice, sent.Freshness, sent.Errors);
    }

    public async Task<DisputeInvoicePayload> DisputeInvoice(DisputeInvoiceInput input, ClaimsPrincipal user)
    {
        var (sent, invoice) = await OfInvoice(
            user, [Roles.Finance, Roles.Sales, Roles.Delivery], input.InvoiceId, input.IdempotencyKey,
            new DisputeInvoice([.. input.LineIds ?? []], input.Reason));
        return new(invoice, sent.Freshness, sent.Errors);
    }

    public async Task<ReleaseDisputePayload> ReleaseDispute(ReleaseDisputeInput input, ClaimsPrincipal user)
    {
        var (sent, invoice) = await OfInvoice(
            user, [Roles.Finance], input.InvoiceId, input.IdempotencyKey, new ReleaseDispute(input.Reason));
        return new(invoice, sent.Freshness, sent.Errors);
    }

    private async Task<(Sent Sent, InvoiceNode? Invoice)> OfInvoice(
        ClaimsPrincipal user, string[] roles, string id, string key, Command command, [CallerMemberName] string mutation = "")
    {
        if (CommandSender.Refusal(user, roles, key, mutation, id) is { } refusal) return (refusal, null);
        if (!Ids.Is(id, Ids.Invoice)) return (Sent.Refused(MutationErrors.NotFound("input.invoiceId", id, "an invoice")), null);
        var sent = await commands.Send(user, id, key, command);
        return sent.IsRefused ? (sent, null) : (sent, await objects.Invoice(id) is { } view ? InvoiceNode.Of(view) : null);
    }

    private async Task<(Sent Sent, CreditMemoNode? Memo)> OfMemo(ClaimsPrincipal user, string id, string key, Command command,
        [CallerMemberName] string mutation = "")
    {
        if (CommandSender.Refusal(user, [Roles.FinanceApprover], key, mutation, id) is { } refusal) return (refusal, null);
        if (!Ids.Is(id, Ids.CreditMemo)) return (Sent.Refused(MutationErrors.NotFound("input.creditMemoId", id, "a credit memo")), null);
        var sent = await commands.Send(user, id, key, command);
        return sent.IsRefused ? (sent, null) : (sent, await objects.CreditMemo(id) is { } view ? CreditMemoNode.Of(view) : null);
    }
}
