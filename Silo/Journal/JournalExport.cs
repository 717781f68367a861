using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Npgsql;
using Q2C.OperatorLogs;

namespace Q2C.Silo.Journal;

/// <summary>
/// The journal as JSON lines, with everything that proves it: first what it is, then for each shard its head, what was
/// signed, and its rows, each batch followed by its link of the chain. Bodies are the stored text, digests and hashes hex.
/// Of rows that were not asked for there is only the digest, which the chain is made of: what is shown is proven all the same.
/// </summary>
internal static class JournalExport
{
    public const int Format = 1;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    /// <summary>Rows of a part.</summary>
    private const int PartRows = 2_000;

    /// <summary>Writes the journal as it is at this moment, while everything else goes on. Returns the rows shown.</summary>
    /// <param name="written">Told how many rows were read since it was told last.</param>
    public static async Task<long> Write(
        NpgsqlDataSource database, string region, Stream to, ExportSelection selection, IProgress<long>? written, CancellationToken cancel)
    {
        await using var lines = new StreamWriter(to, new UTF8Encoding(false), leaveOpen: true);
        var (shown, place) = (0L, (string?)null);
        do
        {
            var part = await Part(database, region, selection, place, cancel);
            await lines.WriteAsync(part.Lines.AsMemory(), cancel);
            written?.Report(part.Rows);
            shown += part.Shown;
            place = part.Next;
        }
        while (place is not null);
        return shown;
    }

    /// <summary>
    /// A part of an export, from where the one before ended. The first sees the heads, all others go up to them: rows and
    /// links of the chain do not change once they are there.
    /// </summary>
    public static async Task<ExportPart> Part(
        NpgsqlDataSource database, string region, ExportSelection selection, string? place, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        var lines = new StringBuilder();
        var at = place is null ? null : JsonSerializer.Deserialize<ExportPlace>(place, Json);
        if (at is null)
        {
            at = new([.. (await JournalVerifier.Heads(connection, cancel)).Select(head => new ExportHead(head.Shard, head.Seq, head.Hash))], 0, 0);
            Line(new("journal")
            {
                Format = Format, Region = region, Shards = at.Heads.Length, Selection = selection == ExportSelection.Everything ? null : selection,
            });
        }

        var head = at.Heads[at.Index];
        if (at.Seq == 0) await Begin(head);
        var (last, read, shown) = (at.Seq, 0, 0);
        await foreach (var (row, end, link) in ChainedRows.Read(connection, head.Shard, head.Seq, at.Seq, PartRows, cancel))
        {
            var isShown = Has(selection, row, region);
            Line(isShown ? Of(row) : new("digest") { Seq = row.Seq, Digest = Hex(row.Digest) });
            if (row.Seq == end) Line(new("chain") { Seq = end, Hash = Hex(link!) });
            (last, read, shown) = (row.Seq, read + 1, shown + (isShown ? 1 : 0));
        }

        var next = read == PartRows ? at with { Seq = last } : at with { Index = at.Index + 1, Seq = 0 };
        return new(lines.ToString(), read, shown, next.Index < at.Heads.Length ? JsonSerializer.Serialize(next, Json) : null);

        void Line(ExportLine line) => lines.Append(JsonSerializer.Serialize(line, Json)).Append('\n');

        async Task Begin(ExportHead begun)
        {
            Line(new("shard") { Shard = begun.Shard, Seq = begun.Seq, Hash = Hex(begun.Hash) });
            foreach (var signed in (await JournalVerifier.Signatures(connection, begun.Shard, cancel)).Where(signed => signed.Seq <= begun.Seq))
                Line(new("signature")
                {
                    Seq = signed.Seq, Hash = Hex(signed.Hash), SignedAt = signed.SignedAt, KeyId = signed.KeyId, Signature = Hex(signed.Signature),
                });
        }
    }

