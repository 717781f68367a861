using HotChocolate.AspNetCore;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Q2C.Gateway.Audit;
using Q2C.Gateway.Console;
using Q2C.Gateway.Security;
using Q2C.Gateway.Webhooks;

namespace Q2C.Gateway;

/// <summary>The gateway, for a web process of its own and for one that is a silo as well. Needs an <c>IClusterClient</c>.</summary>
public static class GatewayServices
{
    /// <summary>Throws <see cref="InvalidOperationException"/> for a setting that cannot be.</summary>
    public static IServiceCollection AddGateway(this IServiceCollection services, IConfiguration configuration)
    {
        var options = GatewayOptions.Read(configuration);
        services.AddSingleton(options);
        services.Configure<KestrelServerOptions>(kestrel => kestrel.AddServerHeader = false);
        services.AddSingleton(ConsoleOptions.Read(configuration));
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(_ => new GatewayDatabase(options.Postgres, options.Role));
        services.AddSingleton(provider => WebhookCatalog.Read(configuration, provider.GetRequiredService<TokenValidator>()));
        services.AddSingleton<WebhookGate>();
        services.AddSingleton<Inbox>();
        services.AddSingleton<Denials>();
        services.AddHostedService(provider => provider.GetRequiredService<Denials>());
        services.AddGatewaySecurity(configuration);
        services.AddGatewayGraphQL(Limits.Read(configuration), TrustedDocuments.Read(configuration));
        services.AddHealthChecks().AddCheck<DatabaseHealth>("database", tags: [Health.Ready]);
        return services;
    }

    public static WebApplication MapGateway(this WebApplication app)
    {
        app.UseSecurityHeaders();
        app.UseWebSockets();
        app.UseOrigins();
        app.UseAuthentication();
        app.UseThrottle();
        app.UseAuthorization();
        app.UsePreflight();
        var options = app.Services.GetRequiredService<GatewayOptions>();
        app.MapGraphQL().RequireAuthorization(ReadPolicies.GraphQLEndpoint).WithOptions(new GraphQLServerOptions
        {
            EnableSchemaRequests = options.Tools,
            Tool = { Enable = false },
        });
        app.MapAuditExport();
        app.MapConsole();
        app.MapGraphiQL();
        app.MapHealth();
        app.MapWebhooks();
        app.MapDevelopmentIssuer();
        return app;
    }
}
