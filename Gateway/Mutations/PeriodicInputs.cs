using Q2C.Contracts;

namespace Q2C.Gateway.Mutations;

public sealed record BillingPeriodInput(
    PeriodUnit Unit, int Interval, int? AnchorDay, int? AnchorMonth, BillingTiming? Timing, Proration? Proration, int? DaysPerMonth,
    ArrearsDay? InvoiceDay)
{
    internal BillingPeriod ToPeriod() => new(Unit, Interval, AnchorDay, AnchorMonth, Timing, Proration, DaysPerMonth, InvoiceDay);
}

public sealed record PricePhaseInput(int Length, PeriodUnit Unit, decimal Price);

public sealed record RecurringInput(
    decimal Price, decimal Quantity, BillingPeriodInput Period, IReadOnlyList<PricePhaseInput>? Phases, QuantityChange? OnQuantityChange,
    bool? Suspended, EndSettlement? OnEnd)
{
    internal BillingModel.Recurring ToModel() => new(
        Price, Period.ToPeriod(), Quantity, Phases is null ? null : [.. Phases.Select(phase => new PricePhase(phase.Length, phase.Unit, phase.Price))],
        OnQuantityChange, Suspended, OnEnd);
}

public sealed record TierInput(decimal? UpTo, decimal UnitPrice, decimal? Flat, decimal? Package);

public sealed record UsageInput(
    string Unit, BillingPeriodInput Period, TierRule Rule, IReadOnlyList<TierInput> Tiers, MoneyInput? Minimum,
    IReadOnlyList<MoneyInput>? BillEarlyAt, bool? CountsHours, bool? ShowsZero)
{
    internal BillingModel.Usage ToModel(InputReader reader, string path) => new(
        Unit, Period.ToPeriod(), Rule, [.. Tiers.Select(tier => new Tier(tier.UpTo, tier.UnitPrice, tier.Flat, tier.Package))],
        Minimum is null ? null : reader.Money(Minimum, $"{path}.minimum"),
        BillEarlyAt is null ? null : [.. BillEarlyAt.Select((amount, i) => reader.Money(amount, $"{path}.billEarlyAt[{i}]"))],
        CountsHours, ShowsZero);
}

public sealed record CommitmentInput(MoneyInput Minimum, BillingPeriodInput Period, IReadOnlyList<string> Lines)
{
    internal BillingModel.Commitment ToModel(InputReader reader, string path) =>
        new(reader.Money(Minimum, $"{path}.minimum"), Period.ToPeriod(), [.. Lines]);
}

public sealed record RetainerExpiryInput(int After, PeriodUnit Unit, bool RollOver);

public sealed record RetainerInput(
    RetainerUnit Unit, decimal Quantity, decimal Price, IReadOnlyList<string> Covers, BillingPeriodInput? Renews, int? Priority,
    RetainerExpiryInput? Expiry, decimal? OverageRate, bool? Pooled)
{
    internal BillingModel.Retainer ToModel() => new(
        Unit, Quantity, Price, [.. Covers], Renews?.ToPeriod(), Priority,
        Expiry is null ? null : new(Expiry.After, Expiry.Unit, Expiry.RollOver), OverageRate, Pooled);
}
