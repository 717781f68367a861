using Q2C.Numbering;

namespace Q2C.Grains.Numbering;

/// <summary>The number of a document that Q2C numbers itself, asked for when it is about to be issued.</summary>
/// <param name="SeriesId">Null until it is asked for.</param>
/// <param name="Number">Null until the series has answered.</param>
public sealed record NumberTicket(NumberFormat Format, string? SeriesId = null, string? Number = null)
{
    /// <summary>The number is there, or was never wanted of us.</summary>
    internal static bool IsReady(NumberTicket? ticket) => ticket is null or { Number: not null };

    internal static NumberTicket? Of(NumberFormat? format) => format is null ? null : new(format);

    internal NumberAsked Ask(string document, string legalEntity, DateOnly date, DateTimeOffset now) =>
        new(Format.SeriesId(Ids.RegionOf(document), legalEntity, date), legalEntity, Format, document, date, now);

    internal NumberTicket After(NumberAsked e) => this with { SeriesId = e.SeriesId };

    internal NumberTicket After(DocumentNumbered e) => this with { Number = e.Number };
}
