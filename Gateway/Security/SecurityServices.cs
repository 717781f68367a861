using System.Net;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Q2C.Gateway.Security;

internal static class SecurityServices
{
    public const string DevelopmentSetting = "Q2C:Development";

    public static void AddGatewaySecurity(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton(ApiKeys.Read(configuration));
        var issuers = Issuer.Read(configuration);
        services.AddSingleton(provider => new TokenValidator(
            issuers, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<IssuerKeys>>()));
        services.AddSingleton<StoredApiKeys>();
        services.AddSingleton<Validity>();
        services.AddSingleton<Bearers>();
        if (configuration.GetValue<bool>(DevelopmentSetting))
        {
            services.AddSingleton<DevelopmentIssuer>();
            services.AddHostedService<LoopbackGuard>();
        }

        services.AddAuthentication(BearerHandler.SchemeName)
            .AddScheme<AuthenticationSchemeOptions, BearerHandler>(BearerHandler.SchemeName, null);
        services.AddAuthorization(options => options.AddPolicies());
        services.AddSingleton<IAuthorizationHandler, MayReadHandler>();
        services.AddSingleton(Limits.Read(configuration));
        services.AddSingleton(provider => new Throttle(provider.GetRequiredService<Limits>(), provider.GetRequiredService<Validity>()));
        services.AddSingleton(Origins.Read(configuration));
        services.AddCors();
    }

    /// <summary><c>POST /dev/token {"user": "fiona"}</c>, where the development issuer is on.</summary>
    public static void MapDevelopmentIssuer(this IEndpointRouteBuilder endpoints)
    {
        if (endpoints.ServiceProvider.GetService<DevelopmentIssuer>() is null) return;
        endpoints.MapPost("/dev/token", (TokenRequest request, DevelopmentIssuer issuer) =>
            issuer.Issue(request.User ?? "") is { } token
                ? Results.Json(token)
                : Results.Json(
                    new { message = $"There is no persona of this name. There are {string.Join(", ", DevelopmentIssuer.Personas.Keys.Order())}." },
                    statusCode: StatusCodes.Status400BadRequest));
    }

    private sealed record TokenRequest(string? User);
}

/// <summary>Stops a host that hands out development tokens and listens beyond this machine.</summary>
internal sealed class LoopbackGuard(IServer server) : IHostedLifecycleService
{
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        var addresses = server.Features.Get<IServerAddressesFeature>()?.Addresses ?? [];
        foreach (var address in addresses.Where(address => !IsLoopback(address)))
            throw new InvalidOperationException(
                $"{SecurityServices.DevelopmentSetting} gives a token to everybody who asks, so it is refused on {address}. " +
                "Listen on 127.0.0.1 only, or switch it off.");
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static bool IsLoopback(string address) => BindingAddress.Parse(address).Host is var host
        && (host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip)));
}
