using System.Net;
using System.Net.Http.Headers;
using Orleans.Configuration;
using Orleans.Runtime;

namespace Orleans.Transport;

/// <summary>What became of a call that was to be sent to a silo.</summary>
internal enum SendOutcome
{
    /// <summary>The call has its answer or its failure.</summary>
    Settled,

    /// <summary>The silo does not answer; the call was certainly not sent.</summary>
    Unreachable,

    /// <summary>The silo answered that it is stopping and did not start the call.</summary>
    NotStarted,
}

/// <summary>Sends calls to silos, many at a time over each HTTP/2 connection.</summary>
internal sealed class RemoteCaller(CallFrame frame, ClusterKey key, MessagingOptions options) : IDisposable
{
    public const string Path = "grain-call";
    public const string ProofHeader = "x-cluster-proof";

    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(2);

    private readonly HttpClient http = new(new SocketsHttpHandler
    {
        EnableMultipleHttp2Connections = true,
        ConnectTimeout = ConnectTimeout,
        PooledConnectionIdleTimeout = TimeSpan.FromMinutes(5),
        KeepAlivePingDelay = TimeSpan.FromSeconds(10),
        KeepAlivePingTimeout = TimeSpan.FromSeconds(10),
        UseProxy = false,
        AllowAutoRedirect = false,
        ActivityHeadersPropagator = null,
    })
    {
        DefaultRequestVersion = HttpVersion.Version20,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        Timeout = Timeout.InfiniteTimeSpan,
        MaxResponseContentBufferSize = options.MaxMessageBodySize,
    };

    public async Task<SendOutcome> Send(SiloEndpoint silo, GrainCall call)
    {
        var body = frame.WriteCall(call);
        if (body.Length > options.MaxMessageBodySize)
            throw new OrleansMessageRejectionException(
                $"{call}: the arguments take {body.Length} bytes, more than {options.MaxMessageBodySize} allowed.");
        using var abandoned = CancellationTokenSource.CreateLinkedTokenSource(call.CallerToken);
        var sending = Send(silo, call, body, abandoned.Token);
        if (await Task.WhenAny(sending, call.Response).ConfigureAwait(false) != sending)
        {
            await abandoned.CancelAsync().ConfigureAwait(false);
            return SendOutcome.Settled;
        }

        return await sending.ConfigureAwait(false);
    }

    public void Dispose() => http.Dispose();

    private static bool WasNeverSent(HttpRequestException exception) => exception.HttpRequestError is
        HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError;

    private async Task<SendOutcome> Send(SiloEndpoint silo, GrainCall call, byte[] body, CancellationToken cancelled)
    {
        try
        {
            var proof = key.SignCall(body);
            using var content = new ByteArrayContent(body);
            content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(silo.Address, Path))
            {
                Content = content,
                Version = HttpVersion.Version20,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
                Headers = { { ProofHeader, proof } },
            };
            using var response = await http.SendAsync(request, cancelled).ConfigureAwait(false);
            return await Settle(silo, call, response, proof, cancelled).ConfigureAwait(false);
        }
        catch (HttpRequestException exception) when (WasNeverSent(exception))
        {
            return SendOutcome.Unreachable;
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            call.Fail(new SiloUnavailableException(
                $"{call} was sent to silo {silo}, and the connection was lost; whether it ran is unknown.", exception));
            return SendOutcome.Settled;
        }
        catch (OperationCanceledException exception)
        {
            call.Fail(exception);
            return SendOutcome.Settled;
        }
    }

    private async Task<SendOutcome> Settle(
        SiloEndpoint silo, GrainCall call, HttpResponseMessage response, string proof, CancellationToken cancelled)
    {
        switch (response.StatusCode)
        {
            case HttpStatusCode.OK:
                var answer = await response.Content.ReadAsByteArrayAsync(cancelled).ConfigureAwait(false);
                response.Headers.TryGetValues(ProofHeader, out var answerProof);
                if (!key.IsAnswerGenuine(answerProof?.FirstOrDefault(), proof, answer))
                    throw new HttpRequestException($"The answer of {silo} does not carry the cluster's key.");
                frame.ReadAnswer(answer, call);
                return SendOutcome.Settled;
            case HttpStatusCode.ServiceUnavailable:
                return SendOutcome.NotStarted;
            case HttpStatusCode.Unauthorized:
                call.Fail(new OrleansMessageRejectionException(
                    $"Silo {silo} refused {call}: the cluster key or id differs, or the clocks do by more than " +
                    $"{ClusterKey.Tolerance.TotalMinutes:0} minutes."));
                return SendOutcome.Settled;
            default:
                call.Fail(new OrleansMessageRejectionException(
                    $"Silo {silo} refused {call} with HTTP status {(int)response.StatusCode}."));
                return SendOutcome.Settled;
        }
    }
}
