using System.Collections.Immutable;
using Q2C.Contracts;
using Q2C.Customers;

namespace Q2C.Silo.ReadModels;

internal sealed record CustomerRow(
    string Id, string Name, string? ParentId, string? Email, string Currency, ImmutableArray<ExternalReference> References,
    ImmutableArray<string> Contracts, ImmutableArray<Money> Outstanding, ImmutableArray<Money> Credit,
    DateTimeOffset UpdatedAt) : ReadRow(Id);

/// <summary>Customers with what they owe and what they have to their credit, per currency.</summary>
internal sealed class CustomersModel() : Fold<CustomerRow>("customer")
{
    protected override IEnumerable<string> Keys(Fact fact) => Ids.Is(fact.Grain, Ids.Customer) ? [fact.Grain] : [];

    protected override CustomerRow? Next(CustomerRow? row, string key, Fact fact, Batch batch) => fact.Event switch
    {
        CustomerRegistered e => WithProfile(
            row ?? new(key, "", null, null, "", [], [], [], [], e.At), e.Record.Profile, fact.At),
        CustomerChanged e => WithProfile(Existing(row, fact), e.Record.Profile, fact.At),
        ContractLinked e => Linked(row ?? new(key, "", null, null, "", [], [], [], [], e.At), e, fact.At),
        ReceivableChanged e => Existing(row, fact) with
        {
            Outstanding = PerCurrency(row!.Outstanding, e.Balance), UpdatedAt = fact.At,
        },
        CreditReceived e => Existing(row, fact) with { Credit = PerCurrency(row!.Credit, e.Credit), UpdatedAt = fact.At },
        CustomerPaymentReceived e => WithCredit(Existing(row, fact), e.Payment.Amount, fact.At),
        MoneyAllocated e => WithCredit(Existing(row, fact), -e.Amount, fact.At),
        CustomerRefunded e => WithCredit(Existing(row, fact), -e.FromCredit, fact.At),
        _ => null,
    };

    private static CustomerRow WithCredit(CustomerRow row, Money change, DateTimeOffset at)
    {
        var known = row.Credit.FirstOrDefault(credit => credit.Currency == change.Currency, Money.Zero(change.Currency));
        return row with { Credit = [.. PerCurrency(row.Credit, known + change).Where(credit => !credit.IsZero)], UpdatedAt = at };
    }

    private static CustomerRow WithProfile(CustomerRow row, CustomerProfile profile, DateTimeOffset at) => row with
    {
        Name = profile.Name, ParentId = profile.ParentId, Email = profile.Email, Currency = profile.Currency,
        References = profile.References.IsDefault ? [] : profile.References, UpdatedAt = at,
    };

    private static CustomerRow Linked(CustomerRow row, ContractLinked e, DateTimeOffset at) =>
        row.Contracts.Contains(e.ContractId) ? row : row with { Contracts = row.Contracts.Add(e.ContractId), UpdatedAt = at };

    private static ImmutableArray<Money> PerCurrency(ImmutableArray<Money> amounts, Money amount) =>
        [.. amounts.Where(other => other.Currency != amount.Currency).Append(amount).OrderBy(other => other.Currency, StringComparer.Ordinal)];
}
