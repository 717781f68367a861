using System.Data;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Npgsql;

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

    /// <summary>Writes the journal as it is at this moment, while everything else goes on. Returns the rows written.</summary>
    /// <param name="selection">Which rows to show; null for all.</param>
    /// <param name="written">Told how many rows were written since it was told last.</param>
    public static async Task<long> Write(
        NpgsqlDataSource database, string region, Stream to, ExportSelection? selection, IProgress<long>? written, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var snapshot = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancel);
        await using var lines = new StreamWriter(to, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\n" };
        var heads = await JournalVerifier.Heads(connection, cancel);
        await Line(new("journal") { Format = Format, Region = region, Shards = heads.Count, Selection = selection });
        var rows = 0L;
        foreach (var (shard, seq, hash) in heads)
        {
            await Line(new("shard") { Shard = shard, Seq = seq, Hash = Hex(hash) });
            foreach (var head in await JournalVerifier.Signatures(connection, shard, cancel))
                await Line(new("signature")
                {
                    Seq = head.Seq, Hash = Hex(head.Hash), SignedAt = head.SignedAt, KeyId = head.KeyId, Signature = Hex(head.Signature),
                });
            await foreach (var (row, end, link) in ChainedRows.Read(connection, shard, seq, cancel))
            {
                var shown = selection?.Has(row, region) ?? true;
                await Line(shown ? Of(row) : new("digest") { Seq = row.Seq, Digest = Hex(row.Digest) });
                if (row.Seq == end) await Line(new("chain") { Seq = end, Hash = Hex(link!) });
                rows += shown ? 1 : 0;
                written?.Report(1);
            }
        }

        return rows;

        Task Line(ExportLine line) => lines.WriteLineAsync(JsonSerializer.Serialize(line, Json).AsMemory(), cancel);
    }

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

/// <summary>Rows of an export; members that are null select all.</summary>
/// <param name="Subject">An object, or what operators act on: <c>delivery/12</c>, <c>connection/netsuite</c>.</param>
/// <param name="From">By the time of record, as <paramref name="Until"/> is, which is not included.</param>
internal sealed record ExportSelection(string? Subject, string? Actor, DateTimeOffset? From, DateTimeOffset? Until)
{
    public bool Has(WholeRow row, string region) =>
        (Subject is null || row.Grain == Subject || row.Grain == ActRecorder.LogOf(region, Subject))
        && (Actor is null || row.Actor == Actor)
        && (From is null || row.RecordTime >= From)
        && (Until is null || row.RecordTime < Until);
}
