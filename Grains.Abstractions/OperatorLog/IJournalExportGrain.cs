namespace Q2C.OperatorLogs;

/// <summary>The journal as the lines of an export, part by part; reads and holds nothing. Any key will do.</summary>
[Alias("q2c.journal-export-grain")]
public interface IJournalExportGrain : IGrainWithStringKey
{
    /// <param name="place">Where the part before ended; null for the first, which says up to where the export goes.</param>
    [Alias("read")]
    Task<ExportPart> Read(ExportSelection selection, string? place);
}

/// <summary>Rows of an export; members that are null select all.</summary>
/// <param name="Subject">An object, or what operators act on: <c>delivery/12</c>, <c>connection/netsuite</c>.</param>
/// <param name="From">By the time of record, as <paramref name="Until"/> is, which is not included.</param>
[GenerateSerializer, Immutable, Alias("export-selection")]
public sealed record ExportSelection(string? Subject, string? Actor, DateTimeOffset? From, DateTimeOffset? Until)
{
    public static ExportSelection Everything { get; } = new(null, null, null, null);
}

/// <param name="Lines">Whole lines of JSON.</param>
/// <param name="Rows">Rows of the journal that were read for it.</param>
/// <param name="Shown">Those that are shown; of the others there is the digest.</param>
/// <param name="Next">Where the next part begins; null after the last.</param>
[GenerateSerializer, Immutable, Alias("export-part")]
public sealed record ExportPart(string Lines, int Rows, int Shown, string? Next);
