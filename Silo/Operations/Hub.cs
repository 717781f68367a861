using Npgsql;
using Q2C.Gateway;
using Q2C.Grains;
using Q2C.Grains.Journal;
using Q2C.Grains.Shell;
using Q2C.Silo.Alerts;
using Q2C.Silo.BulkActions;
using Q2C.Silo.Connectors;
using Q2C.Silo.Connectors.Payloads;
using Q2C.Silo.Effects;
using Q2C.Silo.Journal;
using Q2C.Silo.Policies;
using Q2C.Silo.ReadModels;

namespace Q2C.Silo.Operations;

/// <summary>Silo and gateway in one process, or a silo alone.</summary>
internal static class Hub
{
    internal sealed record Settings(
        string Postgres, int Port, int SiloPort, DirectoryInfo? Policies, FileInfo? Connections, DirectoryInfo Data, bool Development);

    /// <summary>Migrates the database and builds the process; the caller starts it. Throws <see cref="OperationsException"/>.</summary>
    public static async Task<WebApplication> Build(Settings settings, CancellationToken cancel)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        Configure(builder, settings);
        await AddSilo(builder, settings, cancel);
        builder.AddTelemetry("q2c-hub");
        builder.Services.AddGateway(builder.Configuration);
        builder.WebHost.UseUrls($"http://localhost:{settings.Port}");
        var app = builder.Build();
        app.MapGateway();
        return app;
    }

    /// <summary>The same without the gateway, for processes behind gateways of their own.</summary>
    public static async Task<IHost> BuildSilo(Settings settings, CancellationToken cancel)
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { ContentRootPath = AppContext.BaseDirectory });
        Configure(builder, settings);
        await AddSilo(builder, settings, cancel);
        builder.AddTelemetry("q2c-silo");
        return builder.Build();
    }

    private static async Task AddSilo(IHostApplicationBuilder builder, Settings settings, CancellationToken cancel)
    {
        var journal = new JournalOptions
        {
            ConnectionString = settings.Postgres,
            Region = builder.Configuration["Q2C:Region"] ?? "eu",
        };
        await Migrate(journal, cancel);
        await AddPolicies(builder, journal, cancel);
        builder.Services.AddJournal(journal);
        builder.Services.AddReadModels();
        builder.Services.AddConnectors(builder.Configuration);
        builder.Services.AddEffects();
        builder.Services.AddBulkActions();
        builder.Services.AddAlerts();
        builder.Services.AddHostedService<BacklogGauges>();
        builder.Services.AddSingleton(provider => new ShellServices(
            provider.GetRequiredService<IJournal>(), provider.GetRequiredService<IPolicySource>(),
            provider.GetRequiredService<TimeProvider>()));
        builder.UseOrleans(silo =>
        {
            Clustering.Configure(silo, builder.Configuration, journal.Region, settings.SiloPort);
            silo.AddIncomingGrainCallFilter<CommandLog>();
        });
    }

    private static void Configure(IHostApplicationBuilder builder, Settings settings)
    {
        if (settings.Connections is { } connections) builder.Configuration.AddJsonFile(connections.FullName, optional: false);
        builder.Configuration.AddEnvironmentVariables();
        var known = new Dictionary<string, string?>
        {
            ["ConnectionStrings:Postgres"] = settings.Postgres,
            ["Q2C:Development"] = $"{settings.Development}",
        };
        if (settings.Policies is { } policies) known["Q2C:Policies"] = policies.FullName;
        builder.Configuration.AddInMemoryCollection(known);
    }

    private static async Task Migrate(JournalOptions journal, CancellationToken cancel)
    {
        await using var database = NpgsqlDataSource.Create(journal.ConnectionString);
        var progress = new Progress<MigrationStep>(step => Console.WriteLine($"migrating: {step.Name} ({step.Index} of {step.Count})"));
        await new Migrator(database, journal.GatewayRole).Run(progress, cancel);
        await JournalSetup.Prepare(database, journal, cancel);
    }

    /// <summary>The versions that hold; before the first start, the files that become version 1.</summary>
    private static async Task AddPolicies(IHostApplicationBuilder builder, JournalOptions options, CancellationToken cancel)
    {
        try
        {
            var files = PolicyFolder.Read(ConnectorServices.PolicyFolder(builder.Configuration));
            await using var database = JournalSetup.Connect(options.ConnectionString);
            await using var journal = new PostgresJournal(database, options);
            var held = await new PolicyArchive(database, journal, options.Region, TimeProvider.System).Read(cancel);
            builder.Services.AddSingleton(new PoliciesInForce(PolicyLoader.Read(held.IsEmpty ? files : held, options.Region)));
            foreach (var file in files.Where(file => !held.IsEmpty && held.GetValueOrDefault(file.Key)?.Text != file.Value.Text))
                Console.WriteLine($"policies: {file.Value.File} is not what is in force; ./q2c policies diff shows the difference, import makes it a draft");
        }
        catch (DocumentException wrong)
        {
            throw new ConfigurationException(wrong.Message);
        }

        builder.Services.AddSingleton(provider => new PolicyArchive(
            provider.GetRequiredService<NpgsqlDataSource>(), provider.GetRequiredService<IJournal>(), options.Region, provider.GetRequiredService<TimeProvider>()));
        builder.Services.AddPolicyDesk();
        builder.Services.AddHostedService<PolicyWatch>();
        builder.Services.AddHostedService<PayloadContractWriter>();
    }
}
