using System.Collections.Immutable;
using Q2C.Alerts;

namespace Q2C.Silo.ReadModels;

internal enum AlertStatus { Open, Acknowledged, Cleared }

internal sealed record AlertRow(
    string Id, AlertRule Rule, string Subject, string Title, string Text, string? ContractId, string Severity, ImmutableArray<string> Channels,
    AlertStatus Status, int Raised, DateTimeOffset RaisedAt, string? AcknowledgedBy, DateTimeOffset? AcknowledgedAt, string? Note,
    DateTimeOffset? ClearedAt, int Told, DateTimeOffset UpdatedAt) : ReadRow(Id);

/// <summary>What crossed a threshold, and whether somebody has seen it.</summary>
internal sealed class AlertsModel() : Fold<AlertRow>("alert")
{
    protected override IEnumerable<string> Keys(Fact fact) => Ids.Is(fact.Grain, Ids.Alert) ? [fact.Grain] : [];

    protected override AlertRow? Next(AlertRow? row, string key, Fact fact, Batch batch) => fact.Event switch
    {
        AlertRaised e => new(
            key, e.Rule, e.Subject, e.Title, e.Text, e.ContractId, e.Severity, e.Channels, AlertStatus.Open, (row?.Raised ?? 0) + 1, e.At,
            AcknowledgedBy: null, AcknowledgedAt: null, Note: null, ClearedAt: null, Told: 0, e.At),
        AlertAcknowledged e => Existing(row, fact) with
        {
            Status = AlertStatus.Acknowledged, AcknowledgedBy = e.By, AcknowledgedAt = e.At, Note = e.Note, UpdatedAt = e.At,
        },
        AlertCleared e => Existing(row, fact) with { Status = AlertStatus.Cleared, ClearedAt = e.At, UpdatedAt = e.At },
        NotificationSent e => Existing(row, fact) with { Told = row!.Told + 1, UpdatedAt = e.At },
        _ => null,
    };
}
