using System.Collections.Immutable;
using System.Xml;
using System.Xml.Linq;
using Q2C.Contracts;
using Q2C.Customers;
using Q2C.Silo.Connectors.Salesforce.PubSub;

namespace Q2C.Silo.Connectors.Salesforce;

/// <summary>
/// What an org tells: that an opportunity changed, by Outbound Message or as a change event, or an account. Messages
/// repeat, come in any order and carry only the latest state, so each is a hint: the record is read from the org now.
/// </summary>
/// <param name="currency">Of accounts, in an org with one currency only.</param>
internal sealed class ClosedWon(
    string connection, string region, QuoteReader quotes, IReferenceLookUp references, string? currency) : IInboundMap
{
    private const string Opportunity = "Opportunity";
    private const string Account = "Account";

    private static readonly XNamespace Outbound = "http://soap.sforce.com/2005/09/outbound";
    private static readonly XNamespace Instance = "http://www.w3.org/2001/XMLSchema-instance";
    private static readonly XmlReaderSettings Safe = new() { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null };

    public Task<InboundResult> Map(InboxDelivery delivery, CancellationToken cancel) =>
        delivery.Body.Span.TrimStart("\uFEFF \t\r\n"u8) is [(byte)'<', ..] ? OfMessage(delivery, cancel) : OfChange(delivery, cancel);

    private async Task<InboundResult> OfMessage(InboxDelivery delivery, CancellationToken cancel)
    {
        XElement? record;
        try
        {
            using var reader = XmlReader.Create(new MemoryStream(delivery.Body.ToArray()), Safe);
            record = XDocument.Load(reader).Descendants(Outbound + "sObject").FirstOrDefault();
        }
        catch (XmlException wrong)
        {
            return new InboundResult.Parked([new(
                new("BODY_NOT_XML", "", $"The message is not XML: {wrong.Message}", "Correct the body and retry."),
                Place(wrong.LineNumber), Place(wrong.LinePosition))]);
        }

        // A record that was deleted before its message left comes without data.
        if (record is null || !record.HasElements || TypeOf(record) != Opportunity) return Nothing;
        if (record.Elements().FirstOrDefault(field => field.Name.LocalName == "Id")?.Value is not { Length: 15 or 18 } id)
            return new InboundResult.Parked([new(new(
                "MEMBER_MISSING", "Notification.sObject.Id", "The notification names no opportunity.",
                "Add Id to the fields of the Outbound Message in Salesforce."))]);
        return await OfOpportunity(id, delivery, cancel);
    }

    private async Task<InboundResult> OfChange(InboxDelivery delivery, CancellationToken cancel)
    {
        if (ChangeEvent.Parse(delivery.Body, out var problem) is not { } change) return new InboundResult.Parked([problem!]);
        return (change.Entity, change.IsDeletion) switch
        {
            (Opportunity, false) => await OfOpportunity(change.RecordId, delivery, cancel),
            (Account, false) => await OfAccount(change.RecordId, delivery, cancel),
            _ => Nothing,
        };
    }

    private async Task<InboundResult> OfOpportunity(string id, InboxDelivery delivery, CancellationToken cancel) =>
        await quotes.Read(id, delivery.Key, cancel) switch
        {
            Reading.Sold sold => Commands(sold.Engagement, delivery),
            var other => Without(other),
        };

    /// <summary>An account that is a customer here; others become one with what is sold to them.</summary>
    private async Task<InboundResult> OfAccount(string id, InboxDelivery delivery, CancellationToken cancel)
    {
        if (await references.GrainOf(new(connection, Account, id), cancel) is null) return Nothing;
        return await quotes.ReadAccount(id, delivery.Key, cancel) switch
        {
            Reading.Bought { Account: var account } when (account.Currency ?? currency) is { } own => new InboundResult.Commands(
                [Command(CustomerId(account.Id), new UpsertCustomer(connection, account.ChangedAt, Profile(account, own)), delivery, account.ChangedAt)]),
            Reading.Bought => new InboundResult.Parked([new(new(
                "CURRENCY_UNKNOWN", "Account.CurrencyIsoCode", "The account has no currency.",
                "In an org with one currency, set it as the option 'currency' of this connection; then retry."))]),
            var other => Without(other),
        };
    }

    private static InboundResult Without(Reading reading) => reading switch
    {
        Reading.NotWon => Nothing,
        Reading.Wrong wrong => new InboundResult.Parked([.. wrong.Problems.Select(problem => new ParseProblem(problem))]),
        Reading.NotNow later => new InboundResult.Waits(later.Code, later.Reason, later.RetryAfter),
        _ => throw new InvalidOperationException("A reading is one of five."),
    };

    private static readonly InboundResult Nothing = new InboundResult.Commands([]);

    // A forbidden document type is reported without a place.
    private static long? Place(int number) => number > 0 ? number : null;

    private static string? TypeOf(XElement record) => record.Attribute(Instance + "type")?.Value.Split(':')[^1];

    private InboundResult.Commands Commands(SoldEngagement sold, InboxDelivery delivery)
    {
        var customer = CustomerId(sold.Account.Id);
        var contract = Ids.Derive(region, Ids.Contract, connection, sold.Opportunity.Id);
        return new([
            .. sold.Parent is { } parent ? [Upsert(parent, sold, delivery)] : (ImmutableArray<GrainCommand>)[],
            Upsert(sold.Account, sold, delivery),
            Command(contract, Accept(sold, customer), delivery, sold.Quote.ChangedAt),
        ]);
    }

    private GrainCommand Upsert(SoldTo account, SoldEngagement sold, InboxDelivery delivery) => Command(
        CustomerId(account.Id), new UpsertCustomer(connection, account.ChangedAt, Profile(account, sold.Quote.Currency)), delivery,
        account.ChangedAt);

    private GrainCommand Command(string grain, Command command, InboxDelivery delivery, DateTimeOffset at) => new(grain, new(
        delivery.Key, command, Actor.Connection(connection), delivery.Correlation, delivery.Causation, at));

    private AcceptQuote Accept(SoldEngagement sold, string customer)
    {
        var start = sold.Opportunity.Start ?? sold.Quote.Start ?? DateOnly.FromDateTime(sold.Quote.ChangedAt.UtcDateTime);
        var end = sold.Opportunity.End ?? sold.Quote.End;
        return new(
            sold.Opportunity.Name, connection, sold.Opportunity.Id, sold.Quote.Id,
            sold.Lines.Select(line => line.ChangedAt).Append(sold.Quote.ChangedAt).Max(), customer,
            Profile(sold.Account, sold.Quote.Currency), sold.Account.LegalEntity ?? "", sold.Opportunity.ProjectTemplate ?? "", sold.Quote.Currency, start, end,
            sold.Opportunity.PurchaseOrder, Lines(sold, start, end),
            sold.Parent is { } parent ? Profile(parent, sold.Quote.Currency) : null);
    }

    /// <summary>The roles of a bundle are the rates of the bundle's line; everything else is a line of its own.</summary>
    private static ImmutableArray<ContractLine> Lines(SoldEngagement sold, DateOnly start, DateOnly? end)
    {
        var bundles = sold.Lines.Where(line => line is { Parent: null, Model: BillingModels.TimeAndMaterials })
            .Select(line => line.Id).ToHashSet();
        var roles = sold.Lines.Where(line => line is { Role: not null, Model: BillingModels.TimeAndMaterials, Parent: { } parent }
            && bundles.Contains(parent)).ToLookup(line => line.Parent!);
        return [.. sold.Lines.Where(line => !IsIncluded(line) && !roles[line.Parent ?? ""].Contains(line))
            .Select(line => new ContractLine(
                line.Id, line.Service, line.Description, Billing(line, roles[line.Id], sold.Quote.Currency),
                line.Start ?? start, line.End ?? end, sold.Opportunity.PurchaseOrder, DeliveredBy: line.DeliveredBy))];
    }

    /// <summary>A component that the bundle's price covers.</summary>
    private static bool IsIncluded(SoldLine line) =>
        line is { Parent: not null, Model: BillingModels.FixedFee, NetTotal: null or 0m };

    private static BillingModel Billing(SoldLine line, IEnumerable<SoldLine> roles, string currency) => line.Model switch
    {
        BillingModels.FixedFee => FixedFee(line, currency),
        BillingModels.TimeAndMaterials => new BillingModel.TimeAndMaterials(
            [.. roles.Prepend(line).Where(rate => rate.Role is not null)
                .Select(rate => new RoleRate(rate.Role!, rate.NetPrice ?? 0m))],
            line.Cap is { } cap ? new NotToExceed(Amount(cap, currency)) : null),
        BillingModels.Expenses => new BillingModel.Expenses(line.MarkupPercent ?? 0m, []),
        var other => throw new InvalidOperationException($"quote-line.map.yaml lets the billing model '{other}' through."),
    };

    private static BillingModel.FixedFee FixedFee(SoldLine line, string currency)
    {
        var price = Amount(line.NetTotal ?? 0m, currency);
        return new(price, [new($"{line.Id}-1", line.Milestone ?? "Completion", price, line.MilestoneDue)]);
    }

    private static Money Amount(decimal amount, string currency) => Currencies.IsKnown(currency)
        ? Money.Round(amount, currency, Rounding.HalfUp)
        : new((long)decimal.Round(amount * 100m), currency);

    private CustomerProfile Profile(SoldTo account, string quoteCurrency)
    {
        var street = (account.Street ?? "").Split('\n', 2, StringSplitOptions.TrimEntries);
        return new(
            account.Name, account.ParentId is { Length: > 0 } parent ? CustomerId(parent) : null,
            new(
                street[0], street.ElementAtOrDefault(1), account.City ?? "", account.State, account.PostalCode ?? "",
                account.Country ?? ""),
            account.TaxNumber, account.ExemptionNumber, account.Email, account.Currency ?? quoteCurrency,
            [new(connection, "Account", account.Id)]);
    }

    private string CustomerId(string account) => Ids.Derive(region, Ids.Customer, connection, account);
}
