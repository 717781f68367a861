using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Threading.Channels;

namespace Q2C.Silo.Connectors.Salesforce.PubSub;

/// <summary>
/// One gRPC call over HTTP/2, in both directions at once. A message has five bytes before it: whether it is compressed,
/// and its length; the status comes in the trailers.
/// </summary>
internal sealed class GrpcCall : IDisposable
{
    private const int PrefixLength = 5;

    /// <summary>What a gRPC server sends at most, unless both sides agree on more.</summary>
    private const int MaxMessageBytes = 4 * 1024 * 1024;

    private static readonly MediaTypeHeaderValue ContentType = new("application/grpc");

    private readonly Outgoing _outgoing;
    private readonly HttpRequestMessage _request;
    private readonly HttpResponseMessage _response;
    private readonly Stream _incoming;

    private GrpcCall(Outgoing outgoing, HttpRequestMessage request, HttpResponseMessage response, Stream incoming) =>
        (_outgoing, _request, _response, _incoming) = (outgoing, request, response, incoming);

    /// <param name="method">Service and method: <c>eventbus.v1.PubSub/Subscribe</c>.</param>
    /// <param name="first">Sent with the headers.</param>
    /// <param name="isLast">Whether nothing follows it.</param>
    public static async Task<GrpcCall> Open(
        HttpClient http, Uri server, string method, IEnumerable<(string Name, string Value)> metadata, byte[] first, bool isLast,
        CancellationToken cancel)
    {
        var outgoing = new Outgoing();
        outgoing.Write(first);
        if (isLast) outgoing.Complete();
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(server, method))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = outgoing,
        };
        request.Headers.TE.Add(new("trailers"));
        foreach (var (name, value) in metadata) request.Headers.TryAddWithoutValidation(name, value);
        HttpResponseMessage? response = null;
        try
        {
            response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);
            if (response.StatusCode != HttpStatusCode.OK)
                throw new GrpcException(GrpcStatus.Unavailable, $"The server answers {(int)response.StatusCode} instead of speaking gRPC.", null);
            ThrowIfFailed(response.Headers);
            return new(outgoing, request, response, await response.Content.ReadAsStreamAsync(cancel));
        }
        catch
        {
            outgoing.Complete();
            response?.Dispose();
            request.Dispose();
            throw;
        }
    }

    public void Write(byte[] message) => _outgoing.Write(message);

    /// <summary>The next message; null at the end of a call that went well. Throws <see cref="GrpcException"/> for one that did not.</summary>
    public async Task<byte[]?> Read(CancellationToken cancel)
    {
        var prefix = new byte[PrefixLength];
        var read = await _incoming.ReadAtLeastAsync(prefix, PrefixLength, throwOnEndOfStream: false, cancel);
        if (read == 0)
        {
            ThrowIfFailed(_response.TrailingHeaders);
            return null;
        }

        var length = BinaryPrimitives.ReadUInt32BigEndian(prefix.AsSpan(1));
        if (read < PrefixLength || prefix[0] != 0 || length > MaxMessageBytes)
            throw new GrpcException(GrpcStatus.Internal, "The server sent something that is no message of this protocol.", null);
        var message = new byte[length];
        await _incoming.ReadExactlyAsync(message, cancel);
        return message;
    }

    public void Dispose()
    {
        _outgoing.Complete();
        _response.Dispose();
        _request.Dispose();
    }

    private static void ThrowIfFailed(HttpResponseHeaders headers)
    {
        if (Header(headers, "grpc-status") is { } text && int.TryParse(text, CultureInfo.InvariantCulture, out var status) && status != 0)
            throw new GrpcException(
                (GrpcStatus)status, WebUtility.UrlDecode(Header(headers, "grpc-message") ?? "no reason given"), Header(headers, "error-code"));
    }

    private static string? Header(HttpResponseHeaders headers, string name) =>
        headers.TryGetValues(name, out var values) ? values.First() : null;

    /// <summary>The body of a request that goes on being written.</summary>
    private sealed class Outgoing : HttpContent
    {
        private readonly Channel<byte[]> _frames = Channel.CreateUnbounded<byte[]>();

        public Outgoing() => Headers.ContentType = ContentType;

        public void Write(byte[] message)
        {
            var frame = new byte[PrefixLength + message.Length];
            BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(1), (uint)message.Length);
            message.CopyTo(frame.AsSpan(PrefixLength));
            _frames.Writer.TryWrite(frame);
        }

        public void Complete() => _frames.Writer.TryComplete();

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            // The headers leave with the first flush; without it a server that answers only to them would wait.
            await stream.FlushAsync(cancellationToken);
            await foreach (var frame in _frames.Reader.ReadAllAsync(cancellationToken))
            {
                await stream.WriteAsync(frame, cancellationToken);
                await stream.FlushAsync(cancellationToken);
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}

/// <summary>Those of gRPC's status codes that are told apart here.</summary>
internal enum GrpcStatus
{
    InvalidArgument = 3,
    Internal = 13,
    Unavailable = 14,
    Unauthenticated = 16,
}

/// <param name="errorCode">Of the service, in a trailer of its own.</param>
internal sealed class GrpcException(GrpcStatus status, string message, string? errorCode) : Exception(message)
{
    public GrpcStatus Status => status;

    public string? ErrorCode => errorCode;
}
