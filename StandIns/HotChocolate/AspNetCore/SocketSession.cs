using System.Buffers;
using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text.Json;
using HotChocolate.AspNetCore.Subscriptions;
using HotChocolate.AspNetCore.Subscriptions.Protocols;
using HotChocolate.Execution;
using Microsoft.AspNetCore.Http;

namespace HotChocolate.AspNetCore;

/// <summary>One websocket speaking graphql-transport-ws.</summary>
internal sealed class SocketSession : ISocketSession, ISocketConnection, IDisposable
{
    private const string Protocol = "graphql-transport-ws";
    private const int MaxReasonBytes = 123;
    private const int TryAgainLater = 1013;
    private const int PatienceWithTheDeaf = 10;
    private readonly WebSocket _socket;
    private readonly RequestExecutor _executor;
    private readonly GraphQLSocketOptions _options;
    private readonly ISocketSessionInterceptor _interceptor;
    private readonly CancellationTokenSource _closed;
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly ConcurrentDictionary<string, CancellationTokenSource> _operations = new(StringComparer.Ordinal);
    private bool _isInitialized;
    private bool _isAcknowledged;

    private SocketSession(HttpContext context, WebSocket socket, RequestExecutor executor, GraphQLSocketOptions options)
    {
        (HttpContext, _socket, _executor, _options) = (context, socket, executor, options);
        _interceptor = executor.Setup.SocketInterceptor(executor.Services);
        _closed = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
    }

    public ISocketConnection Connection => this;
    public HttpContext HttpContext { get; }
    public IServiceProvider RequestServices => HttpContext.RequestServices;
    public CancellationToken RequestAborted => _closed.Token;
    public IDictionary<string, object?> ContextData { get; } = new ConcurrentDictionary<string, object?>();

    public static async Task RunAsync(HttpContext context, RequestExecutor executor, GraphQLSocketOptions options)
    {
        var supported = context.WebSockets.WebSocketRequestedProtocols.Contains(Protocol);
        using var socket = await context.WebSockets.AcceptWebSocketAsync(supported ? Protocol : null).ConfigureAwait(false);
        using var session = new SocketSession(context, socket, executor, options);
        if (!supported)
        {
            await session.CloseAsync(4406, "Subprotocol not acceptable").ConfigureAwait(false);
            return;
        }

        await session.RunAsync().ConfigureAwait(false);
    }

    public void Dispose()
    {
        _closed.Dispose();
        _sending.Dispose();
    }

    private async Task RunAsync()
    {
        _ = WatchAsync();
        try
        {
            var buffer = new ArrayBufferWriter<byte>();
            while (_socket.State == WebSocketState.Open && await ReceiveAsync(buffer).ConfigureAwait(false))
            {
                await HandleAsync(buffer.WrittenMemory).ConfigureAwait(false);
                buffer.ResetWrittenCount();
            }
        }
        catch (Exception e) when (e is OperationCanceledException or WebSocketException)
        {
            // The client is gone; there is nobody left to tell.
        }
        finally
        {
            await _closed.CancelAsync().ConfigureAwait(false);
            await _interceptor.OnCloseAsync(this, CancellationToken.None).ConfigureAwait(false);
        }
    }

