using System.Net.Http.Headers;
using System.Text;

namespace Q2C.Silo.Connectors;

/// <summary>The authorisation header of a connection, fetched and renewed as its vendor wants it.</summary>
public interface IVendorCredentials
{
    /// <summary>False for fixed credentials: a 401 is then final.</summary>
    bool CanRenew { get; }

    /// <param name="refused">The header that the vendor has just refused, if any; it is not given out again.</param>
    ValueTask<CredentialsResult> Get(AuthenticationHeaderValue? refused, CancellationToken cancel);
}

public abstract record CredentialsResult
{
    private CredentialsResult() { }

    public sealed record Ready(AuthenticationHeaderValue Header) : CredentialsResult;

    public sealed record NotReady(string Code, string Message, TimeSpan? RetryAfter = null) : CredentialsResult;
}

/// <summary>A header that does not change while the process lives.</summary>
public sealed class FixedCredentials(AuthenticationHeaderValue header) : IVendorCredentials
{
    private readonly CredentialsResult _ready = new CredentialsResult.Ready(header);

    public bool CanRenew => false;

    public ValueTask<CredentialsResult> Get(AuthenticationHeaderValue? refused, CancellationToken cancel) => new(_ready);

    public static FixedCredentials Bearer(string token) => new(new("Bearer", token));

    public static FixedCredentials Basic(string user, string password) =>
        new(new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}"))));
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

    public bool CanRenew => true;

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
