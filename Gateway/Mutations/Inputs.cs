using System.Collections.Immutable;
using Q2C.Contracts;
using Q2C.Projects;

namespace Q2C.Gateway.Mutations;

public sealed record MoneyInput(decimal Amount, string Currency);

public sealed record PostalAddressInput(
    string Line1, string? Line2, string City, string? Region, string PostalCode, string Country)
{
    internal PostalAddress ToAddress() => new(Line1, Line2, City, Region, PostalCode, Country);
}

public sealed record CustomerProfileInput(
    string Name, string? ParentId, PostalAddressInput BillTo, string? TaxNumber, string? ExemptionNumber, string? Email, string Currency)
{
    internal CustomerProfile ToProfile() =>
        new(Name, ParentId, BillTo.ToAddress(), TaxNumber, ExemptionNumber, Email, Currency, References: []);
}

public sealed record ContractLineInput(
    string Id, string Service, string Description, DateOnly Start, DateOnly? End, string? PurchaseOrder, BillingModelInput Billing,
    string? DeliveredBy, string? CostCentre, string? Phase, RevenueTermsInput? Revenue);

public sealed record BillingModelInput(
    FixedFeeInput? FixedFee, TimeAndMaterialsInput? TimeAndMaterials, ExpensesInput? Expenses, RecurringInput? Recurring,
    UsageInput? Usage, CommitmentInput? Commitment, RetainerInput? Retainer);

public sealed record FixedFeeInput(
    MoneyInput Price, IReadOnlyList<MilestoneInput> Milestones, ProgressBillingInput? Progress, decimal? Quantity);

public sealed record MilestoneInput(string Id, string Name, MoneyInput? Amount, DateOnly? Due, decimal? Percent);

public sealed record TimeAndMaterialsInput(
    IReadOnlyList<RoleRateInput> Rates, MoneyInput? Cap, NotToExceedInput? Limit, RateCardInput? Card, TimeRulesInput? Time);

public sealed record RoleRateInput(string Role, decimal Hourly);

public sealed record ExpensesInput(decimal MarkupPercent, IReadOnlyList<string>? ExcludedCategories, ExpenseRulesInput? Rules);

public sealed record WorkRecordInput(
    TimeWorkedInput? Time = null, ExpenseIncurredInput? Expense = null, MilestoneReachedInput? Milestone = null,
    UsageRecordedInput? Usage = null, RetractedInput? Retracted = null, ProgressReportedInput? Progress = null);

public sealed record ProgressReportedInput(
    string SourceId, long SourceVersion, DateOnly Date, string LineId, decimal? Percent, decimal? Cost,
    IReadOnlyList<TaskProgressInput>? Tasks, bool? Completed);

public sealed record TaskProgressInput(string Id, decimal Percent, decimal? Weight, bool? Cancelled);

public sealed record UsageRecordedInput(string SourceId, long SourceVersion, DateOnly Date, string LineId, decimal Quantity, string? Note);

public sealed record TimeWorkedInput(
    string SourceId, long SourceVersion, DateOnly Date, string Person, string Role, string? Task, decimal Hours, bool Billable,
    string? LineId, string? Note, TimeDetailInput? Detail);

public sealed record TimeDetailInput(
    DateTimeOffset? Begin, DateTimeOffset? End, decimal? BillableHours, decimal? Rate, decimal? Price, IReadOnlyList<string>? Marks)
{
    internal TimeDetail ToDetail() => new(Begin, End, BillableHours, Rate, Price, Optional.Array(Marks));
}

public sealed record ExpenseIncurredInput(
    string SourceId, long SourceVersion, DateOnly Date, string Person, string Category, MoneyInput Cost, bool Billable,
    string? LineId, string? Note, ExpenseDetailInput? Detail);

public sealed record ExpenseDetailInput(decimal? Quantity, bool? Receipt, decimal? TaxPercent);

public sealed record MilestoneReachedInput(string SourceId, long SourceVersion, DateOnly Date, string MilestoneId);

public sealed record RetractedInput(string SourceId, long SourceVersion, DateOnly Date, string Reason);

public sealed record ConditionsInput(
    IReadOnlyList<DiscountInput>? Discounts, DownPaymentInput? DownPayment, RetentionInput? Retention, IReadOnlyList<BillSplitInput>? Splits,
    InvoiceCurrencyInput? InvoicedIn);

public sealed record DiscountInput(
    string Id, string Name, decimal? Percent, MoneyInput? Amount, IReadOnlyList<string>? Lines, DateOnly? From, DateOnly? Until, DiscountUse? Use);