    /// <summary>Closes connections that do not initialize in time and pings the others.</summary>
    private async Task WatchAsync()
    {
        try
        {
            await Task.Delay(_options.ConnectionInitializationTimeout, _closed.Token).ConfigureAwait(false);
            if (!_isInitialized)
            {
                await CloseAsync(4408, "Connection initialisation timeout").ConfigureAwait(false);
                return;
            }

            while (_options.KeepAliveInterval is { } interval)
            {
                await Task.Delay(interval, _closed.Token).ConfigureAwait(false);
                await SendAsync("ping", null, null).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or WebSocketException)
        {
            // The connection ended, and with it the watch.
        }
    }

    /// <summary>Reads one message; false when the connection is closed.</summary>
    private async Task<bool> ReceiveAsync(ArrayBufferWriter<byte> buffer)
    {
        while (true)
        {
            var received = await _socket.ReceiveAsync(buffer.GetMemory(4096), _closed.Token).ConfigureAwait(false);
            if (received.MessageType == WebSocketMessageType.Close)
            {
                await CloseAsync((int)WebSocketCloseStatus.NormalClosure, "").ConfigureAwait(false);
                return false;
            }

            buffer.Advance(received.Count);
            if (buffer.WrittenCount > _executor.Setup.MaxRequestSize)
            {
                await CloseAsync((int)WebSocketCloseStatus.MessageTooBig, "Message too big").ConfigureAwait(false);
                return false;
            }

            if (received.EndOfMessage)
            {
                return true;
            }
        }
    }

    private async Task HandleAsync(ReadOnlyMemory<byte> message)
    {
        JsonElement json;
        try
        {
            json = JsonElement.Parse(message.Span);
        }
        catch (JsonException)
        {
            await CloseAsync(4400, "Invalid message received").ConfigureAwait(false);
            return;
        }

        switch (Text(json, "type"))
        {
            case "connection_init":
                await InitializeAsync(Payload(json)).ConfigureAwait(false);
                break;
            case "ping":
                var answer = await _interceptor.OnPingAsync(this, new MessagePayload(Payload(json)), _closed.Token)
                    .ConfigureAwait(false);
                await SendAsync("pong", null, answer is null ? null : w => JsonSerializer.Serialize(w, answer)).ConfigureAwait(false);
                break;
            case "pong":
                await _interceptor.OnPongAsync(this, new MessagePayload(Payload(json)), _closed.Token).ConfigureAwait(false);
                break;
            case "subscribe" when Text(json, "id") is { Length: > 0 } id && Payload(json) is { } payload:
                await SubscribeAsync(id, payload).ConfigureAwait(false);
                break;
            case "complete" when Text(json, "id") is { } id:
                if (_operations.TryRemove(id, out var operation))
                {
                    await operation.CancelAsync().ConfigureAwait(false);
                }

                break;
            default:
                await CloseAsync(4400, "Invalid message received").ConfigureAwait(false);
                break;
        }
    }

    private async Task InitializeAsync(JsonElement? payload)
    {
        if (_isInitialized)
        {
            await CloseAsync(4429, "Too many initialisation requests").ConfigureAwait(false);
            return;
        }

        _isInitialized = true;
        var status = await _interceptor.OnConnectAsync(this, new MessagePayload(payload), _closed.Token).ConfigureAwait(false);
        if (!status.Accepted)
        {
            await CloseAsync(4403, status.Message).ConfigureAwait(false);
            return;
        }

        _isAcknowledged = true;
        var extensions = status.Extensions;
        await SendAsync("connection_ack", null, extensions is null ? null : w => JsonSerializer.Serialize(w, extensions))
            .ConfigureAwait(false);
    }

    private async Task SubscribeAsync(string id, JsonElement payload)
    {
        if (!_isAcknowledged)
        {
            await CloseAsync(4401, "Unauthorized").ConfigureAwait(false);
            return;
        }

        var operation = CancellationTokenSource.CreateLinkedTokenSource(_closed.Token);
        if (!_operations.TryAdd(id, operation))
        {
            operation.Dispose();
            await CloseAsync(4409, $"Subscriber for {id} already exists").ConfigureAwait(false);
            return;
        }

        OperationRequestBuilder request;
        try
        {
            request = HttpRequestReader.Parse(new ReadOnlySequence<byte>(JsonSerializer.SerializeToUtf8Bytes(payload)));
        }
        catch (HttpRequestException)
        {
            await CloseAsync(4400, "Invalid message received").ConfigureAwait(false);
            return;
        }

        _ = ExecuteAsync(id, request, operation);
    }

    private async Task ExecuteAsync(string id, OperationRequestBuilder request, CancellationTokenSource operation)
    {
        try
        {
            await _interceptor.OnRequestAsync(this, id, request, operation.Token).ConfigureAwait(false);
            var result = await _executor.ExecuteAsync(request.Build(), operation.Token).ConfigureAwait(false);
            await using (result.ConfigureAwait(false))
            {
                await SendResultsAsync(id, result, operation.Token).ConfigureAwait(false);
            }
        }
        catch (GraphQLException e)
        {
            await SendErrorsAsync(id, _executor.Handle(e.Errors)).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or WebSocketException or ObjectDisposedException)
        {
            // The client completed the operation or left.
        }
#pragma warning disable CA1031 // The failure of one operation must not end the others.
        catch (Exception e)
#pragma warning restore CA1031
        {
            await SendErrorsAsync(id, _executor.Handle([RequestExecutor.Unexpected(e)])).ConfigureAwait(false);
        }
        finally
        {
            _operations.TryRemove(KeyValuePair.Create(id, operation));
            operation.Dispose();
        }
    }

    private async Task SendResultsAsync(string id, IExecutionResult result, CancellationToken cancellationToken)
    {
        if (result is IOperationResult { IsDataSet: false, Errors: { } errors })
        {
            await SendErrorsAsync(id, errors).ConfigureAwait(false);
            return;
        }

        if (result is IOperationResult single)
        {
            await SendResultAsync(id, single, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            await foreach (var next in ((IResponseStream)result).ReadResultsAsync()
                .WithCancellation(cancellationToken).ConfigureAwait(false))
            {
                await SendResultAsync(id, next, cancellationToken).ConfigureAwait(false);
            }
        }

        cancellationToken.ThrowIfCancellationRequested();
        _operations.TryRemove(id, out _);
        await SendAsync("complete", id, null).ConfigureAwait(false);
        await _interceptor.OnCompleteAsync(this, id, cancellationToken).ConfigureAwait(false);
    }

    private async Task SendResultAsync(string id, IOperationResult result, CancellationToken cancellationToken)
    {
        result = await _interceptor.OnResultAsync(this, id, result, cancellationToken).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        await SendAsync("next", id, w => ResultWriter.Write(w, result)).ConfigureAwait(false);
    }

    private Task SendErrorsAsync(string id, IReadOnlyList<IError> errors)
    {
        _operations.TryRemove(id, out _);
        return SendAsync("error", id, w => ResultWriter.WriteErrors(w, errors));
    }

    private async Task SendAsync(string type, string? id, Action<Utf8JsonWriter>? payload)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = ResultWriter.NewWriter(buffer))
        {
            writer.WriteStartObject();
            if (id is not null)
            {
                writer.WriteString("id", id);
            }

            writer.WriteString("type", type);
            if (payload is not null)
            {
                writer.WritePropertyName("payload");
                payload(writer);
            }

            writer.WriteEndObject();
        }

        await _sending.WaitAsync(_closed.Token).ConfigureAwait(false);
        try
        {
            var sending = _socket.SendAsync(buffer.WrittenMemory, WebSocketMessageType.Text, true, _closed.Token);
            if (sending.IsCompleted)
            {
                await sending.ConfigureAwait(false);
            }
            else
            {
                await SendSlowlyAsync(sending.AsTask()).ConfigureAwait(false);
            }
        }
        finally
        {
            _sending.Release();
        }
    }

