using System.Collections.Immutable;
using System.Text.Json;

namespace Q2C.Gateway.Security;

/// <summary>
/// The keys of one issuer, from its discovery document: kept, renewed before they are old, and asked for again when a
/// token names an unknown one, but never more often than the pause allows. While the issuer does not answer, known keys
/// go on until they are too old, and unknown ones are refused.
/// </summary>
internal sealed partial class IssuerKeys(Issuer issuer, HttpClient http, TimeProvider clock, ILogger<IssuerKeys> log)
{
    public const int MaxDocumentBytes = 256 * 1024;

    private readonly Lock _lock = new();
    private ImmutableDictionary<string, SigningKey> _keys = [];
    private DateTimeOffset _fetched = DateTimeOffset.MinValue;
    private DateTimeOffset _tried = DateTimeOffset.MinValue;
    private Task? _fetching;

    /// <summary>Null if the issuer has no such key, or nobody can say.</summary>
    public async ValueTask<SigningKey?> Find(string id)
    {
        var now = clock.GetUtcNow();
        if (_keys.TryGetValue(id, out var key) && now - _fetched < issuer.Options.KeysMaxAge)
        {
            if (now - _fetched > issuer.Options.KeysLifetime) _ = Fetch();
            return key;
        }

        if (Fetch() is { } fetching) await fetching;
        return clock.GetUtcNow() - _fetched < issuer.Options.KeysMaxAge ? _keys.GetValueOrDefault(id) : null;
    }

    /// <summary>The fetch under way, or a new one; null while the pause lasts.</summary>
    private Task? Fetch()
    {
        lock (_lock)
        {
            if (_fetching is { IsCompleted: false }) return _fetching;
            var now = clock.GetUtcNow();
            if (_tried != DateTimeOffset.MinValue && now - _tried < issuer.Options.KeysPause) return null;
            _tried = now;
            return _fetching = Renew();
        }
    }

    private async Task Renew()
    {
        try
        {
            var discovery = await Get(issuer.Discovery);
            if (Text(discovery, "issuer") != issuer.Options.Issuer)
                throw new InvalidDataException("Its discovery document names another issuer.");
            if (!Uri.TryCreate(Text(discovery, "jwks_uri"), UriKind.Absolute, out var address) || !Issuer.IsSafe(address))
                throw new InvalidDataException("Its discovery document names no https address of keys.");
            var keys = SigningKey.ReadSet(await Get(address));
            if (keys.IsEmpty) throw new InvalidDataException("Its key set has no key that can be used.");
            (_keys, _fetched) = (keys, clock.GetUtcNow());
        }
        catch (Exception failure) when (failure is HttpRequestException or InvalidDataException or JsonException or OperationCanceledException)
        {
            NotFetched(log, failure, issuer.Name);
        }
    }

    private async Task<JsonElement> Get(Uri address)
    {
        var body = await http.GetByteArrayAsync(address);
        using var document = JsonDocument.Parse(body, new() { AllowDuplicateProperties = false });
        return document.RootElement.Clone();
    }

    private static string? Text(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    [LoggerMessage(LogLevel.Warning, "The keys of the issuer {Issuer} could not be fetched; those that are known go on")]
    private static partial void NotFetched(ILogger log, Exception failure, string issuer);
}
