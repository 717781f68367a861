using Microsoft.Extensions.DependencyInjection.Extensions;
using Npgsql;
using Q2C.Grains.Journal;
using Q2C.Silo.Streams;

namespace Q2C.Silo.Journal;

public static class JournalServices
{
    /// <summary>The journal and everything that follows it. The database has to be migrated and prepared before the host starts.</summary>
    public static IServiceCollection AddJournal(this IServiceCollection services, JournalOptions options)
    {
        services.AddSingleton(options.Checked());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(_ => JournalSetup.Connect(options.ConnectionString));
        services.AddSingleton(provider => new PostgresJournal(provider.GetRequiredService<NpgsqlDataSource>(), options));
        services.AddSingleton<IJournal>(provider => provider.GetRequiredService<PostgresJournal>());
        services.TryAddSingleton<ICommandRouter, CommandRouter>();
        return services;
    }
}
