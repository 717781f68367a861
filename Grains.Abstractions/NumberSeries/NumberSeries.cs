using System.Collections.Immutable;
using System.Globalization;

namespace Q2C.Numbering;

/// <summary>How documents of one kind of a legal entity are numbered by Q2C. Without one the ERP numbers them.</summary>
/// <param name="Series">Names the series in its legal entity.</param>
/// <param name="Pattern">With <c>{number}</c>, and <c>{year}</c> where it begins anew each year: <c>RE-{year}-{number}</c>.</param>
/// <param name="Digits">The number has at least so many, with zeros before it.</param>
[GenerateSerializer, Immutable, Alias("number-format")]
public sealed record NumberFormat(string Series, string Pattern, int Digits, NumberRestart Restart)
{
    public const string NumberPart = "{number}";
    public const string YearPart = "{year}";

    public string Format(DateOnly date, long position) => Pattern
        .Replace(YearPart, date.Year.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
        .Replace(NumberPart, position.ToString(CultureInfo.InvariantCulture).PadLeft(Digits, '0'), StringComparison.Ordinal);

    /// <summary>The series that numbers a document of this date.</summary>
    public string SeriesId(string region, string legalEntity, DateOnly date) => Ids.Derive(
        region, Ids.NumberSeries, legalEntity, Series,
        Restart == NumberRestart.Yearly ? date.Year.ToString(CultureInfo.InvariantCulture) : "");
}

[GenerateSerializer, Alias("number-restart")]
public enum NumberRestart { Never, Yearly }

/// <summary>
/// A document that is about to be issued asks its series for a number. The series knows it by its id, so that it gets one
/// number however often it asks.
/// </summary>
[GenerateSerializer, Immutable, Alias("number.asked.v1")]
public sealed record NumberAsked(
    string SeriesId, string LegalEntity, NumberFormat Format, string DocumentId, DateOnly Date, DateTimeOffset At) : Event, IDelivered
{
    public ImmutableArray<string> To => [SeriesId];
}

/// <param name="Position">1 for the first: the positions of a series have no gap.</param>
[GenerateSerializer, Immutable, Alias("number.assigned.v1")]
public sealed record NumberAssigned(
    string SeriesId, string LegalEntity, NumberFormat Format, string DocumentId, long Position, string Number, DateOnly Date, DateTimeOffset At)
    : Event, IDelivered
{
    public ImmutableArray<string> To => [DocumentId];
}

/// <summary>The document has its number.</summary>
[GenerateSerializer, Immutable, Alias("document.numbered.v1")]
public sealed record DocumentNumbered(string SeriesId, string Number, DateTimeOffset At) : Event;

/// <summary>What became of a number: its document was issued, or came to nothing and keeps the number for ever.</summary>
/// <param name="Reason">Why the document came to nothing.</param>
[GenerateSerializer, Immutable, Alias("number.settled.v1")]
public sealed record NumberSettled(string DocumentId, string Number, bool Issued, string? Reason, DateTimeOffset At) : Event;

[Alias("q2c.number-series-grain")]
public interface INumberSeriesGrain : IAggregateGrain
{
    [Alias("read")]
    Task<NumberSeriesView?> Read();
}

/// <param name="Open">Numbers of documents that are not decided yet.</param>
[GenerateSerializer, Immutable, Alias("number-series-view")]
public sealed record NumberSeriesView(
    string Id, long GrainVersion, string LegalEntity, NumberFormat Format, int? Year, long Last, string LastNumber, long Issued, long Void,
    ImmutableArray<string> Open);
