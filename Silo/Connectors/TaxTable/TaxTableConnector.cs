using System.Collections.Immutable;
using Q2C.Grains.Billing.Tax;

namespace Q2C.Silo.Connectors.TaxTable;

/// <summary>Calculates; the same request has the same answer, so that nothing is recorded and nothing can be lost.</summary>
internal sealed class TaxTableConnector(ConnectionSettings settings, TaxRules rules) : IConnector
{
    public string Connection => settings.Name;

    public TimeSpan LongestProcessing => TimeSpan.FromSeconds(1);

    public Guarantee GuaranteeOf(Operation operation) => operation is QuoteTax or RecordTax or CommitTax or VoidTax or RecordTaxCredit
        ? Guarantee.NaturalKey
        : throw new NotSupportedException($"A tax table has no {operation.GetType().Name}.");

    public Task<SendResult> Send(EffectRequest effect, int generation, CancellationToken cancel) => Task.FromResult(effect.Operation switch
    {
        QuoteTax o => Calculate(o.Request),
        RecordTax o => Calculate(o.Request),
        CommitTax o => new SendResult.Accepted(o.InvoiceId),
        VoidTax o => new SendResult.Accepted(o.InvoiceId),
        RecordTaxCredit o => new SendResult.Accepted(o.CreditMemo.CreditMemoId),
        var other => throw new NotSupportedException($"A tax table has no {other.GetType().Name}."),
    });

    public async Task<LookUpResult> LookUp(EffectRequest effect, int generation, CancellationToken cancel) =>
        await Send(effect, generation, cancel) is SendResult.Accepted done ? new LookUpResult.Found(done.ExternalId, done.Answer) : new LookUpResult.Absent();

    public Task<HealthReport> CheckHealth(CancellationToken cancel) =>
        Task.FromResult(new HealthReport(true, $"{rules.Rules.Length} rules of {Path.GetFileName(rules.File)} are in force."));

    private SendResult Calculate(TaxRequest request)
    {
        var found = request.Lines.Select(line => (Line: line, Rule: rules.Find(request, line))).ToImmutableArray();
        var missing = found.Where(one => one.Rule is null).Select(one => one.Line.TaxCategory).Distinct().ToArray();
        if (missing.Length > 0)
            return new SendResult.Refused(
                "TAX_RULE_MISSING",
                $"{Path.GetFileName(rules.File)} has no rule from {request.ShipFrom.Country} to {request.ShipTo.Country} on {request.Date:yyyy-MM-dd} "
                + $"for {string.Join(", ", missing)}.",
                "Add the rule to the table, start again, and retry; or correct the customer's country or the service's tax category.",
                ErrorClass.Business);
        var taxed = Taxation.Calculate(
            [.. found.Select(one => new TaxableLine(one.Line.LineId, one.Line.Net, one.Rule!.Taxes))], rules.Level, rules.Rounding);
        return new SendResult.Accepted(request.DocumentId, new TaxAnswer(
            [.. taxed.Lines.Zip(found, (line, one) => new TaxAnswerLine(line.Id, line.Tax, Rate(line), string.Join(", ", one.Rule!.Taxes.Select(row => row.Code))))],
            taxed.Tax));
    }

    /// <summary>What the taxes of a line come to; a tax on tax has no rate of its own.</summary>
    private static decimal Rate(TaxedLine line) => line.Net.IsZero ? 0 : decimal.Round(line.Tax.Amount / line.Net.Amount, 6);
}
