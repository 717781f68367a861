using System.Net.Http.Headers;

namespace Q2C.Silo.Connectors.Salesforce.PubSub;

/// <summary>The Pub/Sub API for one org: subscriptions and the schemas of events.</summary>
/// <param name="server">The API's own address, not the org's.</param>
internal sealed class PubSubClient(HttpClient http, Uri server, Uri instance, string organization, IVendorCredentials credentials)
{
    private const string Service = "/eventbus.v1.PubSub/";

    private readonly Dictionary<string, AvroType.Record> _schemas = new(StringComparer.Ordinal);
    private AuthenticationHeaderValue? _refused;

    /// <param name="after">Null for the earliest event that is kept.</param>
    public async Task<Subscription> Subscribe(string topic, ReadOnlyMemory<byte>? after, CancellationToken cancel) =>
        new(await Call("Subscribe", PubSubMessages.FirstFetch(topic, after, Subscription.Batch), isLast: false, cancel));

    /// <summary>Throws <see cref="FormatException"/> for a schema that cannot be read.</summary>
    public async Task<AvroType.Record> Schema(string id, CancellationToken cancel)
    {
        if (_schemas.TryGetValue(id, out var known)) return known;
        using var call = await Call("GetSchema", PubSubMessages.SchemaRequest(id), isLast: true, cancel);
        var answer = await call.Read(cancel) ?? throw new GrpcException(GrpcStatus.Internal, $"There is no schema {id}.", null);
        return _schemas[id] = AvroSchema.Parse(PubSubMessages.SchemaOf(answer));
    }

    /// <summary>Sessions end without notice: a refused one is renewed once. Throws <see cref="GrpcException"/>.</summary>
    private async Task<GrpcCall> Call(string method, byte[] message, bool isLast, CancellationToken cancel)
    {
        var used = await Token(cancel);
        try
        {
            return await Open(used);
        }
        catch (GrpcException failure) when (failure.Status == GrpcStatus.Unauthenticated && credentials.CanRenew(used))
        {
            _refused = used;
            return await Open(await Token(cancel));
        }

        Task<GrpcCall> Open(AuthenticationHeaderValue header) => GrpcCall.Open(
            http, server, Service + method,
            [("accesstoken", header.Parameter ?? ""), ("instanceurl", instance.GetLeftPart(UriPartial.Authority)), ("tenantid", organization)],
            message, isLast, cancel);
    }

    private async Task<AuthenticationHeaderValue> Token(CancellationToken cancel) => await credentials.Get(_refused, cancel) switch
    {
        CredentialsResult.Ready ready => ready.Header,
        CredentialsResult.NotReady why => throw new GrpcException(GrpcStatus.Unauthenticated, why.Message, why.Code),
        _ => throw new InvalidOperationException("Credentials are ready or not."),
    };
}

/// <summary>A stream of events that sends no more than it was asked for.</summary>
internal sealed class Subscription(GrpcCall call) : IDisposable
{
    /// <summary>The API gives no more at a time.</summary>
    public const int Batch = 100;

    /// <summary>With nothing to tell, the server says so within 270 seconds; longer silence is a broken connection.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(300);

    private bool _asked = true;

    /// <summary>What comes next, be it nothing. Throws <see cref="GrpcException"/>.</summary>
    public async Task<FetchResponse> Next(CancellationToken cancel)
    {
        if (!_asked) call.Write(PubSubMessages.NextFetch(Batch));
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(Silence);
        try
        {
            var message = await call.Read(patience.Token) ?? throw new GrpcException(GrpcStatus.Unavailable, "The server ended the stream.", null);
            var response = PubSubMessages.ReadFetchResponse(message);
            _asked = response.Pending > 0;
            return response;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new GrpcException(GrpcStatus.Unavailable, $"Nothing came for {Silence.TotalSeconds} seconds.", null);
        }
    }

    public void Dispose() => call.Dispose();
}
