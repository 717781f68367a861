using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Q2C.Gateway.Tests;

/// <summary>The gateway on a port of its own, with the settings of the test.</summary>
internal sealed class GatewayHost : IAsyncDisposable
{
    private readonly WebApplication _app;

    private GatewayHost(WebApplication app) => (_app, Client) = (app, new() { BaseAddress = new(app.Urls.Single()) });

    public HttpClient Client { get; }

    public IServiceProvider Services => _app.Services;

    public static async Task<GatewayHost> Start(
        string connectionString, Dictionary<string, string?>? settings = null, TimeProvider? clock = null,
        Action<WebApplicationBuilder>? configure = null, string url = "http://127.0.0.1:0")
    {
        var builder = WebApplication.CreateBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ConnectionStrings:Postgres"] = connectionString,
        }.Concat(settings ?? []));
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(url);
        if (clock is not null) builder.Services.AddSingleton(clock);
        configure?.Invoke(builder);
        builder.Services.AddGateway(builder.Configuration);
        var app = builder.Build();
        app.MapGateway();
        try
        {
            await app.StartAsync();
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }

        return new(app);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
