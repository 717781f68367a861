using System.Runtime.CompilerServices;
using System.Security.Claims;
using Q2C.Contracts;
using Q2C.Gateway.Reading;
using Q2C.Gateway.Resolvers;
using Q2C.Quotes;

namespace Q2C.Gateway.Mutations;

public sealed record SubmitQuoteInput(
    string IdempotencyKey, string Source, string QuoteId, DateTimeOffset SourceVersion, string OpportunityId, string Name,
    string CustomerId, CustomerProfileInput Customer, string LegalEntity, string ProjectTemplate, string Currency, DateOnly Start,
    DateOnly? End, DateOnly? ValidUntil, string? PurchaseOrder, IReadOnlyList<ContractLineInput> Lines,
    ConditionsInput? Conditions, IReadOnlyList<SharedCapInput>? Caps);

public sealed record ApproveQuoteInput(string IdempotencyKey, string QuoteId, string? Note);

public sealed record DeclineQuoteInput(string IdempotencyKey, string QuoteId, string Reason);

public sealed record SubmitQuotePayload(QuoteNode? Quote, string? Freshness, IReadOnlyList<object> Errors);

public sealed record ApproveQuotePayload(QuoteNode? Quote, string? Freshness, IReadOnlyList<object> Errors);

public sealed record DeclineQuotePayload(QuoteNode? Quote, string? Freshness, IReadOnlyList<object> Errors);

public sealed class QuoteMutations(Objects objects, CommandSender commands, GatewayOptions options)
{
    private static readonly string[] Submitters = [Roles.Sales, Roles.Machine];
    private static readonly string[] Deciders = [Roles.Sales, Roles.FinanceApprover, Roles.Machine];

    public async Task<SubmitQuotePayload> SubmitQuote(SubmitQuoteInput input, ClaimsPrincipal user)
    {
        var id = Ids.Derive(options.Region, Ids.Quote, input.Source, input.QuoteId);
        if (CommandSender.Refusal(user, Submitters, input.IdempotencyKey, subject: id) is { } refusal)
            return new(null, null, refusal.Errors);
        var reader = new InputReader();
        var (lines, conditions, caps) = (reader.Lines(input.Lines), reader.Conditions(input.Conditions), reader.Caps(input.Caps));
        if (reader.Errors.Count > 0) return new(null, null, reader.Errors);
        var offer = new AcceptQuote(
            input.Name, input.Source, input.OpportunityId, input.QuoteId, input.SourceVersion.ToUniversalTime(), input.CustomerId,
            input.Customer.ToProfile(), input.LegalEntity, input.ProjectTemplate, input.Currency, input.Start, input.End,
            input.PurchaseOrder, lines, Conditions: conditions, Caps: caps);
        var (sent, quote) = await Send(
            user, Submitters, id, input.IdempotencyKey, new SubmitQuote(offer, input.ValidUntil));
        return new(quote, sent.Freshness, sent.Errors);
    }

    public async Task<ApproveQuotePayload> ApproveQuote(ApproveQuoteInput input, ClaimsPrincipal user)
    {
        var (sent, quote) = await Send(user, Deciders, input.QuoteId, input.IdempotencyKey, new ApproveQuote(input.Note));
        return new(quote, sent.Freshness, sent.Errors);
    }

    public async Task<DeclineQuotePayload> DeclineQuote(DeclineQuoteInput input, ClaimsPrincipal user)
    {
        var (sent, quote) = await Send(user, Deciders, input.QuoteId, input.IdempotencyKey, new DeclineQuote(input.Reason));
        return new(quote, sent.Freshness, sent.Errors);
    }

    private async Task<(Sent Sent, QuoteNode? Quote)> Send(
        ClaimsPrincipal user, string[] roles, string id, string key, Command command, [CallerMemberName] string mutation = "")
    {
        if (CommandSender.Refusal(user, roles, key, mutation, id) is { } refusal) return (refusal, null);
        if (!Ids.Is(id, Ids.Quote)) return (Sent.Refused(MutationErrors.NotFound("input.quoteId", id, "a quote")), null);
        var sent = await commands.Send(user, id, key, command);
        if (sent.IsRefused) return (sent, null);
        return (sent, await objects.Quote(id) is { } view ? QuoteNode.Of(view) : null);
    }
}
