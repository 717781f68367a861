using System.Collections.Immutable;

namespace Q2C.Grains.Journal;

/// <summary>
/// The durable, ordered record of every command and its outcome. One row per command; rows of a grain are numbered
/// 1, 2, 3, … without gaps; a key occurs once per grain. Implementations keep these promises on any number of silos.
/// </summary>
public interface IJournal
{
    /// <summary>The newest usable snapshot, if any, and every row after it; one round trip.</summary>
    ValueTask<GrainHistory> Load(string grain, int deciderVersion, CancellationToken cancel);

    /// <summary>
    /// Appends the rows in one transaction, or none of them. <see cref="AppendResult.Conflict"/> means that somebody
    /// else wrote this version, or that one of the keys is recorded already. An exception means that the outcome is
    /// unknown: load again.
    /// </summary>
    ValueTask<AppendResult> Append(JournalRun run, CancellationToken cancel);

    /// <summary>The recorded rows of these keys of the grain, for those that are recorded.</summary>
    ValueTask<ImmutableDictionary<string, RecordedRow>> Find(string grain, ImmutableArray<string> keys, CancellationToken cancel);

    /// <summary>The grain's newest version: 0 for one without history. Confirms a copy in memory before it is read.</summary>
    ValueTask<long> CurrentVersion(string grain, CancellationToken cancel);

    /// <summary>
    /// The rows of <paramref name="source"/> after <paramref name="after"/> and up to <paramref name="upTo"/> that hold
    /// events addressed to <paramref name="target"/>, in order; at most <paramref name="limit"/>.
    /// </summary>
    ValueTask<ImmutableArray<Delivery>> Deliveries(
        string source, string target, long after, long upTo, int limit, CancellationToken cancel);

    /// <summary>Keeps a snapshot of durable state. Best effort: losing one costs a longer load and nothing else.</summary>
    ValueTask SaveSnapshot(string grain, Snapshot snapshot, CancellationToken cancel);
}

/// <param name="ExpectedVersion">The version of the row that must be the grain's last one.</param>
public sealed record JournalRun(string Grain, long ExpectedVersion, ImmutableArray<JournalEntry> Entries);

/// <summary>One command and what became of it. <paramref name="Body"/> is stored as it is, and hashed.</summary>
/// <param name="Fingerprint">SHA-256 of the command: the same key with another fingerprint is another command.</param>
/// <param name="Principal">Set for a key that a caller of the API chose: it is then unique among all that this caller sends.</param>
public sealed record JournalEntry(
    long Version, string Key, ReadOnlyMemory<byte> Fingerprint, Outcome Outcome, ReadOnlyMemory<byte> Body,
    string Correlation, string? Causation, string Actor, DateTimeOffset? BusinessTime, DateTimeOffset RecordTime,
    ImmutableArray<ExternalReference> References, ImmutableArray<DueCommand> Due, string? Principal = null)
{
    /// <summary>What <see cref="Body"/> holds, where the writer has it: whoever follows the journal in the same process
    /// need not read it from the bytes. Not stored.</summary>
    public RowBody? Content { get; init; }
}

public abstract record AppendResult
{
    private AppendResult() { }

    /// <param name="Shard">The shard of the grain.</param>
    /// <param name="FirstSeq">The position of the run's first row in its shard; the rest follow without gaps.</param>
    public sealed record Appended(string Region, int Shard, long FirstSeq) : AppendResult;

    public sealed record Conflict : AppendResult;

    /// <summary>Nothing was appended: these principals used these keys for a command to another grain.</summary>
    public sealed record KeysTaken(ImmutableArray<TakenKey> Keys) : AppendResult;
}

/// <param name="Grain">The grain that the key's command went to.</param>
public sealed record TakenKey(string Principal, string Key, ReadOnlyMemory<byte> Fingerprint, string Grain);

/// <summary>A row as it was recorded.</summary>
public sealed record RecordedRow(
    string Grain, long Version, string Key, ReadOnlyMemory<byte> Fingerprint, Outcome Outcome, ReadOnlyMemory<byte> Body,
    string Correlation, string? Causation, string Actor, DateTimeOffset RecordTime, string Region, int Shard, long Seq);

/// <param name="Rows">In order of version, without gaps, starting after the snapshot.</param>
public sealed record GrainHistory(Snapshot? Snapshot, ImmutableArray<RecordedRow> Rows);

/// <param name="Version">The grain's version that the state stands for.</param>
public sealed record Snapshot(long Version, int DeciderVersion, ReadOnlyMemory<byte> State);
