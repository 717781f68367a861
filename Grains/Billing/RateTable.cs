using System.Collections.Frozen;
using System.Collections.Immutable;
using Q2C.Contracts;
using Q2C.Projects;

namespace Q2C.Grains.Billing;

/// <summary>A rate that applies, where it came from, and what the work costs at it.</summary>
/// <param name="Rule">Null for a rate that is on the entry itself.</param>
/// <param name="Rate">Per unit, with the surcharges.</param>
/// <param name="Surcharges">Which of the card's factors are in the rate: bit i is factor i.</param>
internal readonly record struct RatePick(RateRule? Rule, RateUnit Per, decimal Rate, ulong Surcharges);

/// <summary>
/// The rates of one line, by what their rules name: one dictionary for each set of dimensions, strongest first. A look-up
/// asks one after another and allocates nothing.
/// </summary>
internal sealed class RateTable
{
    public const int BlendDecimals = 9;
    public const int MaxFactors = 64;

    private const decimal Percent = 100;

    private readonly Shape[] _shapes;
    private readonly FrozenDictionary<string, RateRule[]> _persons;
    private readonly int _entryRank;
    private readonly bool _hasCosts;

    private RateTable(RateCard card, RateRule[] rules)
    {
        Card = card;
        var named = card.Precedence ?? RateCard.DefaultPrecedence;
        ImmutableArray<RateDimension> precedence = [.. named, .. RateCard.DefaultPrecedence.Except(named)];
        _entryRank = precedence.Contains(RateDimension.Entry) ? Bit(precedence, RateDimension.Entry) : -1;
        _shapes =
        [
            .. rules.GroupBy(rule => RankOf(rule, precedence)).OrderByDescending(shape => shape.Key)
                .Select(shape => new Shape(shape.Key, [.. shape])),
        ];
        _persons = rules
            .Where(rule => rule is { Person: not null, Role: null, Activity: null, Project: null, Customer: null, Cost: not null })
            .GroupBy(rule => rule.Person!).ToFrozenDictionary(person => person.Key, person => person.ToArray(), StringComparer.Ordinal);
        _hasCosts = rules.Any(rule => rule.Cost is not null);
        Roles = [.. rules.Select(rule => rule.Role).OfType<string>()];
        TakesAnyRole = _entryRank >= 0 || rules.Any(rule => rule.Role is null);
    }

    public RateCard Card { get; }

    public ImmutableHashSet<string> Roles { get; }

    /// <summary>There may be a rate for a role that no rule names.</summary>
    public bool TakesAnyRole { get; }

    public decimal HoursPerDay => Card.HoursPerDay ?? RateCard.UsualHoursPerDay;

    public static RateTable Of(BillingModel.TimeAndMaterials model, Party party)
    {
        var card = model.Card ?? new RateCard([]);
        return new(card,
        [
            .. (model.Rates.IsDefault ? [] : model.Rates).Select(rate => new RateRule(rate.Hourly, Role: rate.Role)),
            .. (card.Rules.IsDefault ? [] : card.Rules).Where(rule => IsFor(rule, party)),
            .. Blended(card.Blend),
        ]);
    }

    /// <summary>The mean rate of a mix of roles.</summary>
    public static decimal BlendedRate(IEnumerable<RoleShare> mix)
    {
        var (total, shares) = mix.Aggregate((Total: 0m, Shares: 0m), (sum, role) => (sum.Total + (role.Hourly * role.Share), sum.Shares + role.Share));
        return decimal.Round(total / shares, BlendDecimals, MidpointRounding.AwayFromZero);
    }

    public bool TryFind(WorkRecord.TimeWorked work, out RatePick pick)
    {
        var onEntry = _entryRank < 0 ? null : OnEntry(work.Detail);
        foreach (var shape in _shapes)
        {
            if (onEntry is { } set && _entryRank > shape.Rank) break;
            if (shape.Find(work) is not { } rule) continue;
            pick = Charged(work, rule, rule.Per ?? RateUnit.Hour, rule.Rate);
            return true;
        }

        pick = onEntry is { } own ? Charged(work, null, own.Per, own.Rate) : default;
        return onEntry is not null;
    }

    /// <summary>What the worked hours cost: by the strongest rule that is not on the entry, else by the person's own, else unknown.</summary>
    public decimal? CostOf(WorkRecord.TimeWorked work, decimal hours, decimal billed)
    {
        RateRule? rule = null;
        if (!_hasCosts) return Card.CostFallback == CostFallback.BillAmount ? billed : null;
        foreach (var shape in _shapes)
            if ((rule = shape.Find(work)) is not null) break;
        if (rule?.Cost is null) rule = InForce(_persons.GetValueOrDefault(work.Person), work.Date);
        return rule?.Cost is { } cost
            ? (rule.Per ?? RateUnit.Hour) switch
            {
                RateUnit.Hour => cost * hours,
                RateUnit.Day => cost * hours / HoursPerDay,
                _ => cost,
            }
            : Card.CostFallback == CostFallback.BillAmount ? billed : null;
    }

