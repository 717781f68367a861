using Q2C.Numbering;

namespace Q2C.Silo.ReadModels;

internal sealed record NumberSeriesRow(
    string Id, string LegalEntity, string Series, int? Year, long Last, string LastNumber, long Open, long Issued, long Void) : ReadRow(Id);

/// <summary>The series that Q2C numbers documents in, and how far they are.</summary>
internal sealed class NumberSeriesModel() : Fold<NumberSeriesRow>("number_series")
{
    protected override IEnumerable<string> Keys(Fact fact) => Ids.Is(fact.Grain, Ids.NumberSeries) ? [fact.Grain] : [];

    protected override NumberSeriesRow? Next(NumberSeriesRow? row, string key, Fact fact, Batch batch) => fact.Event switch
    {
        NumberAssigned e => (row ?? new(key, e.LegalEntity, e.Format.Series, YearOf(e), 0, "", 0, 0, 0)) with
        {
            Last = e.Position, LastNumber = e.Number, Open = (row?.Open ?? 0) + 1,
        },
        NumberSettled { Issued: true } => Existing(row, fact) with { Open = row!.Open - 1, Issued = row.Issued + 1 },
        NumberSettled => Existing(row, fact) with { Open = row!.Open - 1, Void = row.Void + 1 },
        _ => null,
    };

    private static int? YearOf(NumberAssigned e) => e.Format.Restart == NumberRestart.Yearly ? e.Date.Year : null;
}

internal enum NumberStatus { Open, Issued, Void }

internal sealed record DocumentNumberRow(
    string Id, string SeriesId, string LegalEntity, long Position, string Number, string DocumentId, DateOnly Date, NumberStatus Status,
    string? Reason, DateTimeOffset GivenAt) : ReadRow(Id);

/// <summary>The register: every number that was given, to which document, and what became of it.</summary>
internal sealed class DocumentNumbersModel() : Fold<DocumentNumberRow>("document_number")
{
    protected override IEnumerable<string> Keys(Fact fact) => fact.Event switch
    {
        NumberAssigned e => [Key(fact, e.DocumentId)],
        NumberSettled e => [Key(fact, e.DocumentId)],
        _ => [],
    };

    protected override DocumentNumberRow? Next(DocumentNumberRow? row, string key, Fact fact, Batch batch) => fact.Event switch
    {
        NumberAssigned e => new(key, fact.Grain, e.LegalEntity, e.Position, e.Number, e.DocumentId, e.Date, NumberStatus.Open, null, e.At),
        NumberSettled e => Existing(row, fact) with { Status = e.Issued ? NumberStatus.Issued : NumberStatus.Void, Reason = e.Reason },
        _ => null,
    };

    private static string Key(Fact fact, string document) => $"{fact.Grain}/{document}";
}
