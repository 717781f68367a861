using System.Data.Common;
using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Runtime;

namespace Orleans.Storage;

/// <summary>
/// States in a relational database, through the statements that Orleans' own setup script puts into the table
/// OrleansQuery. The payload is JSON.
/// </summary>
internal sealed class AdoNetGrainStorage(string name, AdoNetGrainStorageOptions options, IOptions<ClusterOptions> cluster)
    : IGrainStorage, IDisposable
{
    private const string StatementsQuery =
        "SELECT QueryKey, QueryText FROM OrleansQuery WHERE QueryKey IN ('ReadFromStorageKey', 'WriteToStorageKey', 'ClearStorageKey')";

    private readonly Lazy<DbProviderFactory> factory = new(() => AdoNetProviders.Find(options.Invariant));
    private readonly SemaphoreSlim reading = new(1);
    private Dictionary<string, string>? statements;

    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        await using var connection = await Open();
        await using var command = await Command(connection, "ReadFromStorageKey", stateName, grainId);
        await using var reader = await command.ExecuteReaderAsync();
        var found = await reader.ReadAsync();
        var payload = found ? reader["PayloadBinary"] as byte[] : null;
        grainState.State = payload is null ? EmptyState.Create<T>() : JsonSerializer.Deserialize<T>(payload);
        grainState.ETag = found && reader["Version"] is not DBNull
            ? Convert.ToInt32(reader["Version"], CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture)
            : null;
        grainState.RecordExists = payload is not null;
    }

    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        await using var connection = await Open();
        await using var command = await Command(connection, "WriteToStorageKey", stateName, grainId);
        AddVersion(command, grainState.ETag);
        Add(command, "PayloadBinary", JsonSerializer.SerializeToUtf8Bytes(grainState.State));
        grainState.ETag = await NextVersion(command, "WriteState", stateName, grainId, grainState.ETag);
        grainState.RecordExists = true;
    }

    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        if (!grainState.RecordExists && grainState.ETag is null)
        {
            await ReadStateAsync(stateName, grainId, grainState);
            if (!grainState.RecordExists) return;
        }

        await using var connection = await Open();
        await using var command = await Command(connection, "ClearStorageKey", stateName, grainId);
        AddVersion(command, grainState.ETag);
        grainState.ETag = await NextVersion(command, "ClearState", stateName, grainId, grainState.ETag);
        grainState.State = EmptyState.Create<T>();
        grainState.RecordExists = false;
    }

    public void Dispose() => reading.Dispose();

    private static void AddVersion(DbCommand command, string? etag) =>
        Add(command, "GrainStateVersion", etag is null ? null : int.Parse(etag, CultureInfo.InvariantCulture), System.Data.DbType.Int32);

    private static void Add(DbCommand command, string name, object? value, System.Data.DbType? type = null)
    {
        var parameter = command.CreateParameter();
        parameter.ParameterName = name;
        if (type is { } given) parameter.DbType = given;
        parameter.Value = value ?? DBNull.Value;
        command.Parameters.Add(parameter);
    }

    // The statements return the new version, or the old one, or nothing, when the given one is no longer the stored one.
    private async Task<string> NextVersion(
        DbCommand command, string operation, string stateName, GrainId grainId, string? etag)
    {
        var version = Convert.ToString(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture);
        return string.IsNullOrEmpty(version) || version == etag
            ? throw new InconsistentStateException(
                $"Version conflict ({operation}): ServiceId={cluster.Value.ServiceId} ProviderName={name} " +
                $"GrainType={stateName} GrainId={grainId} ETag={etag}.",
                null,
                etag)
            : version;
    }

    private async Task<DbConnection> Open()
    {
        if (string.IsNullOrWhiteSpace(options.ConnectionString))
            throw new OrleansConfigurationException($"Grain storage '{name}' has no connection string.");
        var connection = factory.Value.CreateConnection()!;
        connection.ConnectionString = options.ConnectionString;
        await connection.OpenAsync();
        return connection;
    }

    private async Task<DbCommand> Command(DbConnection connection, string statement, string stateName, GrainId grainId)
    {
        statements ??= await ReadStatements(connection);
        var command = connection.CreateCommand();
        command.CommandText = statements.TryGetValue(statement, out var text)
            ? text
            : throw new OrleansConfigurationException(
                $"Grain storage '{name}': the table OrleansQuery has no '{statement}'; run Orleans' persistence script for {options.Invariant}.");
        var key = grainId.Key.ToString();
        Add(command, "GrainIdHash", StableHash.Of(key));
        Add(command, "GrainIdN0", 0L);
        Add(command, "GrainIdN1", 0L);
        Add(command, "GrainTypeHash", StableHash.Of(stateName));
        Add(command, "GrainTypeString", stateName);
        Add(command, "GrainIdExtensionString", key);
        Add(command, "ServiceId", cluster.Value.ServiceId);
        return command;
    }

    private async Task<Dictionary<string, string>> ReadStatements(DbConnection connection)
    {
        await reading.WaitAsync();
        try
        {
            if (statements is not null) return statements;
            await using var command = connection.CreateCommand();
            command.CommandText = StatementsQuery;
            await using var reader = await command.ExecuteReaderAsync();
            var read = new Dictionary<string, string>();
            while (await reader.ReadAsync()) read[reader.GetString(0)] = reader.GetString(1);
            return read;
        }
        finally
        {
            reading.Release();
        }
    }
}

/// <summary>A hash that is the same in every process and version.</summary>
internal static class StableHash
{
    public static int Of(string text)
    {
        unchecked
        {
            var hash = 2166136261;
            foreach (var one in Encoding.UTF8.GetBytes(text)) hash = (hash ^ one) * 16777619;
            return (int)hash;
        }
    }
}

/// <summary>ADO.NET providers by invariant name, loaded from the application's own assemblies.</summary>
internal static class AdoNetProviders
{
    private const string PostgreSql = "Npgsql";

    public static DbProviderFactory Find(string invariant)
    {
        if (DbProviderFactories.TryGetFactory(invariant, out var registered)) return registered;
        if (invariant != PostgreSql)
            throw new OrleansConfigurationException(
                $"No ADO.NET provider is registered for '{invariant}': call DbProviderFactories.RegisterFactory.");
        var type = Assembly.Load(PostgreSql).GetType("Npgsql.NpgsqlFactory", throwOnError: true)!;
        return (DbProviderFactory)type.GetField("Instance", BindingFlags.Public | BindingFlags.Static)!.GetValue(null)!;
    }
}
