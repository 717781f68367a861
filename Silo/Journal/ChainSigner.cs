using Npgsql;

namespace Q2C.Silo.Journal;

/// <summary>
/// Signs the heads of all chains from time to time, so that even somebody who can rewrite the whole database cannot
/// rewrite what was signed. The signatures are rows to be exported: <c>q2c.chain_signature</c>.
/// </summary>
public sealed class ChainSigner(
    NpgsqlDataSource database, LeaseKeeper leases, JournalOptions options, TimeProvider clock, ILogger<ChainSigner> log)
    : BackgroundService
{
    public const string LeaseName = "chain-signer";

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.ChainKeyFile is null)
        {
            log.LogWarning("No key for chain heads is set: the journal is chained, but not signed");
            return;
        }

        using var keys = new ChainKeys(options.ChainKeyFile);
        await leases.RunWhileHeld(
            LeaseName,
            (lease, held) => new StepLoop(options, clock, log).Run(
                "Signing of chain heads", options.ChainSigningInterval, token => SignHeads(lease, keys, token), held),
            stoppingToken);
    }

    internal async Task<bool> SignHeads(Lease lease, ChainKeys keys, CancellationToken cancel)
    {
        await lease.Write(database, async transaction =>
        {
            foreach (var (shard, seq, hash) in await Unsigned(transaction, cancel))
            {
                // Whole milliseconds, which every clock and database keeps.
                var at = DateTimeOffset.FromUnixTimeMilliseconds(clock.GetUtcNow().ToUnixTimeMilliseconds());
                await Insert(transaction, shard, keys.Sign(options.Region, shard, seq, hash, at), cancel);
            }
        }, cancel);
        return false;
    }

    private static async Task<List<(int Shard, long Seq, byte[] Hash)>> Unsigned(
        NpgsqlTransaction transaction, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            """
            select h.shard, h.seq, h.hash from q2c.shard_head h
            where h.seq > coalesce((select max(s.seq) from q2c.chain_signature s where s.shard = h.shard), 0)
            """, transaction.Connection, transaction);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var heads = new List<(int, long, byte[])>();
        while (await reader.ReadAsync(cancel))
            heads.Add((reader.GetInt32(0), reader.GetInt64(1), reader.GetFieldValue<byte[]>(2)));
        return heads;
    }

    private static async Task Insert(
        NpgsqlTransaction transaction, int shard, SignedHead head, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            """
            insert into q2c.chain_signature (shard, seq, hash, signed_at, key_id, signature)
            values ($1, $2, $3, $4, $5, $6)
            """, transaction.Connection, transaction);
        command.Parameters.Add(new() { Value = shard });
        command.Parameters.Add(new() { Value = head.Seq });
        command.Parameters.Add(new() { Value = head.Hash });
        command.Parameters.Add(new() { Value = head.SignedAt.UtcDateTime });
        command.Parameters.Add(new() { Value = head.KeyId });
        command.Parameters.Add(new() { Value = head.Signature });
        await command.ExecuteNonQueryAsync(cancel);
    }
}
