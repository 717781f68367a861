using System.Text.Json;
using Npgsql;
using Q2C.Gateway.Security;
using Q2C.Silo.Journal;

namespace Q2C.Silo.Operations;

/// <summary>API keys of machines, from the command line: made, listed, revoked. They are known to every gateway within seconds.</summary>
internal static class Keys
{
    /// <summary>Prints the key, once and alone on standard output. Throws <see cref="OperationsException"/>.</summary>
    public static async Task<int> Make(DirectoryInfo data, NewApiKey asked, TextWriter output, CancellationToken cancel)
    {
        await using var database = Connect(data);
        try
        {
            await output.WriteLineAsync(await Guarded(() => ApiKeyStore.Make(database, asked, DateTimeOffset.UtcNow, cancel)));
            return 0;
        }
        catch (ArgumentException wrong)
        {
            throw new OperationsException($"There is no such key: {wrong.Message}", "q2c key make --help says what a key needs.");
        }
    }

    /// <summary>1 if no key ended by it.</summary>
    public static async Task<int> Revoke(
        DirectoryInfo data, string name, string? fingerprint, string reason, TextWriter output, CancellationToken cancel)
    {
        await using var database = Connect(data);
        var ended = await Guarded(() => ApiKeyStore.Revoke(database, name, fingerprint, By, reason, DateTimeOffset.UtcNow, cancel));
        await output.WriteLineAsync(ended == 0
            ? $"No key of '{name}' stands that could be revoked. q2c key list tells which there are."
            : $"{ended} of '{name}' revoked. Gateways refuse it within seconds and close what was opened with it within half a minute.");
        return ended == 0 ? 1 : 0;
    }

    public static async Task<int> List(DirectoryInfo data, bool asJson, TextWriter output, CancellationToken cancel)
    {
        await using var database = Connect(data);
        var keys = await Guarded(() => ApiKeyStore.List(database, cancel));
        if (asJson)
        {
            await output.WriteLineAsync(JsonSerializer.Serialize(keys, JsonSerializerOptions.Web));
            return 0;
        }

        foreach (var key in keys) await output.WriteLineAsync(Shown(key));
        return 0;
    }

    private static string Shown(ApiKeyEntry key)
    {
        string[] limits = [.. key.LegalEntities, .. key.Regions, .. key.Customer is { } customer ? (string[])[customer] : []];
        return
            $"""
            {key.Name} {key.Fingerprint}, {(key.RevokedAt is { } at ? $"revoked {at:yyyy-MM-dd} by {key.RevokedBy}: {key.RevokeReason}" : $"until {key.Expires:yyyy-MM-dd HH:mm}Z")}
                {string.Join(", ", key.Roles)}; {string.Join(", ", key.Scopes)}{(limits is [] ? "" : $"; sees {string.Join(", ", limits)} only")}
                made {key.MadeAt:yyyy-MM-dd} by {key.MadeBy}: {key.Reason}
            """;
    }

    /// <summary>Who is at the command line.</summary>
    public static string By => Environment.UserName;

    private static NpgsqlDataSource Connect(DirectoryInfo data) => JournalSetup.Connect(Installation.ConnectionString(data));

    private static async Task<T> Guarded<T>(Func<Task<T>> work)
    {
        try
        {
            return await work();
        }
        catch (NpgsqlException failure)
        {
            throw new OperationsException(
                $"The keys cannot be read: {failure.Message}", "Check that the database runs and belongs to an installation of Q2C of this version.");
        }
    }
}
