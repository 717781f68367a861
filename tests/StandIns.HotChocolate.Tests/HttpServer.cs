using HotChocolate.AspNetCore;
using HotChocolate.Execution.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Q2C.StandIns.Tests;

/// <summary>A Kestrel on a free port with a GraphQL endpoint.</summary>
internal sealed class HttpServer : IAsyncDisposable
{
    private readonly WebApplication _application;

    private HttpServer(WebApplication application) => _application = application;

    public string Url => _application.Urls.First() + "/graphql";

    public IServiceProvider Services => _application.Services;

    public static async Task<HttpServer> StartAsync(
        Action<IRequestExecutorBuilder> configure,
        GraphQLServerOptions? options = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseKestrel().UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        configure(builder.Services.AddGraphQLServer());
        var application = builder.Build();
        application.UseWebSockets();
        var endpoint = application.MapGraphQL();
        if (options is not null)
        {
            endpoint.WithOptions(options);
        }

        await application.StartAsync();
        return new HttpServer(application);
    }

    public ValueTask DisposeAsync() => _application.DisposeAsync();
}
