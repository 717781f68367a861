using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Q2C.OperatorLogs;
using Q2C.Silo.Journal;

namespace Q2C.Silo.Tests.Journal;

public sealed class ChainTests : IAsyncLifetime
{
    private readonly PostgresFixture _postgres = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("q2c-chain").FullName;
    private JournalHarness _silo = null!;
    private string _grain = null!;
    private int _shard;

    public async Task InitializeAsync()
    {
        await _postgres.InitializeAsync();
        _silo = new(_postgres);
        _grain = Rows.NewGrain();
        _shard = PostgresJournal.ShardOf(_grain, _silo.Options.Shards);
        // Two batches: rows 1 to 3, rows 4 and 5.
        await _silo.Journal.Append(
            new(_grain, 0, [Rows.Entry(1, "a"), Rows.Entry(2, "b"), Rows.Entry(3, "c")]), default);
        await _silo.Journal.Append(new(_grain, 3, [Rows.Entry(4, "d"), Rows.Entry(5, "e")]), default);
    }

    public async Task DisposeAsync()
    {
        await _silo.DisposeAsync();
        await _postgres.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task An_untouched_journal_verifies()
    {
        var reports = await Verify();
        Assert.Equal(
            Enumerable.Range(0, _silo.Options.Shards).Select(shard => new ChainReport(shard, shard == _shard ? 5 : 0, null)), reports);
    }

    [Theory]
    [InlineData("update q2c.journal set body = '{\"a\":1}' where key = 'b'", 2, "The row was changed.")]
    [InlineData("update q2c.journal set actor = 'karl' where key = 'a'", 1, "The row was changed.")]
    [InlineData("update q2c.journal set business_time = now() where key = 'd'", 4, "The row was changed.")]
    [InlineData("update q2c.journal set record_time = record_time + interval '1 microsecond' where key = 'd'", 4, "The row was changed.")]
    [InlineData("update q2c.journal set causation = '' where key = 'c'", 3, "The row was changed.")]
    [InlineData("update q2c.journal set digest = sha256('x') where key = 'e'", 5, "The row was changed.")]
    [InlineData("delete from q2c.journal where key = 'b'", 2, "The row is missing.")]
    [InlineData("delete from q2c.journal where key = 'c'", 3, "The row is missing.")]
    [InlineData("delete from q2c.journal where key in ('d', 'e')", 4, "The head does not fit the chain.")]
    [InlineData("update q2c.journal set seq = 9 where key = 'a'; update q2c.journal set seq = 1 where key = 'b'; update q2c.journal set seq = 2 where key = 'a'", 1, "The chain is broken here.")]
    [InlineData("update q2c.chain set hash = sha256('x') where seq = 5", 4, "The chain is broken here.")]
    [InlineData("delete from q2c.chain where seq = 5", 5, "The chain ends before the rows do.")]
    public async Task Tampering_is_found_where_it_was_done(string tampering, long seq, string reason)
    {
        await _postgres.Database.Execute(tampering);
        Assert.Equal(new ChainFault(seq, reason), (await Verify()).Single(report => report.Shard == _shard).Fault);
    }

    [Fact]
    public async Task An_export_proves_itself_without_the_database()
    {
        using var keys = await Sign();
        Assert.Equal(await Verify(keys), await VerifyExport(await Export(), keys));
    }

    [Theory]
    [InlineData("\"actor\":\"nora\"", "\"actor\":\"karl\"", 1, "The row was changed.")]
    [InlineData("\"key\":\"d\"", "\"key\":\"x\"", 4, "The row was changed.")]
    public async Task What_was_changed_in_an_export_is_found(string written, string changed, long seq, string reason)
    {
        var export = await Export();
        var place = export.IndexOf(written, StringComparison.Ordinal);
        var reports = await VerifyExport(export[..place] + changed + export[(place + written.Length)..], null);
        Assert.Equal(new ChainFault(seq, reason), reports[_shard].Fault);
    }

    [Fact]
    public async Task Rows_that_were_cut_from_an_export_are_missed_and_half_a_line_is_no_export()
    {
        var lines = (await Export()).Split('\n');
        var reports = await VerifyExport(string.Join('\n', lines.Where(line => !line.Contains("\"key\":\"b\""))), null);
        Assert.Equal(new ChainFault(2, "The row is missing."), reports[_shard].Fault);
        var cut = await Assert.ThrowsAsync<InvalidDataException>(() => VerifyExport(lines[0][..20], null));
        Assert.Equal("Line 1 is no JSON.", cut.Message);
    }

    [Fact]
    public async Task A_rewritten_history_whose_chain_was_made_to_fit_is_found_by_its_signature()
    {
        using var keys = await Sign();
        await _postgres.Database.Execute("delete from q2c.journal where seq > 3; delete from q2c.chain where seq > 3");
        await _postgres.Database.Execute(
            $"update q2c.shard_head set seq = 3, hash = (select hash from q2c.chain where shard = {_shard}) where shard = {_shard}");

        Assert.Equal(new ChainFault(4, "Rows that were signed are gone."), (await Verify(keys))[_shard].Fault);

        await _silo.Journal.Append(new(_grain, 3, [Rows.Entry(4, "x"), Rows.Entry(5, "y")]), default);
        Assert.Equal(
            new ChainFault(4, "The rows up to here are not the ones that were signed."),
            (await Verify(keys))[_shard].Fault);
    }

    [Fact]
    public async Task A_signature_that_nobody_with_the_key_made_is_found()
    {
        using var keys = await Sign();
        Assert.All(await Verify(keys), report => Assert.Null(report.Fault));
        await _postgres.Database.Execute("update q2c.chain_signature set seq = 4");
        Assert.Equal(
            new ChainFault(4, "The signature of the chain does not fit its key."), (await Verify(keys))[_shard].Fault);
    }

    [Fact]
    public async Task A_head_is_signed_once()
    {
        using var keys = await Sign();
        using var again = await Sign();
        Assert.Equal(1, await _postgres.Database.Scalar<long>("select count(*) from q2c.chain_signature"));
    }

    [Fact]
    public async Task An_export_of_some_rows_shows_only_those_and_proves_them_all_the_same()
    {
        using var keys = await Sign();
        var beside = Enumerable.Range(0, 1_000).Select(_ => Rows.NewGrain())
            .First(grain => PostgresJournal.ShardOf(grain, _silo.Options.Shards) == _shard);
        await _silo.Journal.Append(new(beside, 0, [Rows.Entry(1, "other")]), default);

        var export = await Export(new(_grain, null, null, null), rows: 5);
        Assert.All(await VerifyExport(export, keys), report => Assert.Null(report.Fault));
        Assert.Contains("\"kind\":\"digest\"", export, StringComparison.Ordinal);
        Assert.DoesNotContain("\"key\":\"other\"", export, StringComparison.Ordinal);
        Assert.Equal(new(3, "The row was changed."), (await VerifyExport(export.Replace("\"key\":\"c\"", "\"key\":\"C\""), keys))[_shard].Fault);

        var hidden = await Export(new(null, "nobody", null, null), rows: 0);
        Assert.Equal(6, (await VerifyExport(hidden, keys))[_shard].Rows);
        Assert.Equal(new(3, "The row is missing."), (await VerifyExport(
            string.Join('\n', hidden.Split('\n').Where(line => !line.StartsWith("{\"kind\":\"digest\",\"seq\":3,", StringComparison.Ordinal))), keys))[_shard].Fault);
        Assert.Equal(0, await Written(new(null, null, DateTimeOffset.MaxValue, null)));
    }

    private async Task<string> Export(ExportSelection? selection = null, int rows = 5)
    {
        using var file = new MemoryStream();
        Assert.Equal(rows, await JournalExport.Write(_silo.Database, _silo.Options.Region, file, selection ?? ExportSelection.Everything, null, default));
        return Encoding.UTF8.GetString(file.ToArray());
    }

    private Task<long> Written(ExportSelection selection) =>
        JournalExport.Write(_silo.Database, _silo.Options.Region, Stream.Null, selection, null, default);

    private static async Task<IReadOnlyList<ChainReport>> VerifyExport(string export, ChainKeys? keys)
    {
        using var file = new MemoryStream(Encoding.UTF8.GetBytes(export));
        return await JournalExport.Verify(file, keys, null, default);
    }

    private async Task<ChainKeys> Sign()
    {
        var file = Path.Combine(_folder, "chain.pem");
        if (!File.Exists(file))
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            await File.WriteAllTextAsync(file, key.ExportPkcs8PrivateKeyPem());
        }

        var keys = new ChainKeys(file);
        var signer = new ChainSigner(
            _silo.Database, _silo.Leases, _silo.Options, TimeProvider.System, NullLogger<ChainSigner>.Instance);
        await using var lease = await _silo.Leases.TryAcquire(ChainSigner.LeaseName, default);
        await signer.SignHeads(lease!, keys, default);
        return keys;
    }

    private Task<IReadOnlyList<ChainReport>> Verify(ChainKeys? keys = null) =>
        new JournalVerifier(_silo.Database, _silo.Options.Region, keys).Verify(default);
}