    /// <summary>
    /// The buffers up to the client are full; nothing further is made for it meanwhile. If it does not read on in time, the
    /// close code is what it finds after the messages it has left unread, and it can come again; if it never does, the
    /// connection is cut.
    /// </summary>
    private async Task SendSlowlyAsync(Task sending)
    {
        try
        {
            await sending.WaitAsync(_options.SlowConsumerLimit, _closed.Token).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // From here on nothing waits for ever: neither for the message to go nor for the answer to the close.
            _closed.CancelAfter(_options.SlowConsumerLimit * PatienceWithTheDeaf);
            foreach (var operation in _operations.Values)
            {
                await operation.CancelAsync().ConfigureAwait(false);
            }

            await sending.ConfigureAwait(false);
            await _socket.CloseOutputAsync(
                (WebSocketCloseStatus)TryAgainLater, "Slow consumer: messages were not read in time", _closed.Token)
                .ConfigureAwait(false);
        }
    }

    public Task CloseAsync(string message, int reason, CancellationToken cancellationToken) => CloseAsync(reason, message);

    private async Task CloseAsync(int code, string reason)
    {
        await _sending.WaitAsync(_closed.Token).ConfigureAwait(false);
        try
        {
            if (_socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
            {
                reason = reason.Length > MaxReasonBytes ? reason[..MaxReasonBytes] : reason;
                await _socket.CloseOutputAsync((WebSocketCloseStatus)code, reason, _closed.Token).ConfigureAwait(false);
            }
        }
        finally
        {
            _sending.Release();
        }
    }

    private static string? Text(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    private static JsonElement? Payload(JsonElement json) =>
        json.TryGetProperty("payload", out var payload) && payload.ValueKind == JsonValueKind.Object ? payload : null;
}
