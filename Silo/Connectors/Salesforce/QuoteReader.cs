using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Q2C.Silo.Connectors.Mapping;

namespace Q2C.Silo.Connectors.Salesforce;

/// <summary>An opportunity, as the mapping document reads it from the org's fields.</summary>
internal sealed record SoldOpportunity(
    string Id, string Name, string AccountId, bool IsWon, string? QuoteId, string? PurchaseOrder, DateOnly? Start, DateOnly? End,
    string? ProjectTemplate);

internal sealed record SoldQuote(string Id, string Currency, DateOnly? Start, DateOnly? End, DateTimeOffset ChangedAt);

/// <param name="Model">As <see cref="BillingModels"/>; the mapping document translates the org's pick list.</param>
/// <param name="Parent">The bundle that a component belongs to.</param>
/// <param name="NetPrice">Per unit after all discounts.</param>
/// <param name="RateUnit">Only the hour: the mapping document lets no other through.</param>
internal sealed record SoldLine(
    string Id, string? Parent, string Service, string Description, string Model, decimal Quantity, decimal? NetPrice,
    decimal? NetTotal, string RateUnit, string? Role, decimal? Cap, decimal? MarkupPercent, string? DeliveredBy, string? Milestone,
    DateOnly? MilestoneDue, DateOnly? Start, DateOnly? End, DateTimeOffset ChangedAt);

internal sealed record SoldTo(
    string Id, string Name, string? ParentId, string? LegalEntity, string? TaxNumber, string? ExemptionNumber, string? Email,
    string? Currency, string? Street, string? City, string? State, string? PostalCode, string? Country, DateTimeOffset ChangedAt);

/// <summary>The values of <see cref="SoldLine.Model"/>.</summary>
internal static class BillingModels
{
    public const string FixedFee = "fixed-fee";
    public const string TimeAndMaterials = "time-and-materials";
    public const string Expenses = "expenses";
}

/// <param name="Parent">The account above, if there is one.</param>
internal sealed record SoldEngagement(
    SoldOpportunity Opportunity, SoldQuote Quote, ImmutableArray<SoldLine> Lines, SoldTo Account, SoldTo? Parent);

/// <summary>Reads what was sold: opportunity, its primary quote with lines, the account and the one above it.</summary>
internal sealed class QuoteReader(SalesforceApi api, MapCatalog maps)
{
    private readonly InboundMap<SoldOpportunity> _opportunity = maps.Inbound<SoldOpportunity>("opportunity");
    private readonly InboundMap<SoldQuote> _quote = maps.Inbound<SoldQuote>("quote");
    private readonly InboundMap<SoldLine> _line = maps.Inbound<SoldLine>("quote-line");
    private readonly InboundMap<SoldTo> _account = maps.Inbound<SoldTo>("account");

    public async Task<Reading> Read(string opportunityId, string correlation, CancellationToken cancel)
    {
        try
        {
            var read = await Mapped("Opportunity", opportunityId, _opportunity, correlation, cancel);
            if (read.Value is not { } opportunity) return new Reading.Wrong(read.Problems);
            if (!opportunity.IsWon) return new Reading.NotWon();
            if (opportunity.QuoteId is not { Length: > 0 } quoteId)
                return new Reading.Wrong([new(
                    "OPPORTUNITY_WITHOUT_QUOTE", "SBQQ__PrimaryQuote__c", $"The won opportunity '{opportunity.Name}' has no primary quote.",
                    "Mark the accepted quote as primary in Salesforce, then retry.")]);
            var quote = await Mapped("SBQQ__Quote__c", quoteId, _quote, correlation, cancel);
            var lines = await Lines(quoteId, correlation, cancel);
            var account = await Mapped("Account", opportunity.AccountId, _account, correlation, cancel);
            var parent = account.Value?.ParentId is { Length: > 0 } parentId
                ? await Mapped("Account", parentId, _account, correlation, cancel)
                : null;
            ImmutableArray<Problem> problems =
                [.. quote.Problems, .. lines.SelectMany(line => line.Problems), .. account.Problems, .. parent?.Problems ?? []];
            return problems is []
                ? new Reading.Sold(new(
                    opportunity, quote.Value!, [.. lines.Select(line => line.Value!)], account.Value!, parent?.Value))
                : new Reading.Wrong(problems);
        }
        catch (ReadStopped stopped)
        {
            return stopped.Reading;
        }
    }

    public async Task<Reading> ReadAccount(string id, string correlation, CancellationToken cancel)
    {
        try
        {
            var account = await Mapped("Account", id, _account, correlation, cancel);
            return account.Value is { } value ? new Reading.Bought(value) : new Reading.Wrong(account.Problems);
        }
        catch (ReadStopped stopped)
        {
            return stopped.Reading;
        }
    }

    private async Task<ImmutableArray<MapResult<SoldLine>>> Lines(string quoteId, string correlation, CancellationToken cancel)
    {
        var fields = string.Join(", ", _line.VendorMembers.Order(StringComparer.Ordinal));
        var (rows, failure) = await api.Query(
            $"SELECT {fields} FROM SBQQ__QuoteLine__c WHERE SBQQ__Quote__c = '{quoteId}' ORDER BY SBQQ__Number__c", correlation, cancel);
        if (failure is not null) throw new ReadStopped(Failed(failure, "SBQQ__QuoteLine__c", $"the lines of the quote {quoteId}"));
        return [.. rows.Select((row, i) => Mapped(_line, row, $"lines[{i}]."))];
    }

    private async Task<MapResult<T>> Mapped<T>(
        string type, string id, InboundMap<T> map, string correlation, CancellationToken cancel) where T : notnull =>
        await api.Record(type, id, correlation, cancel) switch
        {
            VendorReply.Answered { IsSuccess: true, Json: { ValueKind: JsonValueKind.Object } json } => Mapped(map, json, $"{type}."),
            var failure => throw new ReadStopped(Failed(failure, type, $"{type} {id}")),
        };

    private static MapResult<T> Mapped<T>(InboundMap<T> map, JsonElement json, string prefix) where T : notnull
    {
        var mapped = map.Map(JsonNode.Parse(json.GetRawText())!);
        return new(mapped.Value, [.. mapped.Problems.Select(problem => problem with { Path = prefix + problem.Path })]);
    }

    /// <summary>Waiting helps against throttling and outages, not against a missing field, record or permission.</summary>
    private static Reading Failed(VendorReply reply, string type, string what)
    {
        var (code, message) = SalesforceApi.Error(reply);
        if (reply is VendorReply.Answered { Status: 400 or 403 or 404 } && code != SalesforceApi.LimitExceeded)
            return new Reading.Wrong([new(
                "RECORD_NOT_READABLE", type, $"Salesforce does not let our user read {what}: {message?.TrimEnd('.') ?? "no reason given"}.",
                "Restore the record, give the integration user access to it, or correct the field's name in the mapping document; "
                + "then retry.")]);
        var why = reply.ToLookUpUnavailable();
        return new Reading.NotNow(code ?? why.Code, $"{what} could not be read: {message ?? why.Message}", why.RetryAfter);
    }

    private sealed class ReadStopped(Reading reading) : Exception
    {
        public Reading Reading { get; } = reading;
    }
}

internal abstract record Reading
{
    public sealed record Sold(SoldEngagement Engagement) : Reading;

    public sealed record Bought(SoldTo Account) : Reading;

    public sealed record NotWon : Reading;

    public sealed record Wrong(ImmutableArray<Problem> Problems) : Reading;

    public sealed record NotNow(string Code, string Reason, TimeSpan? RetryAfter) : Reading;
}
