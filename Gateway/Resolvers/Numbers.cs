using Q2C.Gateway.Reading;

namespace Q2C.Gateway.Resolvers;

/// <summary>A series that Q2C numbers documents in.</summary>
public sealed record NumberSeriesNode(
    string Id, string LegalEntity, string Series, int? Year, int Last, string LastNumber, int Open, int Issued, int Void);

public enum NumberStatus { Open, Issued, Void }

/// <summary>A number that was given, and to what.</summary>
public sealed record DocumentNumberNode(
    string Id, string SeriesId, string LegalEntity, int Position, string Number, string DocumentId, DateOnly Date, NumberStatus Status, string? Reason,
    DateTimeOffset GivenAt);

public sealed record DocumentNumberFilter(string? SeriesId, string? LegalEntity, string? Number, IReadOnlyList<NumberStatus>? Status);

public sealed class NumberQueries(ReadModels readModels)
{
    private const string Series =
        """
        select to_jsonb(s)::text from q2c_read.number_series s where $1 = '' or legal_entity = $1
        order by legal_entity, series, year desc nulls last
        """;

    private static readonly Listing First = new("document_number", "position", "bigint", Descending: false);

    public async Task<IEnumerable<NumberSeriesNode>> GetNumberSeries(string? legalEntity, string? atLeast, CancellationToken cancel)
    {
        await readModels.Reach(atLeast, cancel);
        return await readModels.Query<NumberSeriesNode>(Series, cancel, legalEntity ?? "");
    }

    public async Task<Page<DocumentNumberNode>> GetDocumentNumbers(
        DocumentNumberFilter? filter, int? first, string? after, int? last, string? before, string? atLeast, CancellationToken cancel)
    {
        await readModels.Reach(atLeast, cancel);
        var criteria = new Criteria().Equal("series_id", filter?.SeriesId).Equal("legal_entity", filter?.LegalEntity)
            .Equal("number", filter?.Number).OneOf("status", filter?.Status);
        return await readModels.Page<DocumentNumberNode>(First, PageRequest.Of(first, after, last, before), criteria, cancel);
    }
}
