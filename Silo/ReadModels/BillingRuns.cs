using System.Collections.Immutable;
using Q2C.BillingRuns;

namespace Q2C.Silo.ReadModels;

internal sealed record BillingRunRow(
    string Id, string LegalEntity, DateOnly CutOff, DateOnly InvoiceDate, string StartedBy, DateTimeOffset StartedAt,
    DateTimeOffset? CompletedAt, int ProjectsAsked, int ProjectsAnswered, int ItemsReserved, ImmutableArray<string> Invoices,
    int Issued, int Rejected, ImmutableArray<HeldProject> OnHold) : ReadRow(Id);

/// <summary>Billing runs and how far they are.</summary>
internal sealed class BillingRunsModel() : Fold<BillingRunRow>("billing_run")
{
    protected override IEnumerable<string> Keys(Fact fact) => Ids.Is(fact.Grain, Ids.BillingRun) ? [fact.Grain] : [];

    protected override BillingRunRow? Next(BillingRunRow? row, string key, Fact fact, Batch batch) => fact.Event switch
    {
        BillingRunStarted e => new(
            key, e.Run.LegalEntity, e.Run.CutOff, e.Run.InvoiceDate, e.By, e.At, CompletedAt: null, ProjectsAsked: 0,
            ProjectsAnswered: 0, ItemsReserved: 0, Invoices: [], Issued: 0, Rejected: 0, OnHold: []),
        ReservationAsked => Existing(row, fact) with { ProjectsAsked = row!.ProjectsAsked + 1 },
        ReservationReceived e => Existing(row, fact) with
        {
            ProjectsAnswered = row!.ProjectsAnswered + 1, ItemsReserved = row.ItemsReserved + e.Items,
            OnHold = e.Hold is { } hold ? row.OnHold.Add(new(e.ProjectId, hold)) : row.OnHold,
        },
        DraftMade e => Existing(row, fact) with { Invoices = row!.Invoices.Add(e.Draft.InvoiceId) },
        InvoiceSettled { Issued: true } => Existing(row, fact) with { Issued = row!.Issued + 1 },
        InvoiceSettled => Existing(row, fact) with { Rejected = row!.Rejected + 1 },
        BillingRunCompleted e => Existing(row, fact) with { CompletedAt = e.At, Issued = e.Issued, Rejected = e.Rejected },
        _ => null,
    };
}
