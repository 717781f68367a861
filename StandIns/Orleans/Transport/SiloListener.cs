using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Runtime;

namespace Orleans.Transport;

/// <summary>Takes calls from other processes: HTTP/2 without TLS, one path, signed with the cluster's key.</summary>
internal sealed class SiloListener(
    Catalog catalog,
    CallFrame frame,
    ClusterKey key,
    IOptions<EndpointOptions> endpoint,
    MessagingOptions messaging,
    ILoggerFactory logging) : IAsyncDisposable
{
    private const int MaxConcurrentCallsPerConnection = 1000;

    private readonly ILogger log = logging.CreateLogger<SiloListener>();
    private WebApplication? app;

    /// <summary>Where it listens; null while it does not.</summary>
    public IPEndPoint? Listening { get; private set; }

    public async Task Start(CancellationToken cancellationToken)
    {
        var options = endpoint.Value;
        if (options.GatewayPort == 0 && options.GatewayListeningEndpoint is null) return;
        if (!key.IsSet)
        {
            log.LogInformation("No cluster key is set, so this silo takes no calls from other processes");
            return;
        }

        app = Build(options.GatewayListeningEndpoint ?? new(options.AdvertisedIPAddress, options.GatewayPort));
        await app.StartAsync(cancellationToken);
        var bound = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        Listening = new(options.AdvertisedIPAddress, bound.Port);
        log.LogInformation("Silo takes calls at {Endpoint}", bound);
    }

    public async Task Stop(CancellationToken cancellationToken)
    {
        if (app is not null) await app.StopAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (app is not null) await app.DisposeAsync();
    }

    private WebApplication Build(IPEndPoint listenAt)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.Services.AddSingleton(logging);
        builder.Services.AddSingleton<IHostLifetime, OuterHostLifetime>();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = messaging.MaxMessageBodySize;
            kestrel.Limits.Http2.MaxStreamsPerConnection = MaxConcurrentCallsPerConnection;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.AddServerHeader = false;
            kestrel.Listen(listenAt, listen => listen.Protocols = HttpProtocols.Http2);
        });
        var built = builder.Build();
        built.Run(Take);
        return built;
    }

    private async Task Take(HttpContext context)
    {
        if (context.Request.Path != "/" + RemoteCaller.Path || !HttpMethods.IsPost(context.Request.Method))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        var proof = context.Request.Headers[RemoteCaller.ProofHeader].ToString();
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        if (!key.IsCallGenuine(proof, body.GetBuffer().AsSpan(0, (int)body.Length)))
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return;
        }

        if (await Run(body.GetBuffer().AsMemory(0, (int)body.Length), context.RequestAborted) is not { } answer)
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return;
        }

        context.Response.Headers[RemoteCaller.ProofHeader] = key.SignAnswer(proof, answer);
        context.Response.ContentLength = answer.Length;
        await context.Response.Body.WriteAsync(answer, context.RequestAborted);
    }

    // Null means that the call did not start because the silo is stopping.
    private async Task<byte[]?> Run(ReadOnlyMemory<byte> body, CancellationToken cancelled)
    {
        try
        {
            var (call, timeout) = frame.ReadCall(body, cancelled);
            call.Expect(timeout, catalog.Time);
            catalog.Route(call);
            if (call.Method.OneWay) return frame.WriteResult(call.Method, null);
            return frame.WriteResult(call.Method, await call.Response);
        }
        catch (SiloUnavailableException exception) when (exception.NotStarted)
        {
            return null;
        }
        // Whatever a grain throws belongs to its caller.
        catch (Exception exception)
        {
            return frame.WriteFailure(exception);
        }
    }

    /// <summary>Leaves signals to the host that the silo is in.</summary>
    private sealed class OuterHostLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