public sealed record DownPaymentInput(
    decimal? Percent, MoneyInput? Amount, IReadOnlyList<string>? Lines, Deduction? Deduct, bool? BlocksWork);

public sealed record RetentionInput(decimal? Percent, MoneyInput? Amount, RetentionBase? Of);

/// <summary>Makes the model's values of what a caller sent, and collects everything that cannot be.</summary>
internal sealed class InputReader
{
    private readonly List<object> _errors = [];

    public IReadOnlyList<object> Errors => _errors;

    public Money Money(MoneyInput input, string path)
    {
        if (!Currencies.IsKnown(input.Currency))
        {
            Refuse("UNKNOWN_CURRENCY", $"{path}.currency", $"'{input.Currency}' is not an active ISO 4217 code.", "Send a code such as EUR.");
            return default;
        }

        if (decimal.Round(input.Amount, Currencies.Digits(input.Currency)) == input.Amount && Math.Abs(input.Amount) < MaxAmount)
            return Q2C.Money.Of(input.Amount, input.Currency);
        Refuse(
            "AMOUNT_NOT_EXACT", $"{path}.amount",
            $"{input.Amount} {input.Currency} cannot be held exactly: {Currencies.Digits(input.Currency)} decimal places, below {MaxAmount:N0}.",
            "Send an amount that the currency can express.");
        return default;
    }

    public ImmutableArray<ContractLine> Lines(IReadOnlyList<ContractLineInput> lines) =>
        [.. lines.Select((line, i) => new ContractLine(
            line.Id, line.Service, line.Description, Billing(line.Billing, $"input.lines[{i}].billing"), line.Start, line.End,
            line.PurchaseOrder, line.CostCentre, line.Revenue?.ToTerms(this, $"input.lines[{i}].revenue"), line.Phase, line.DeliveredBy))];

    public ImmutableArray<SharedCap>? Caps(IReadOnlyList<SharedCapInput>? caps) => Mutations.Optional.Array(caps?.Select((cap, i) =>
        new SharedCap(cap.Name, cap.Phase, cap.Limit.ToLimit(this, $"input.caps[{i}].limit"))));

    public Conditions? Conditions(ConditionsInput? input) => input is null ? null : new(
        input.Discounts is { } discounts ? [.. discounts.Select((discount, i) => new Discount(
            discount.Id, discount.Name, discount.Percent, Optional(discount.Amount, $"input.conditions.discounts[{i}].amount"),
            Mutations.Optional.Array(discount.Lines), discount.From, discount.Until, discount.Use))] : null,
        input.DownPayment is { } down ? new(
            down.Percent, Optional(down.Amount, "input.conditions.downPayment.amount"), Mutations.Optional.Array(down.Lines), down.Deduct, down.BlocksWork) : null,
        input.Retention is { } held ? new(held.Percent, Optional(held.Amount, "input.conditions.retention.amount"), held.Of) : null,
        Mutations.Optional.Array(input.Splits?.Select(split => split.ToSplit())), input.InvoicedIn?.ToCurrency());

    public Money? Optional(MoneyInput? input, string path) => input is null ? null : Money(input, path);

    public ImmutableArray<WorkRecord> Records(IReadOnlyList<WorkRecordInput> records)
    {
        Count(records.Count, "input.records");
        return [.. records.Take(MaxRecords).Select((record, i) => Record(record, $"input.records[{i}]"))];
    }

    public void Count(int records, string path)
    {
        if (records is 0 or > MaxRecords)
            Refuse(
                "RECORD_COUNT", path, $"{records} records were sent; 1 to {MaxRecords} are possible.",
                "Send them in several requests, each with its own key.");
    }

    /// <summary>One entry of a batch with what is wrong with it.</summary>
    /// <param name="seen">The records of the entries before it.</param>
    public static (WorkRecord Record, IReadOnlyList<object> Errors) TimeEntry(
        TimeWorkedInput entry, ISet<(string, long)> seen, string path)
    {
        var reader = new InputReader();
        var record = reader.Record(new(Time: entry), path);
        if (entry.SourceId.Length is 0 or > MaxSourceId)
            reader.Refuse(
                "SOURCE_ID_INVALID", $"{path}.sourceId", $"A source id has 1 to {MaxSourceId} characters.",
                "Send the id of the record in your system.");
        if (!seen.Add((entry.SourceId, entry.SourceVersion)))
            reader.Refuse(
                "ENTRY_DUPLICATE", $"{path}.sourceId",
                $"'{entry.SourceId}' is in the batch before, with the same version {entry.SourceVersion}.",
                "Send one of the two, or give the later one a higher version.");
        if (entry.Hours < 0)
            reader.Refuse("NEGATIVE_HOURS", $"{path}.hours", $"{entry.Hours} hours are below zero.", "Correct the entry at its source.");
        return (record, reader.Errors);
    }

