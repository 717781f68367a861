using Microsoft.Extensions.DependencyInjection.Extensions;
using Q2C.Grains;
using Q2C.Silo.Connectors.AvaTax;
using Q2C.Silo.Connectors.BusinessCentral;
using Q2C.Silo.Connectors.DocuSign;
using Q2C.Silo.Connectors.Certinia;
using Q2C.Silo.Connectors.Jira;
using Q2C.Silo.Connectors.Kantata;
using Q2C.Silo.Connectors.Mail;
using Q2C.Silo.Connectors.NetSuite;
using Q2C.Silo.Connectors.OutgoingWebhook;
using Q2C.Silo.Connectors.Payloads;
using Q2C.Silo.Connectors.Salesforce;
using Q2C.Silo.Connectors.Stripe;
using Q2C.Silo.Connectors.TaxTable;
using Q2C.Silo.Policies;

namespace Q2C.Silo.Connectors;

public static class ConnectorServices
{
    internal const string DefaultRegion = "eu";

    /// <summary>
    /// The configured connections, by the registered <see cref="IVendor"/>s, under the policies in force, by default those of
    /// the policy folder. What is wrong in a setting or document stops the start with one message that lists it all.
    /// </summary>
    public static IServiceCollection AddConnectors(this IServiceCollection services, IConfiguration configuration)
    {
        services.TryAddSingleton(_ => new PoliciesInForce(PolicyLoader.Load(PolicyFolder(configuration), configuration["Q2C:Region"] ?? DefaultRegion)));
        services.TryAddSingleton<IPolicySource>(provider => provider.GetRequiredService<PoliciesInForce>());
        services.AddSingleton(provider => ConnectorRegistry.Create(
            ConnectionSettings.Read(configuration),
            provider.GetServices<IVendor>(),
            provider.GetRequiredService<PoliciesInForce>().Documents,
            provider.GetRequiredService<IReferenceLookUp>(),
            NewHttpClient(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<PayloadContracts>()));
        services.AddSingleton<PayloadContracts>();
        services.TryAddSingleton<IReferenceLookUp, PostgresReferences>();
        services.AddSingleton<IVendor, AvaTaxVendor>();
        services.AddSingleton<IVendor, BusinessCentralVendor>();
        services.AddSingleton<IVendor, DocuSignVendor>();
        services.AddSingleton<IVendor, CertiniaVendor>();
        services.AddSingleton<IVendor, JiraVendor>();
        services.AddSingleton<IVendor, KantataVendor>();
        services.AddSingleton<IVendor, MailVendor>();
        services.AddSingleton<IVendor, NetSuiteVendor>();
        services.AddSingleton<IVendor, WebhookVendor>();
        services.AddSingleton<IVendor, SalesforceVendor>();
        services.AddSingleton<IVendor, StripeVendor>();
        services.AddSingleton<IVendor, TaxTableVendor>();
        return services;
    }

    /// <summary>For all connections: pooled, no redirects (they would carry credentials elsewhere), no cookies, no time limit of its own.</summary>
    public static HttpClient NewHttpClient() => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        ConnectTimeout = TimeSpan.FromSeconds(10),
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        MaxConnectionsPerServer = 32,
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    internal static string PolicyFolder(IConfiguration configuration) =>
        configuration["Q2C:Policies"] ?? Path.Combine(AppContext.BaseDirectory, "Policies", "sample");
}
