using System.Collections.Immutable;
using Q2C.Contracts;

namespace Q2C.Grains.Contracts;

/// <summary>A change order: what is wrong with it, the terms it makes, and who outside must hear of it.</summary>
internal static class Amendment
{
    public static ImmutableArray<Problem> Check(Engagement known, AmendContract c)
    {
        var terms = known.Terms;
        if (c.BasedOnVersion != terms.Version)
            return [new(ContractProblems.AmendmentOutdated, "basedOnVersion",
                $"The change order is based on version {c.BasedOnVersion} of the terms; the newest is {terms.Version}.",
                "Read the newest terms and base the change order on them.")];
        return
        [
            .. Effective(known, c),
            .. c.Lines.IsDefaultOrEmpty && (c.Caps is not null || c.Conditions is not null) ? [] : ContractRules.CheckLines(c.Lines, terms.Currency),
            .. c.Lines.IsDefaultOrEmpty ? [] : ContractRules.CheckAgainst(c.Lines, Staying(terms, c)),
            .. c.Lines.IsDefaultOrEmpty ? [] : Services(known, c),
            .. c.Lines.IsDefaultOrEmpty ? [] : PeriodicRules.CheckScopes(c.Lines, Changed(terms, c)),
            .. ConditionRules.Check(c.Conditions, Changed(terms, c), terms.Currency),
            .. PricingRules.CheckShared(c.Caps, Changed(terms, c), terms.Currency),
            .. CapBelowBilled(known, c),
        ];
    }

    /// <summary>Lines keep their places; new ones follow.</summary>
    public static Terms Apply(Terms terms, AmendContract c) => terms with
    {
        Version = terms.Version + 1,
        EffectiveFrom = c.EffectiveFrom,
        Lines = PricingRules.Shared(Changed(terms, c)),
        Caps = c.Caps ?? terms.Caps,
        Conditions = c.Conditions ?? terms.Conditions,
    };

    private static ImmutableArray<ContractLine> Changed(Terms terms, AmendContract c)
    {
        ImmutableArray<ContractLine> lines = c.Lines.IsDefault ? [] : c.Lines;
        var changed = lines.DistinctBy(line => line.Id).ToDictionary(line => line.Id);
        return
        [
            .. terms.Lines.Select(line => changed.Remove(line.Id, out var replacement) ? replacement : line),
            .. lines.Where(line => changed.ContainsKey(line.Id)),
        ];
    }

    /// <summary>Every record outside that would be written differently now; those in the PSA only if there is a project.</summary>
    public static ImmutableArray<Event> Updates(Engagement before, Engagement after, DateTimeOffset now)
    {
        var written = ContractErrands.All(before, before.Routing!).ToDictionary(wanted => wanted.Key, wanted => wanted.Operation);
        return [.. ContractErrands.All(after, after.Routing!)
            .Where(wanted => wanted.Step < ActivationStep.PsaProject || after.Created.Contains(ActivationStep.PsaProject))
            .Where(wanted => !wanted.Operation.Equals(written.GetValueOrDefault(wanted.Key)))
            .Select(wanted => ContractSteps.Update(after, wanted.Key, wanted.Connection, wanted.Subject, wanted.Operation, now))];
    }

    private static IEnumerable<ContractLine> Staying(Terms terms, AmendContract c) =>
        terms.Lines.Where(line => c.Lines.All(changed => changed.Id != line.Id));

    private static IEnumerable<Problem> Effective(Engagement known, AmendContract c)
    {
        var (start, end) = (known.Quote.Start, known.Quote.End);
        if (c.EffectiveFrom < start || c.EffectiveFrom > end)
            yield return new(ContractProblems.EffectiveOutsideContract, "effectiveFrom",
                $"{c.EffectiveFrom:O} is not within the contract, {start:O} to {end?.ToString("O") ?? "an open end"}.",
                "Choose a day on which the contract runs.");
    }

    private static IEnumerable<Problem> Services(Engagement known, AmendContract c) => c.Lines
        .Select((line, i) => (line.Service, Path: $"lines[{i}].service"))
        .Where(part => !string.IsNullOrWhiteSpace(part.Service) && !known.Routing!.TaxCategories.ContainsKey(part.Service))
        .Select(part => new Problem(ContractProblems.TaxCategoryMissing, part.Path,
            $"{known.Routing!.LegalEntity} has no tax category for the service '{part.Service}'.",
            "Use a service that the contract was validated with: " + string.Join(", ", known.Routing.TaxCategories.Keys.Order()) + "."));

    /// <summary>Caps that do not begin anew, of lines and over several.</summary>
    private static IEnumerable<Problem> CapBelowBilled(Engagement known, AmendContract c) =>
    [
        .. (c.Lines.IsDefault ? [] : c.Lines).SelectMany((line, i) => line.Billing switch
        {
            BillingModel.TimeAndMaterials { Cap: { } cap } => Below(known, cap, [line.Id], $"lines[{i}].billing.cap"),
            BillingModel.Expenses { Rules.Cap: { } cap } => Below(known, cap, [line.Id], $"lines[{i}].billing.rules.cap"),
            _ => [],
        }),
        .. (c.Caps ?? []).SelectMany((cap, i) => Below(
            known, cap.Limit, Changed(known.Terms, c).Where(line => cap.Phase is null || line.Phase == cap.Phase).Select(line => line.Id),
            $"caps[{i}].limit.amount")),
    ];

    private static IEnumerable<Problem> Below(Engagement known, NotToExceed limit, IEnumerable<string> lines, string path)
    {
        if (limit is { Amount: { } cap, Per: null } && cap.Currency == known.Billed.Currency && known.BilledOf(lines) is var billed && cap < billed)
            yield return new(ContractProblems.CapBelowBilled, path,
                $"The cap of {cap} is below the {billed} that are billed already.", $"Set the cap to {billed} or more.");
    }
}
