using System.Text.Json;
using HotChocolate.AspNetCore;
using HotChocolate.AspNetCore.Subscriptions;
using HotChocolate.AspNetCore.Subscriptions.Protocols;

namespace Q2C.Gateway.Security;

/// <summary>
/// Websockets of browsers, which cannot send headers: the payload of connection_init carries <c>Authorization: Bearer …</c>.
/// When the key or token ends, so does the socket; a client that connects again brings a new one.
/// </summary>
internal sealed class SocketAuthentication(Bearers bearers, Throttle throttle, Validity validity, TimeProvider clock) : DefaultSocketSessionInterceptor
{
    private const string Header = "authorization";
    private const string Place = "q2c.socket";
    private const int Forbidden = 4403;

    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    public override async ValueTask<ConnectionStatus> OnConnectAsync(
        ISocketSession session, IOperationMessagePayload connectionInitMessage, CancellationToken cancellationToken = default)
    {
        var connection = session.Connection;
        var http = connection.HttpContext;
        if (http.User.Identity is not { IsAuthenticated: true })
        {
            if (TokenOf(connectionInitMessage) is not { } token) return ConnectionStatus.Reject("Nobody is signed in.");
            var result = await bearers.Find(token);
            if (result.Caller is not { } caller) return ConnectionStatus.Reject(result.IsGenuine ? result.Reason : Bearers.Unknown);
            http.User = caller.ToPrincipal(BearerHandler.SchemeName);
        }

        if (throttle.Socket(http.User.ToActor().Id) is not { } place) return ConnectionStatus.Reject("Too many websockets.");
        connection.ContextData[Place] = place;
        _ = CloseInTime(connection);
        return ConnectionStatus.Accept();
    }

    public override ValueTask OnCloseAsync(ISocketSession session, CancellationToken cancellationToken = default)
    {
        if (session.Connection.ContextData.TryGetValue(Place, out var place)) ((IDisposable)place!).Dispose();
        return default;
    }

    private async Task CloseInTime(ISocketConnection connection)
    {
        try
        {
            await validity.Ended(connection.HttpContext.User, connection.RequestAborted);
            await connection.CloseAsync(Validity.Over, Forbidden, connection.RequestAborted);
            await Task.Delay(Grace, clock, connection.RequestAborted);
            connection.HttpContext.Abort();
        }
        catch (OperationCanceledException)
        {
            // It was closed before.
        }
    }

    private static string? TokenOf(IOperationMessagePayload payload)
    {
        try
        {
            var header = payload.As<Dictionary<string, JsonElement>>()?
                .FirstOrDefault(member => member.Key.Equals(Header, StringComparison.OrdinalIgnoreCase)).Value;
            return header is { ValueKind: JsonValueKind.String } text ? Bearers.TokenOf(text.GetString()!) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
