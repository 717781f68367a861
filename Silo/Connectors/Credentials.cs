using System.Net.Http.Headers;
using System.Text;

namespace Q2C.Silo.Connectors;

/// <summary>The authorisation header of a connection, fetched and renewed as its vendor wants it.</summary>
public interface IVendorCredentials
{
    /// <summary>Whether there are others than those that the vendor has just refused; if not, its 401 is final.</summary>
    bool CanRenew(AuthenticationHeaderValue refused);

    /// <param name="refused">The header that the vendor has just refused, if any; it is not given out again.</param>
    ValueTask<CredentialsResult> Get(AuthenticationHeaderValue? refused, CancellationToken cancel);
}

public abstract record CredentialsResult
{
    private CredentialsResult() { }

    public sealed record Ready(AuthenticationHeaderValue Header) : CredentialsResult;

    public sealed record NotReady(string Code, string Message, TimeSpan? RetryAfter = null) : CredentialsResult;
}

/// <summary>
/// A header made of a secret. It is kept until the vendor refuses it; then the secrets are read anew, and another is taken:
/// one that was put in place of the first, or the other of two while they are rotated. So no restart is needed.
/// </summary>
/// <param name="read">The headers that may be used, the one to use first.</param>
public sealed class SecretCredentials(Func<IEnumerable<AuthenticationHeaderValue>> read) : IVendorCredentials
{
    private AuthenticationHeaderValue _header = read().First();

    public ValueTask<CredentialsResult> Get(AuthenticationHeaderValue? refused, CancellationToken cancel) =>
        new(new CredentialsResult.Ready(_header));

    public bool CanRenew(AuthenticationHeaderValue refused)
    {
        try
        {
            _header = read().FirstOrDefault(header => !header.Equals(refused)) ?? _header;
        }
        catch (ConfigurationException)
        {
            // The secret is away while it is replaced: the old one stays, and with it the vendor's answer.
        }

        return !_header.Equals(refused);
    }

    public static AuthenticationHeaderValue Bearer(string token) => new("Bearer", token);

    public static AuthenticationHeaderValue Basic(string user, string password) =>
        new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}")));
}

/// <summary>
/// OAuth 2.0 tokens: kept until shortly before they expire, fetched by one caller at a time while the others wait.
/// </summary>
/// <param name="form">The fields of the token request, made anew each time (assertions carry the time).</param>
public sealed class OAuthCredentials(
    HttpClient http, Uri tokenAddress, Func<IEnumerable<KeyValuePair<string, string>>> form, TimeProvider time)
    : IVendorCredentials, IDisposable
{
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan DefaultLife = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    private readonly SemaphoreSlim _one = new(1, 1);
    private Token? _token;

    private sealed record Token(CredentialsResult.Ready Ready, DateTimeOffset Until);

    public bool CanRenew(AuthenticationHeaderValue refused) => true;

    public async ValueTask<CredentialsResult> Get(AuthenticationHeaderValue? refused, CancellationToken cancel)
    {
        if (Usable(refused) is { } ready) return ready;
        await _one.WaitAsync(cancel);
        try
        {
            return Usable(refused) ?? await Fetch(cancel);
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    private CredentialsResult.Ready? Usable(AuthenticationHeaderValue? refused) =>
        _token is { } token && !token.Ready.Header.Equals(refused) && time.GetUtcNow() < token.Until ? token.Ready : null;

    private async Task<CredentialsResult> Fetch(CancellationToken cancel)
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, tokenAddress) { Content = new FormUrlEncodedContent(form()) };
        message.Headers.Accept.Add(new("application/json"));
        var now = time.GetUtcNow();
        switch (await VendorHttp.Exchange(http, message, Timeout, time, cancel))
        {
            case VendorReply.Answered { IsSuccess: true } answer when answer.Text("access_token") is { Length: > 0 } value:
                var life = double.TryParse(answer.Text("expires_in"), out var seconds) ? TimeSpan.FromSeconds(seconds) : DefaultLife;
                var usable = life > 2 * Margin ? life - Margin : life / 2;
                _token = new(new(new("Bearer", value)), now + usable);
                return _token.Ready;
            case VendorReply.Answered { Status: 429 or >= 500 } answer:
                return new CredentialsResult.NotReady(
                    "TOKEN_UNAVAILABLE", $"The token service answered {answer.Status}.", answer.RetryAfter);
            case VendorReply.Answered answer:
                return new CredentialsResult.NotReady(
                    ProblemCodes.CredentialsRefused,
                    $"The token service refused the credentials ({answer.Text("error") ?? answer.Status.ToString()}). "
                    + "Check client, key and secret of this connection.");
            case VendorReply.NotSent failure:
                return new CredentialsResult.NotReady(failure.Code, failure.Message, failure.RetryAfter);
            case VendorReply.Lost failure:
                return new CredentialsResult.NotReady("TOKEN_UNAVAILABLE", failure.Message);
            default:
                throw new InvalidOperationException("A reply is one of three.");
        }
    }
}
