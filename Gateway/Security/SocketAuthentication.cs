using System.Text.Json;
using HotChocolate.AspNetCore;
using HotChocolate.AspNetCore.Subscriptions;
using HotChocolate.AspNetCore.Subscriptions.Protocols;

namespace Q2C.Gateway.Security;

/// <summary>
/// Websockets of browsers, which cannot send headers: the payload of connection_init carries <c>Authorization: Bearer …</c>.
/// When the key or token ends, so does the socket; a client that connects again brings a new one.
/// </summary>
internal sealed class SocketAuthentication(Bearers bearers, Throttle throttle, TimeProvider clock) : DefaultSocketSessionInterceptor
{
    private const string Header = "authorization";
    private const string Place = "q2c.socket";
    private const int Forbidden = 4403;

    // As long as a timer can be; longer keys are looked at again then.
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(40);
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
        _ = CloseInTime(connection, http.User.Expires());
        return ConnectionStatus.Accept();
    }

    public override ValueTask OnCloseAsync(ISocketSession session, CancellationToken cancellationToken = default)
    {
        if (session.Connection.ContextData.TryGetValue(Place, out var place)) ((IDisposable)place!).Dispose();
        return default;
    }

    private async Task CloseInTime(ISocketConnection connection, DateTimeOffset expires)
    {
        try
        {
            while (expires - clock.GetUtcNow() is { Ticks: > 0 } left)
                await Task.Delay(left < LongestWait ? left : LongestWait, clock, connection.RequestAborted);
            await connection.CloseAsync("The token is expired.", Forbidden, connection.RequestAborted);
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