    public const int MaxRecords = 1_000;
    private const int MaxSourceId = 200;
    private const decimal MaxAmount = 10_000_000_000_000m;

    private BillingModel Billing(BillingModelInput billing, string path) => billing switch
    {
        { FixedFee: { } fee } => new BillingModel.FixedFee(
            Money(fee.Price, $"{path}.fixedFee.price"),
            [.. fee.Milestones.Select((milestone, i) => Milestone(milestone, fee.Price.Currency, $"{path}.fixedFee.milestones[{i}]"))],
            fee.Progress?.ToProgress(), fee.Quantity),
        { TimeAndMaterials: { } time } => new BillingModel.TimeAndMaterials(
            [.. time.Rates.Select(rate => new RoleRate(rate.Role, rate.Hourly))],
            Limit(time, $"{path}.timeAndMaterials"), time.Card?.ToCard(), time.Time?.ToRules()),
        { Expenses: { } expenses } => new BillingModel.Expenses(
            expenses.MarkupPercent, [.. expenses.ExcludedCategories ?? []], expenses.Rules?.ToRules(this, $"{path}.expenses.rules")),
        { Recurring: { } recurring } => recurring.ToModel(),
        { Usage: { } usage } => usage.ToModel(this, $"{path}.usage"),
        { Commitment: { } commitment } => commitment.ToModel(this, $"{path}.commitment"),
        { Retainer: { } retainer } => retainer.ToModel(),
        _ => throw Failures.BadInput($"{path} names no billing model."),
    };

    public WorkRecord Record(WorkRecordInput record, string path) => record switch
    {
        { Time: { } time } => new WorkRecord.TimeWorked(
            time.SourceId, time.SourceVersion, time.Date, time.Person, time.Role, time.Task, time.Hours, time.Billable,
            time.LineId, time.Note, time.Detail?.ToDetail()),
        { Expense: { } expense } => new WorkRecord.ExpenseIncurred(
            expense.SourceId, expense.SourceVersion, expense.Date, expense.Person, expense.Category,
            Money(expense.Cost, $"{path}.expense.cost"), expense.Billable, expense.LineId, expense.Note,
            expense.Detail is { } detail ? new(detail.Quantity, detail.Receipt, detail.TaxPercent) : null),
        { Progress: { } progress } => new WorkRecord.ProgressReported(
            progress.SourceId, progress.SourceVersion, progress.Date, progress.LineId, progress.Percent, progress.Cost,
            Mutations.Optional.Array(progress.Tasks?.Select(task => new TaskProgress(task.Id, task.Percent, task.Weight, task.Cancelled))),
            progress.Completed),
        { Usage: { } usage } => new WorkRecord.UsageRecorded(
            usage.SourceId, usage.SourceVersion, usage.Date, usage.LineId, usage.Quantity, usage.Note),
        { Milestone: { } milestone } => new WorkRecord.MilestoneReached(
            milestone.SourceId, milestone.SourceVersion, milestone.Date, milestone.MilestoneId),
        { Retracted: { } retracted } => new WorkRecord.Retracted(
            retracted.SourceId, retracted.SourceVersion, retracted.Date, retracted.Reason),
        _ => throw Failures.BadInput($"{path} names no record."),
    };

    private Milestone Milestone(MilestoneInput milestone, string currency, string path)
    {
        if (milestone.Amount is null == milestone.Percent is null)
            Refuse("MILESTONE_AMOUNT", path, "The milestone has no amount and no percent, or both.", "Give one of the two.");
        var amount = milestone.Amount is { } given ? Money(given, $"{path}.amount") : Q2C.Money.Zero(currency);
        return new(milestone.Id, milestone.Name, amount, milestone.Due, milestone.Percent);
    }

    private NotToExceed? Limit(TimeAndMaterialsInput time, string path)
    {
        if (time is { Cap: not null, Limit: not null })
            Refuse("LIMIT_TWICE", $"{path}.cap", "The line has a cap and a limit.", "Give one of the two.");
        return time.Limit?.ToLimit(this, $"{path}.limit") ?? (time.Cap is null ? null : new(Money(time.Cap, $"{path}.cap")));
    }

    public void Refuse(string code, string path, string message, string remedy) =>
        _errors.Add(new RefusedError(code, path, message, remedy));
}
