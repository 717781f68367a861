using System.Collections.Immutable;
using System.Globalization;
using Q2C.ExceptionCases;

namespace Q2C.Silo.ReadModels;

internal enum CaseAct { Assigned, Noted, Tagged, Snoozed }

/// <param name="Detail">To whom, which tags, until when.</param>
/// <param name="Text">The note, or the reason.</param>
internal sealed record CaseEntryRow(CaseAct Act, string? Detail, string Text, string By, DateTimeOffset At);

internal sealed record ExceptionCaseRow(
    string Id, string? ExceptionId, string? Code, string? Step, string? Connection, string? VendorError, string? ContractId,
    string? Assignee, ImmutableArray<string> Tags, DateTimeOffset? SnoozedUntil, DateTimeOffset? SnoozedAt, string? SnoozedBy,
    IReadOnlyList<CaseEntryRow> History, DateTimeOffset UpdatedAt) : ReadRow(Id);

/// <summary>What people do about exceptions and their groups.</summary>
internal sealed class ExceptionCasesModel() : Fold<ExceptionCaseRow>("exception_case")
{
    /// <summary>Of a case; all of it is in the audit.</summary>
    private const int MaxHistory = 200;

    protected override IEnumerable<string> Keys(Fact fact) => Ids.Is(fact.Grain, Ids.ExceptionCase) ? [fact.Grain] : [];

    protected override ExceptionCaseRow? Next(ExceptionCaseRow? row, string key, Fact fact, Batch batch) => fact.Event switch
    {
        CaseOpened { Subject: var subject } => new(
            key, subject.ExceptionId, subject.Cause?.Code, subject.Cause?.Step, subject.Cause?.Connection,
            subject.Cause?.VendorError, subject.ContractId, Assignee: null, Tags: [], SnoozedUntil: null, SnoozedAt: null,
            SnoozedBy: null, History: [], fact.At),
        CaseAssigned e => Told(Existing(row, fact) with { Assignee = e.Assignee }, new(CaseAct.Assigned, e.Assignee, e.Reason, e.By, e.At)),
        CaseNoted e => Told(Existing(row, fact), new(CaseAct.Noted, Detail: null, e.Text, e.By, e.At)),
        CaseTagged e => Told(
            Existing(row, fact) with { Tags = [.. row!.Tags.Except(e.Removed).Union(e.Added).Order(StringComparer.Ordinal)] },
            new(CaseAct.Tagged, string.Join(' ', [.. e.Added.Select(tag => $"+{tag}"), .. e.Removed.Select(tag => $"-{tag}")]), e.Reason, e.By, e.At)),
        CaseSnoozed e => Told(
            Existing(row, fact) with
            {
                SnoozedUntil = e.Until, SnoozedAt = e.Until is null ? null : e.At, SnoozedBy = e.Until is null ? null : e.By,
            },
            new(CaseAct.Snoozed, e.Until?.ToString("u", CultureInfo.InvariantCulture), e.Reason, e.By, e.At)),
        _ => null,
    };

    private static ExceptionCaseRow Told(ExceptionCaseRow row, CaseEntryRow entry) =>
        row with { History = [.. row.History.TakeLast(MaxHistory - 1), entry], UpdatedAt = entry.At };
}
