using System.Collections.Immutable;
using System.Text.Json;
using Q2C.Contracts;
using Q2C.Grains.Journal;
using Q2C.Policies;

namespace Q2C.Grains.Tests.Contracts;

/// <summary>One engagement: Alder AG buys a portal from Northwind Consulting GmbH, part fixed fee, part time with a cap.</summary>
internal static class Samples
{
    public const string ContractId = "eu_ct_alder";
    public const string CustomerId = "eu_cu_alder";

    public static readonly DateOnly Start = new(2026, 1, 5);
    public static readonly string ProjectId = Ids.Derive("eu", Ids.Project, ContractId);
    public static readonly PostalAddress Berlin = new("Torstrasse 1", null, "Berlin", null, "10119", "DE");

    public static readonly LegalEntity Northwind = new(
        "DE01", "Northwind Consulting GmbH", "EUR", "Europe/Berlin", Berlin, "DE123456789", Rounding.HalfUp, Eur(20_000), 30,
        ImmutableDictionary<string, string>.Empty.Add("consulting", "S-CONS").Add("travel", "S-TRAV"),
        ImmutableDictionary<string, string>.Empty
            .Add("crm", "salesforce").Add("erp", "netsuite").Add("psa", "kantata").Add("tax", "avatax").Add("payments", "stripe"));

    public static readonly PolicySet Policies = new(
        "policies-1", "eu", ImmutableDictionary<string, LegalEntity>.Empty.Add("DE01", Northwind),
        ImmutableDictionary<string, ProjectTemplate>.Empty.Add(
            "standard", new("standard", [new("lead", "Project management", true), new("travel-time", "Travel time", false)])));

    public static readonly CustomerProfile Alder =
        new("Alder AG", null, Berlin, "DE999999999", null, "billing@alder.example", "EUR", [new("salesforce", "Account", "001A")]);

    public static readonly ContractLine Build = new(
        "L1", "consulting", "Portal build",
        new BillingModel.FixedFee(Eur(30_000),
            [new("M1", "Design approved", Eur(10_000), new(2026, 2, 27)), new("M2", "Go-live", Eur(20_000), null)]),
        Start, null);

    public static readonly ContractLine Advice = new(
        "L2", "consulting", "Advice",
        new BillingModel.TimeAndMaterials([new("Consultant", 150m), new("Architect", 187.5m)], new(Eur(12_000))), Start, null);

    public static readonly ContractLine Travel = new("L3", "travel", "Travel", new BillingModel.Expenses(5m, ["alcohol"]), Start, null);

    public static readonly AcceptQuote Quote = new(
        "Alder portal", "salesforce", "006A", "0Q0A", DeciderSpec.Noon, CustomerId, Alder, "DE01", "standard", "EUR", Start,
        new DateOnly(2026, 12, 31), "PO-77", [Build, Advice, Travel]);

    public static readonly Actor Olga = new("olga", [Roles.Operator]);

    public static Money Eur(decimal amount) => Money.Of(amount, "EUR");

    public static EffectOutcome Done(string id = "1") => new EffectOutcome.Accepted(id, null);

    public static EffectOutcome Refused(ErrorClass kind = ErrorClass.Business) =>
        new EffectOutcome.Refused("FIELD_INVALID", "The tax number is not valid.", "Correct the tax number.", kind);

    public static EffectOutcome Away() => new EffectOutcome.Unavailable("HTTP_503", "Maintenance.", DeciderSpec.Noon.AddMinutes(1));

    /// <summary>The state as a snapshot keeps it, and back, must write the same bytes.</summary>
    public static TState Survives<TState>(TState state)
    {
        var written = JsonSerializer.Serialize(state, WireFormat.Options);
        var read = JsonSerializer.Deserialize<TState>(written, WireFormat.Options)!;
        Assert.Equal(written, JsonSerializer.Serialize(read, WireFormat.Options));
        return read;
    }

    /// <summary>All codes that a class of constants names.</summary>
    public static IEnumerable<string> CodesOf(Type constants) =>
        constants.GetFields().Where(field => field.IsLiteral).Select(field => (string)field.GetRawConstantValue()!);
}
