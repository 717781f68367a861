using System.Security.Claims;
using System.Text.Json;
using HotChocolate.AspNetCore.Subscriptions;
using HotChocolate.AspNetCore.Subscriptions.Protocols;
using HotChocolate.Execution;
using Microsoft.AspNetCore.Http;

namespace HotChocolate.AspNetCore.Subscriptions
{
    /// <summary>A websocket.</summary>
    public interface ISocketConnection
    {
        HttpContext HttpContext { get; }

        IServiceProvider RequestServices { get; }

        CancellationToken RequestAborted { get; }

        Task CloseAsync(string message, int reason, CancellationToken cancellationToken);

        /// <summary>State that lives as long as the connection.</summary>
        IDictionary<string, object?> ContextData { get; }
    }

    /// <summary>The operations of a websocket.</summary>
    public interface ISocketSession
    {
        ISocketConnection Connection { get; }
    }

    /// <summary>The answer to a client that wants to connect.</summary>
    public sealed class ConnectionStatus
    {
        private ConnectionStatus(bool accepted, string message, IReadOnlyDictionary<string, object?>? extensions) =>
            (Accepted, Message, Extensions) = (accepted, message, extensions);

        public bool Accepted { get; }

        public string Message { get; }

        public IReadOnlyDictionary<string, object?>? Extensions { get; }

        public static ConnectionStatus Accept() => new(true, "Your connection was accepted.", null);

        public static ConnectionStatus Accept(IReadOnlyDictionary<string, object?> extensions) =>
            new(true, "Your connection was accepted.", extensions);

        public static ConnectionStatus Reject() => new(false, "Your connection was rejected.", null);

        public static ConnectionStatus Reject(string message) => new(false, message, null);

        public static ConnectionStatus Reject(string message, IReadOnlyDictionary<string, object?> extensions) =>
            new(false, message, extensions);
    }
}

namespace HotChocolate.AspNetCore.Subscriptions.Protocols
{
    /// <summary>What a client sent along.</summary>
    public interface IOperationMessagePayload
    {
        /// <summary>The payload as JSON makes it; null when there is none.</summary>
        T? As<T>() where T : class;
    }

    internal sealed class MessagePayload(JsonElement? json) : IOperationMessagePayload
    {
        public T? As<T>() where T : class => json?.Deserialize<T>(JsonSerializerOptions.Web);
    }
}

namespace HotChocolate.AspNetCore
{
    /// <summary>Looks at websockets and their operations.</summary>
    public interface ISocketSessionInterceptor
    {
        ValueTask<ConnectionStatus> OnConnectAsync(
            ISocketSession session,
            IOperationMessagePayload connectionInitMessage,
            CancellationToken cancellationToken = default);

        ValueTask OnRequestAsync(
            ISocketSession session,
            string operationSessionId,
            OperationRequestBuilder requestBuilder,
            CancellationToken cancellationToken = default);

        ValueTask<IOperationResult> OnResultAsync(
            ISocketSession session,
            string operationSessionId,
            IOperationResult result,
            CancellationToken cancellationToken = default);

        ValueTask OnCompleteAsync(
            ISocketSession session, string operationSessionId, CancellationToken cancellationToken = default);

        ValueTask<IReadOnlyDictionary<string, object?>?> OnPingAsync(
            ISocketSession session, IOperationMessagePayload pingMessage, CancellationToken cancellationToken = default);

        ValueTask OnPongAsync(
            ISocketSession session, IOperationMessagePayload pongMessage, CancellationToken cancellationToken = default);

        ValueTask OnCloseAsync(ISocketSession session, CancellationToken cancellationToken = default);
    }

    /// <inheritdoc />
    public class DefaultSocketSessionInterceptor : ISocketSessionInterceptor
    {
        public virtual ValueTask<ConnectionStatus> OnConnectAsync(
            ISocketSession session,
            IOperationMessagePayload connectionInitMessage,
            CancellationToken cancellationToken = default) => new(ConnectionStatus.Accept());

        public virtual ValueTask OnRequestAsync(
            ISocketSession session,
            string operationSessionId,
            OperationRequestBuilder requestBuilder,
            CancellationToken cancellationToken = default)
        {
            var context = session.Connection.HttpContext;
            requestBuilder.TryAddGlobalState(nameof(HttpContext), context);
            requestBuilder.TryAddGlobalState(nameof(ISocketSession), session);
            requestBuilder.TryAddGlobalState(nameof(ClaimsPrincipal), context.User);
            return default;
        }

        public virtual ValueTask<IOperationResult> OnResultAsync(
            ISocketSession session,
            string operationSessionId,
            IOperationResult result,
            CancellationToken cancellationToken = default) => new(result);

        public virtual ValueTask OnCompleteAsync(
            ISocketSession session, string operationSessionId, CancellationToken cancellationToken = default) => default;

        public virtual ValueTask<IReadOnlyDictionary<string, object?>?> OnPingAsync(
            ISocketSession session, IOperationMessagePayload pingMessage, CancellationToken cancellationToken = default) =>
            default;

        public virtual ValueTask OnPongAsync(
            ISocketSession session, IOperationMessagePayload pongMessage, CancellationToken cancellationToken = default) =>
            default;

        public virtual ValueTask OnCloseAsync(ISocketSession session, CancellationToken cancellationToken = default) => default;
    }
}
