using System.Security.Claims;
using Npgsql;

namespace Q2C.Gateway.Security;

/// <summary>
/// The API keys that <c>q2c key</c> keeps in the database, as they were at most <see cref="Freshness"/> ago: what is revoked
/// ends with that. While the database does not answer, what is known goes on; nothing else works then either.
/// </summary>
internal sealed partial class StoredApiKeys(GatewayDatabase database, TimeProvider clock, ILogger<StoredApiKeys> log) : IDisposable
{
    private static readonly TimeSpan Freshness = TimeSpan.FromSeconds(5);

    // A key that was made just now is asked about sooner, but however many unknown keys come, not more often than this.
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _turn = new(1, 1);
    private volatile ApiKeys _keys = ApiKeys.None;
    private long _readTicks;

    public async ValueTask<Caller?> Find(string token)
    {
        if (IsOlderThan(Freshness)) await Renew(Freshness);
        if (_keys.Find(token, clock.GetUtcNow()) is { } caller) return caller;
        if (!IsOlderThan(Pause)) return null;
        await Renew(Pause);
        return _keys.Find(token, clock.GetUtcNow());
    }

    /// <summary>Whether the caller's key has not been revoked; true for who came with anything else.</summary>
    public async ValueTask<bool> Stands(ClaimsPrincipal caller)
    {
        if (caller.FindFirst(Caller.KeyClaim)?.Value is not { } key) return true;
        if (IsOlderThan(Freshness)) await Renew(Freshness);
        return _keys.Has(key);
    }

    public void Dispose() => _turn.Dispose();

    // A clock that was set back makes everything old.
    private bool IsOlderThan(TimeSpan age) =>
        clock.GetUtcNow().UtcTicks - Volatile.Read(ref _readTicks) is var ticks && (ticks > age.Ticks || ticks < 0);

    private async Task Renew(TimeSpan age)
    {
        await _turn.WaitAsync();
        try
        {
            if (!IsOlderThan(age)) return;
            var now = clock.GetUtcNow();
            _keys = ApiKeys.Of(await ApiKeyStore.Standing(database.Source));
            Volatile.Write(ref _readTicks, now.UtcTicks);
        }
        catch (NpgsqlException failure)
        {
            NotRead(log, failure);
        }
        finally
        {
            _turn.Release();
        }
    }

    [LoggerMessage(LogLevel.Warning, "The API keys could not be read; those that are known go on")]
    private static partial void NotRead(ILogger log, Exception failure);
}
