using System.Buffers.Text;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace Q2C.Gateway.Security;

/// <summary>What somebody asks a key for.</summary>
/// <param name="Name">Who acts with it; several keys of one name are one machine's while they are rotated.</param>
/// <param name="LegalEntities">The only ones that it sees; all of them if empty. So are regions.</param>
/// <param name="Customer">For the portal of one customer; the only role then is <c>customer</c>.</param>
public sealed record NewApiKey(
    string Name, ImmutableArray<string> Roles, ImmutableArray<string> Scopes, ImmutableArray<string> LegalEntities,
    ImmutableArray<string> Regions, string? Customer, DateTimeOffset Expires, string By, string Reason);

/// <summary>A key that was made. It is known by the beginning of its hash.</summary>
public sealed record ApiKeyEntry(
    string Name, string Fingerprint, ImmutableArray<string> Roles, ImmutableArray<string> Scopes, ImmutableArray<string> LegalEntities,
    ImmutableArray<string> Regions, string? Customer, DateTimeOffset Expires, string MadeBy, DateTimeOffset MadeAt, string Reason,
    string? RevokedBy, DateTimeOffset? RevokedAt, string? RevokeReason);

/// <summary>The keys in the database: made, listed and revoked by who runs the installation. A key itself is told once and kept nowhere.</summary>
public static class ApiKeyStore
{
    private const string Prefix = "q2c_";
    private const int KeyBytes = 32;
    private const int FingerprintLength = 12;

    /// <summary>The key. Throws <see cref="ArgumentException"/> that says what is wrong with what was asked for.</summary>
    public static async Task<string> Make(NpgsqlDataSource database, NewApiKey asked, DateTimeOffset now, CancellationToken cancel)
    {
        if (Problem(asked, now) is { } problem) throw new ArgumentException(problem);
        var key = Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(KeyBytes));
        await using var command = database.CreateCommand(
            """
            insert into q2c.machine_key (
                name, sha256, roles, scopes, legal_entities, regions, customer, expires_at, made_by, made_at, reason)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            """);
        foreach (var value in (object[])
        [
            asked.Name, SHA256.HashData(Encoding.UTF8.GetBytes(key)), asked.Roles.ToArray(), asked.Scopes.ToArray(),
            asked.LegalEntities.ToArray(), asked.Regions.ToArray(), (object?)asked.Customer ?? DBNull.Value, asked.Expires.ToUniversalTime(),
            asked.By, now.ToUniversalTime(), asked.Reason,
        ])
            command.Parameters.Add(new() { Value = value });
        await command.ExecuteNonQueryAsync(cancel);
        return key;
    }

    /// <summary>How many keys ended by this: all of the name that stand, or the one with the fingerprint.</summary>
    public static async Task<int> Revoke(
        NpgsqlDataSource database, string name, string? fingerprint, string by, string reason, DateTimeOffset now, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(
            """
            update q2c.machine_key set revoked_by = $3, revoked_at = $4, revoke_reason = $5
            where name = $1 and ($2 = '' or left(encode(sha256, 'hex'), length($2)) = $2) and revoked_at is null
            """);
        foreach (var value in (object[])[name, fingerprint?.ToLowerInvariant() ?? "", by, now.ToUniversalTime(), reason])
            command.Parameters.Add(new() { Value = value });
        return await command.ExecuteNonQueryAsync(cancel);
    }

    /// <summary>All that were ever made, by name, the newest first.</summary>
    public static async Task<IReadOnlyList<ApiKeyEntry>> List(NpgsqlDataSource database, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(
            """
            select name, sha256, roles, scopes, legal_entities, regions, customer, expires_at, made_by, made_at, reason, revoked_by,
                revoked_at, revoke_reason
            from q2c.machine_key order by name, id desc
            """);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var entries = new List<ApiKeyEntry>();
        while (await reader.ReadAsync(cancel))
        {
            entries.Add(new(
                reader.GetString(0), Convert.ToHexStringLower(reader.GetFieldValue<byte[]>(1))[..FingerprintLength], Texts(reader, 2),
                Texts(reader, 3), Texts(reader, 4), Texts(reader, 5), Text(reader, 6), reader.GetFieldValue<DateTimeOffset>(7),
                reader.GetString(8), reader.GetFieldValue<DateTimeOffset>(9), reader.GetString(10), Text(reader, 11),
                reader.IsDBNull(12) ? null : reader.GetFieldValue<DateTimeOffset>(12), Text(reader, 13)));
        }

        return entries;
    }

    /// <summary>The hashes of those that are not revoked, with who comes with them.</summary>
    internal static async Task<ImmutableArray<(byte[] Hash, Caller Caller)>> Standing(NpgsqlDataSource database)
    {
        await using var command = database.CreateCommand(
            "select sha256, name, roles, scopes, legal_entities, regions, customer, expires_at from q2c.machine_key where revoked_at is null");
        await using var reader = await command.ExecuteReaderAsync();
        var keys = ImmutableArray.CreateBuilder<(byte[], Caller)>();
        while (await reader.ReadAsync())
        {
            var hash = reader.GetFieldValue<byte[]>(0);
            keys.Add((hash, new(
                new(reader.GetString(1), Texts(reader, 2)), Texts(reader, 3), new(OrAll(Texts(reader, 4)), OrAll(Texts(reader, 5)), Text(reader, 6)),
                reader.GetFieldValue<DateTimeOffset>(7)) { Key = Convert.ToHexStringLower(hash) }));
        }

        return keys.ToImmutable();
    }

    private static string? Problem(NewApiKey asked, DateTimeOffset now)
    {
        if (asked.Scopes.IsEmpty) return $"Scopes must say what the key is for: {string.Join(", ", Scopes.All)}.";
        if (asked.Expires <= now) return "Expires must lie in the future.";
        if (string.IsNullOrWhiteSpace(asked.Reason)) return "Reason must say why there is such a key.";
        try
        {
            CallerRules.Name(asked.Name, "The key");
        }
        catch (InvalidOperationException wrong)
        {
            return wrong.Message;
        }

        return CallerRules.Problem(new(
            new(asked.Name, asked.Roles), asked.Scopes, new(OrAll(asked.LegalEntities), OrAll(asked.Regions), asked.Customer), asked.Expires));
    }

    private static ImmutableArray<string> Texts(NpgsqlDataReader reader, int column) => [.. reader.GetFieldValue<string[]>(column)];

    private static string? Text(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);

    private static ImmutableArray<string>? OrAll(ImmutableArray<string> values) => values.IsEmpty ? null : values;
}
