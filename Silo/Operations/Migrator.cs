using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Npgsql;

namespace Q2C.Silo.Operations;

/// <summary>
/// Brings a database to this version: the numbered SQL files of this assembly, in order, each once, all in one
/// transaction. Several processes may start it at once; a file that changed after it was applied is refused.
/// </summary>
/// <param name="gatewayRole">Group role of the web process; made if it is missing, as roles belong to the
/// server.</param>
public sealed partial class Migrator(NpgsqlDataSource database, string gatewayRole)
{
    private const long LockKey = 0x51324330;
    private const int MaxRoleLength = 63;

    /// <summary>
    /// Applies what is missing; returns the files applied now. Throws <see cref="OperationsException"/>.
    /// </summary>
    /// <param name="progress">Told each file before it is applied.</param>
    public async Task<IReadOnlyList<string>> Run(
        IProgress<MigrationStep>? progress = null, CancellationToken cancel = default)
    {
        CheckRoleName();
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        await Execute(connection, $"select pg_advisory_xact_lock({LockKey})", cancel);
        await Execute(connection, Bookkeeping, cancel);
        await EnsureRole(connection, cancel);

        var applied = await Applied(connection, cancel);
        foreach (var migration in All) RefuseChanged(migration, applied);
        var missing = All.Where(migration => !applied.ContainsKey(migration.Number)).ToArray();
        for (var i = 0; i < missing.Length; i++)
        {
            progress?.Report(new(missing[i].Name, i + 1, missing.Length));
            await Apply(connection, missing[i], cancel);
        }

        await transaction.CommitAsync(cancel);
        return [.. missing.Select(migration => migration.Name)];
    }

    /// <summary>Makes the gateway's role if it is missing. Throws <see cref="OperationsException"/>.</summary>
    public async Task PrepareRole(CancellationToken cancel)
    {
        CheckRoleName();
        await using var connection = await database.OpenConnectionAsync(cancel);
        await EnsureRole(connection, cancel);
    }

    /// <summary>The files of this assembly, by number.</summary>
    internal static IReadOnlyList<Migration> All { get; } = [.. ReadAll().OrderBy(migration => migration.Number)];

    private const string Bookkeeping =
        """
        create schema if not exists q2c;
        create table if not exists q2c.schema_migration (
            number     integer     primary key,
            name       text        not null,
            checksum   text        not null,
            applied_at timestamptz not null default now()
        )
        """;

    private void CheckRoleName()
    {
        if (!RoleName().IsMatch(gatewayRole) || gatewayRole.Length > MaxRoleLength)
            throw new OperationsException(
                $"'{gatewayRole}' is no name for the gateway's role.",
                "Use lower-case letters, digits and underscores.");
    }

    private static void RefuseChanged(Migration migration, Dictionary<int, string> applied)
    {
        if (applied.TryGetValue(migration.Number, out var checksum) && checksum != migration.Checksum)
            throw new OperationsException(
                $"{migration.Name} was changed after it was applied to this database.",
                "Restore the file, and put the change into a new one.");
    }

    private async Task Apply(NpgsqlConnection connection, Migration migration, CancellationToken cancel)
    {
        try
        {
            await Execute(
                connection, migration.Sql.Replace("{gateway}", $"\"{gatewayRole}\"", StringComparison.Ordinal), cancel);
        }
        catch (PostgresException failure)
        {
            throw new OperationsException(
                $"{migration.Name} failed: {failure.MessageText}.",
                "Nothing was changed; remove the cause and start again.");
        }

        await using var record = new NpgsqlCommand(
            "insert into q2c.schema_migration (number, name, checksum) values ($1, $2, $3)", connection);
        record.Parameters.Add(new() { Value = migration.Number });
        record.Parameters.Add(new() { Value = migration.Name });
        record.Parameters.Add(new() { Value = migration.Checksum });
        await record.ExecuteNonQueryAsync(cancel);
    }

    private async Task EnsureRole(NpgsqlConnection connection, CancellationToken cancel)
    {
        try
        {
            await Execute(connection,
                $"""
                do $$ begin
                    if not exists (select from pg_roles where rolname = '{gatewayRole}') then
                        create role "{gatewayRole}" nologin;
                    end if;
                exception when duplicate_object or unique_violation then null;
                end $$
                """, cancel);
        }
        catch (PostgresException failure) when (failure.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            throw new OperationsException(
                $"The role '{gatewayRole}' is missing and this user may not create roles.",
                $"Run once as an administrator: create role \"{gatewayRole}\" nologin;");
        }
    }

    private static async Task<Dictionary<int, string>> Applied(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("select number, checksum from q2c.schema_migration", connection);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var applied = new Dictionary<int, string>();
        while (await reader.ReadAsync(cancel)) applied.Add(reader.GetInt32(0), reader.GetString(1));
        return applied;
    }

    private static async Task Execute(NpgsqlConnection connection, string sql, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancel);
    }

    private static IEnumerable<Migration> ReadAll()
    {
        var assembly = Assembly.GetExecutingAssembly();
        foreach (var resource in assembly.GetManifestResourceNames())
        {
            if (FileName().Match(resource) is not { Success: true } match) continue;
            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!, Encoding.UTF8);
            var sql = reader.ReadToEnd().ReplaceLineEndings("\n");
            var checksum = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(sql)));
            yield return new(int.Parse(match.Groups["number"].Value), match.Value, sql, checksum);
        }
    }

    [GeneratedRegex(@"(?<number>\d{4})_\w+\.sql$")]
    private static partial Regex FileName();

    [GeneratedRegex("^[a-z_][a-z0-9_]*$")]
    private static partial Regex RoleName();
}

internal sealed record Migration(int Number, string Name, string Sql, string Checksum);

/// <param name="Index">One-based, of the files that are applied in this run.</param>
public sealed record MigrationStep(string Name, int Index, int Count);