    private static bool Has(ExportSelection selection, WholeRow row, string region) =>
        (selection.Subject is not { } subject || row.Grain == subject || row.Grain == ActRecorder.LogOf(region, subject))
        && (selection.Actor is null || row.Actor == selection.Actor)
        && (selection.From is null || row.RecordTime >= selection.From)
        && (selection.Until is null || row.RecordTime < selection.Until);

    /// <summary>
    /// Checks an export without any database. Throws <see cref="InvalidDataException"/>, with the line, for a file that is none.
    /// </summary>
    /// <param name="import">Is given what is read, up to the first fault of a shard.</param>
    public static async Task<IReadOnlyList<ChainReport>> Verify(
        Stream from, ChainKeys? keys, IProgress<long>? checkedRows, CancellationToken cancel, JournalImport? import = null)
    {
        using var text = Text(from);
        var lines = new Lines(text);
        var (region, shards) = await Header(lines, cancel);
        var check = new ChainCheck(region, keys);
        var reports = new List<ChainReport>();
        while (await lines.Next(cancel) is { } line)
        {
            if (line is not { Kind: "shard", Shard: { } shard, Seq: { } seq, Hash: { } hash }) throw lines.Wrong("should begin a shard");
            var signatures = new List<SignedHead>();
            while (await lines.Peek(cancel) is { Kind: "signature" } signed)
            {
                await lines.Next(cancel);
                signatures.Add(new(signed.Seq!.Value, Bytes(signed.Hash), signed.SignedAt!.Value, signed.KeyId!, Bytes(signed.Signature)));
            }

            if (import is not null) await import.Begin(new(shard, seq, Bytes(hash), signatures), cancel);
            reports.Add(await check.Run(new(shard, seq, Bytes(hash), signatures, Batches(lines, import, cancel)), checkedRows, cancel));
            if (import is not null) await import.End(cancel);
            while (await lines.Peek(cancel) is { Kind: "row" or "digest" or "chain" }) await lines.Next(cancel);
        }

        return reports.Count == shards ? reports : throw lines.Wrong($"ends the file after {reports.Count} of {shards} shards");
    }

    /// <summary>What an export says it is: the region, and its number of shards.</summary>
    public static async Task<(string Region, int Shards)> Header(Stream from, CancellationToken cancel)
    {
        using var text = Text(from);
        return await Header(new Lines(text), cancel);
    }

    private static StreamReader Text(Stream from) => new(from, new UTF8Encoding(false, throwOnInvalidBytes: true), leaveOpen: true);

    private static async Task<(string Region, int Shards)> Header(Lines lines, CancellationToken cancel) =>
        await lines.Next(cancel) is { Kind: "journal", Format: Format, Region: { } region, Shards: { } shards }
            ? (region, shards)
            : throw lines.Wrong($"is not the beginning of a journal's export in format {Format}");

    private static async IAsyncEnumerable<ChainBatch> Batches(
        Lines lines, JournalImport? import, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        var rows = new List<ChainedRow>();
        while (await lines.Peek(cancel) is { Kind: "row" or "digest" or "chain" } line)
        {
            await lines.Next(cancel);
            if (line.Kind == "chain")
            {
                if (import is not null && line.Seq is { } end) import.Link(end, Bytes(line.Hash));
                yield return new(line.Seq, rows is [var first, ..] ? first.Seq : line.Seq!.Value, Bytes(line.Hash), rows);
                rows = [];
            }
            else if (line.Kind == "digest")
            {
                if (line.Seq is not { } seq) throw lines.Wrong("is a digest of no row");
                if (import is not null) throw lines.Wrong("is the digest of a row that the export does not show: only a whole export can be brought in");
                rows.Add(new(seq, Bytes(line.Digest), Bytes(line.Digest)));
            }
            else
            {
                var row = RowOf(line, lines);
                if (import is not null) await import.Add(row, cancel);
                rows.Add(new(row.Seq, row.Digest, row.ComputeDigest()));
            }
        }

        if (rows is [var left, ..]) yield return new(null, left.Seq, null, rows);
    }