    private static (RateUnit Per, decimal Rate)? OnEntry(TimeDetail? detail) => detail switch
    {
        { Price: { } price } => (RateUnit.Entry, price),
        { Rate: { } rate } => (RateUnit.Hour, rate),
        _ => null,
    };

    private static bool IsFor(RateRule rule, Party party) =>
        (rule.Project is null || rule.Project == party.Project) && (rule.Customer is null || rule.Customer == party.Customer);

    private static IEnumerable<RateRule> Blended(ImmutableArray<RoleShare>? mix)
    {
        if (mix is not { IsDefaultOrEmpty: false } roles) return [];
        var rate = BlendedRate(roles);
        return roles.Select(role => new RateRule(rate, Role: role.Role));
    }

    private static RateRule? InForce(RateRule[]? rules, DateOnly day)
    {
        foreach (var rule in rules ?? [])
            if ((rule.From is not { } from || day >= from) && (rule.To is not { } to || day <= to)) return rule;
        return null;
    }

    /// <summary>Rules are compared like numbers: the strongest dimension is the highest digit, set if the rule names it.</summary>
    private static int RankOf(RateRule rule, ImmutableArray<RateDimension> precedence) =>
        (rule.Person is null ? 0 : Bit(precedence, RateDimension.Person))
        | (rule.Role is null ? 0 : Bit(precedence, RateDimension.Role))
        | (rule.Activity is null ? 0 : Bit(precedence, RateDimension.Activity))
        | (rule.Project is null ? 0 : Bit(precedence, RateDimension.Project))
        | (rule.Customer is null ? 0 : Bit(precedence, RateDimension.Customer));

    private static int Bit(ImmutableArray<RateDimension> precedence, RateDimension dimension) =>
        1 << (precedence.Length - precedence.IndexOf(dimension));

    /// <summary>The price of a whole entry has no surcharge: it is the price of the entry, whenever it was worked.</summary>
    private RatePick Charged(WorkRecord.TimeWorked work, RateRule? rule, RateUnit per, decimal rate)
    {
        if (per == RateUnit.Entry || Card.Factors is not { IsDefaultOrEmpty: false } factors) return new(rule, per, rate, 0);
        var (percent, compound, amount, bits) = (0m, 1m, 0m, 0ul);
        for (var i = 0; i < factors.Length; i++)
        {
            if (!Applies(factors[i], work)) continue;
            bits |= 1ul << i;
            var (share, plus) = (factors[i].Percent ?? 0, factors[i].Amount ?? 0);
            compound *= 1 + (share / Percent);
            (percent, amount) = Card.Combine == FactorCombination.Highest
                ? (Math.Max(percent, share), Math.Max(amount, plus))
                : (percent + share, amount + plus);
        }

        var factor = Card.Combine == FactorCombination.Compound ? compound : 1 + (percent / Percent);
        return new(rule, per, (rate * factor) + amount, bits);
    }

    private static bool Applies(RateFactor factor, WorkRecord.TimeWorked work) =>
        (factor.Days is not { } days || days.Contains(work.Date.DayOfWeek))
        && (factor.Mark is not { } mark || (work.Detail?.Marks is { IsDefault: false } marks && marks.Contains(mark)));

    /// <summary>All rules that name the same dimensions.</summary>
    private sealed class Shape
    {
        private readonly bool _person;
        private readonly bool _role;
        private readonly bool _activity;
        private readonly FrozenDictionary<string, RateRule[]>? _byRole;
        private readonly FrozenDictionary<(string?, string?, string?), RateRule[]>? _rules;

        public Shape(int rank, RateRule[] rules)
        {
            Rank = rank;
            (_person, _role, _activity) = (rules[0].Person is not null, rules[0].Role is not null, rules[0].Activity is not null);
            if (_role && !_person && !_activity)
                _byRole = rules.GroupBy(rule => rule.Role!).ToFrozenDictionary(role => role.Key, role => role.ToArray(), StringComparer.Ordinal);
            else
                _rules = rules.GroupBy(rule => (rule.Person, rule.Role, rule.Activity))
                    .ToFrozenDictionary(group => group.Key, group => group.ToArray());
        }

        public int Rank { get; }

        public RateRule? Find(WorkRecord.TimeWorked work) => InForce(
            _byRole is not null
                ? _byRole.GetValueOrDefault(work.Role)
                : _rules!.GetValueOrDefault((_person ? work.Person : null, _role ? work.Role : null, _activity ? work.Task : null)),
            work.Date);
    }
}
