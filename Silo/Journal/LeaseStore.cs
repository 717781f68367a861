using Npgsql;

namespace Q2C.Silo.Journal;

/// <summary>Where leases are kept. Expiry is by the store's own clock, the same for all who ask.</summary>
public interface ILeaseStore
{
    /// <summary>The new epoch of a lease that was free or had run out; null while somebody else holds it.</summary>
    Task<long?> TryTake(string name, string owner, TimeSpan duration, CancellationToken cancel);

    /// <summary>False if the lease is somebody else's by now.</summary>
    Task<bool> Renew(Lease lease, CancellationToken cancel);

    /// <summary>Lets it run out at once; nothing happens if it is somebody else's by now.</summary>
    Task Release(Lease lease, CancellationToken cancel);
}

/// <summary>Leases as rows of PostgreSQL.</summary>
public sealed class PostgresLeases(NpgsqlDataSource database) : ILeaseStore
{
    public async Task<long?> TryTake(string name, string owner, TimeSpan duration, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(
            """
            insert into q2c.lease as l (name, owner, epoch, expires_at) values ($1, $2, 1, clock_timestamp() + $3)
            on conflict (name) do update
            set owner = excluded.owner, epoch = l.epoch + 1, expires_at = clock_timestamp() + $3
            where l.expires_at <= clock_timestamp()
            returning epoch
            """);
        command.Parameters.Add(new() { Value = name });
        command.Parameters.Add(new() { Value = owner });
        command.Parameters.Add(new() { Value = duration });
        return await command.ExecuteScalarAsync(cancel) as long?;
    }

    public async Task<bool> Renew(Lease lease, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(
            """
            update q2c.lease set expires_at = clock_timestamp() + $4 where name = $1 and owner = $2 and epoch = $3
            """);
        AddIdentity(command, lease);
        command.Parameters.Add(new() { Value = lease.Duration });
        command.CommandTimeout = Math.Max(1, (int)lease.Duration.TotalSeconds);
        return await command.ExecuteNonQueryAsync(cancel) == 1;
    }

    public async Task Release(Lease lease, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(
            "update q2c.lease set expires_at = '-infinity' where name = $1 and owner = $2 and epoch = $3");
        AddIdentity(command, lease);
        await command.ExecuteNonQueryAsync(cancel);
    }

    internal static void AddIdentity(NpgsqlCommand command, Lease lease)
    {
        command.Parameters.Add(new() { Value = lease.Name });
        command.Parameters.Add(new() { Value = lease.Owner });
        command.Parameters.Add(new() { Value = lease.Epoch });
    }
}