    private static ExportLine Of(WholeRow row) => new("row")
    {
        Seq = row.Seq, Digest = Hex(row.Digest), Grain = row.Grain, Version = row.Version, Key = row.Key, Fingerprint = Hex(row.Fingerprint),
        Outcome = row.Outcome, Body = Encoding.UTF8.GetString(row.Body), SchemaVersion = row.SchemaVersion, Correlation = row.Correlation,
        Causation = row.Causation, Actor = row.Actor, BusinessTime = row.BusinessTime, RecordTime = row.RecordTime,
    };

    private static WholeRow RowOf(ExportLine line, Lines lines) => line is
    {
        Seq: { } seq, Digest: { } digest, Grain: { } grain, Version: { } version, Key: { } key, Fingerprint: { } fingerprint,
        Outcome: { } outcome, Body: { } body, SchemaVersion: { } schema, Correlation: { } correlation, Actor: { } actor, RecordTime: { } recorded,
    }
        ? new(
            seq, Bytes(digest), grain, version, key, Bytes(fingerprint), outcome, Encoding.UTF8.GetBytes(body), schema, correlation,
            line.Causation, actor, line.BusinessTime, recorded)
        : throw lines.Wrong("is a row without all of its members");

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);

    private static byte[] Bytes(string? hex)
    {
        try
        {
            return Convert.FromHexString(hex ?? "");
        }
        catch (FormatException)
        {
            // Not what was written, so it will not fit.
            return [];
        }
    }

    private sealed record ExportLine(string Kind)
    {
        public int? Format { get; init; }
        public string? Region { get; init; }
        public int? Shards { get; init; }
        public ExportSelection? Selection { get; init; }
        public int? Shard { get; init; }
        public long? Seq { get; init; }
        public string? Hash { get; init; }
        public DateTimeOffset? SignedAt { get; init; }
        public string? KeyId { get; init; }
        public string? Signature { get; init; }
        public string? Digest { get; init; }
        public string? Grain { get; init; }
        public long? Version { get; init; }
        public string? Key { get; init; }
        public string? Fingerprint { get; init; }
        public short? Outcome { get; init; }
        public string? Body { get; init; }
        public short? SchemaVersion { get; init; }
        public string? Correlation { get; init; }
        public string? Causation { get; init; }
        public string? Actor { get; init; }
        public DateTimeOffset? BusinessTime { get; init; }
        public DateTimeOffset? RecordTime { get; init; }
    }

    /// <summary>The lines of a file, with one of them ahead.</summary>
    private sealed class Lines(TextReader text)
    {
        private ExportLine? _ahead;
        private int _number;

        public async ValueTask<ExportLine?> Peek(CancellationToken cancel) => _ahead ??= await Read(cancel);

        public async ValueTask<ExportLine?> Next(CancellationToken cancel)
        {
            var line = await Peek(cancel);
            _ahead = null;
            return line;
        }

        public InvalidDataException Wrong(string why) => new($"Line {_number} {why}.");

        private async Task<ExportLine?> Read(CancellationToken cancel)
        {
            if (await text.ReadLineAsync(cancel) is not { } line) return null;
            _number++;
            try
            {
                return JsonSerializer.Deserialize<ExportLine>(line, Json) ?? throw Wrong("is no object");
            }
            catch (JsonException)
            {
                throw Wrong("is no JSON");
            }
        }
    }
}

/// <summary>Where an export stands.</summary>
/// <param name="Index">Of the shard among the heads.</param>
/// <param name="Seq">The last row that was read of it; 0 before its first.</param>
internal sealed record ExportPlace(ImmutableArray<ExportHead> Heads, int Index, long Seq);

internal sealed record ExportHead(int Shard, long Seq, byte[] Hash);
