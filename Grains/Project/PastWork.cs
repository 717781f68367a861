using System.Buffers.Binary;
using System.Collections.Immutable;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Q2C.Grains.Journal;
using Q2C.Invoices;
using Q2C.Projects;

namespace Q2C.Grains.Projects;

/// <summary>
/// Sources that have nothing open: invoiced, taken back, skipped. They are kept to answer a repeat, to reverse what was
/// invoiced, and to open it again after a credit. The latest are kept as they are; the others lie packed in pages, found by
/// a hash of the source id, so that a long history costs some fifty bytes for each source.
/// </summary>
public sealed record PastWork(ImmutableDictionary<string, PastRecord> Recent, ImmutableArray<PastPage> Pages)
{
    private const int PageSize = 256;

    public static PastWork None { get; } = new(ImmutableDictionary<string, PastRecord>.Empty, []);

    private PastIndex Index { get; init; } = PastIndex.Of(Pages);

    /// <summary>Null for a source that never left the open work.</summary>
    internal PastRecord? Find(string sourceId)
    {
        if (Recent.TryGetValue(sourceId, out var recent)) return recent;
        foreach (var page in Index.PagesWith(PastIndex.Hash(sourceId)))
            if (Pages[page].Unpack().FirstOrDefault(record => record.SourceId == sourceId) is { } found) return found;
        return null;
    }

    /// <summary>The record takes the place of an older one of the same source.</summary>
    internal PastWork With(PastRecord record)
    {
        var recent = Recent.SetItem(record.SourceId, record);
        if (recent.Count < 2 * PageSize) return this with { Recent = recent };
        var page = PastPage.Pack([.. recent.Values.OrderBy(each => each.SourceId, StringComparer.Ordinal)]);
        return new(ImmutableDictionary<string, PastRecord>.Empty, Pages.Add(page)) { Index = Index.With(Pages.Length, page) };
    }

    /// <summary>Every source once, as it is now.</summary>
    internal IEnumerable<PastRecord> All()
    {
        var seen = new HashSet<string>();
        foreach (var record in Recent.Values.Concat(Pages.Reverse().SelectMany(page => page.Unpack())))
            if (seen.Add(record.SourceId)) yield return record;
    }
}

/// <param name="Version">The newest that was taken in.</param>
/// <param name="Invoiced">What of it is on issued invoices; several parts if a cap divided it.</param>
/// <param name="Rest">Item id of what a cap left of a part that was credited since; null if nothing was left.</param>
public sealed record PastRecord(string SourceId, long Version, ImmutableArray<SettledItem> Invoiced, string? Rest = null);

/// <summary>An item on an issued invoice.</summary>
/// <param name="Record">What it was priced from; null for the rest of an item, and for what is billed by the period.</param>
/// <param name="Invoice">The invoice's number.</param>
/// <param name="Piece">The time that it bills.</param>
/// <param name="Discounts">What the invoice took off it; null if nothing.</param>
/// <param name="Shares">What each of several payers was billed of it, less what was credited for good; null if it is one.</param>
public sealed record SettledItem(
    BillableItem Item, WorkRecord? Record, string Invoice, PeriodPiece? Piece = null, ImmutableArray<ItemShare>? Shares = null,
    ImmutableArray<LineDiscount>? Discounts = null);

/// <param name="Hashes">Of the source ids, eight bytes each, ascending.</param>
/// <param name="Packed">The records, compressed.</param>
public sealed record PastPage(byte[] Hashes, byte[] Packed)
{
    internal int Count => Hashes.Length / sizeof(ulong);

    internal static PastPage Pack(ImmutableArray<PastRecord> records)
    {
        var hashes = new byte[records.Length * sizeof(ulong)];
        var at = 0;
        foreach (var hash in records.Select(record => PastIndex.Hash(record.SourceId)).Order())
            BinaryPrimitives.WriteUInt64LittleEndian(hashes.AsSpan(sizeof(ulong) * at++), hash);
        using var packed = new MemoryStream();
        using (var brotli = new BrotliStream(packed, CompressionLevel.Fastest)) JsonSerializer.Serialize(brotli, records, WireFormat.Options);
        return new(hashes, packed.ToArray());
    }

    internal ImmutableArray<PastRecord> Unpack()
    {
        using var brotli = new BrotliStream(new MemoryStream(Packed), CompressionMode.Decompress);
        return JsonSerializer.Deserialize<ImmutableArray<PastRecord>>(brotli, WireFormat.Options);
    }

    internal ulong Hash(int at) => BinaryPrimitives.ReadUInt64LittleEndian(Hashes.AsSpan(sizeof(ulong) * at));
}

/// <summary>Hash of a source → pages that may hold it: a few sorted runs, each at least twice as long as the next.</summary>
internal sealed class PastIndex(ImmutableArray<PastIndex.Run> runs)
{
    public static PastIndex Of(ImmutableArray<PastPage> pages) =>
        pages.Select((page, i) => (page, i)).Aggregate(new PastIndex([]), (index, next) => index.With(next.i, next.page));

    public static ulong Hash(string sourceId) =>
        BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(sourceId)));

    /// <summary>Newest first.</summary>
    public IEnumerable<int> PagesWith(ulong hash) => runs.SelectMany(run => run.PagesWith(hash)).OrderDescending();

    public PastIndex With(int number, PastPage page)
    {
        var run = new Run([.. Enumerable.Range(0, page.Count).Select(page.Hash)], [.. Enumerable.Repeat(number, page.Count)]);
        var rest = runs;
        while (rest is [.., var last] && last.Hashes.Length < 2 * run.Hashes.Length)
        {
            run = Run.Merge(last, run);
            rest = rest.RemoveAt(rest.Length - 1);
        }

        return new(rest.Add(run));
    }

    internal sealed record Run(ulong[] Hashes, int[] Pages)
    {
        public static Run Merge(Run one, Run other)
        {
            ulong[] hashes = [.. one.Hashes, .. other.Hashes];
            int[] pages = [.. one.Pages, .. other.Pages];
            Array.Sort(hashes, pages);
            return new(hashes, pages);
        }

        public IEnumerable<int> PagesWith(ulong hash)
        {
            var at = Array.BinarySearch(Hashes, hash);
            if (at < 0) yield break;
            while (at > 0 && Hashes[at - 1] == hash) at--;
            for (; at < Hashes.Length && Hashes[at] == hash; at++) yield return Pages[at];
        }
    }
}
