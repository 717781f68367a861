using Microsoft.Extensions.DependencyInjection.Extensions;
using Npgsql;
using Q2C.Grains.Journal;
using Q2C.Silo.Streams;

namespace Q2C.Silo.Journal;

public static class JournalServices
{
    /// <summary>
    /// The journal and what follows it: pumps, streams, due commands, signatures. Read models join as further
    /// <see cref="IProjection"/>s. The database has to be migrated and prepared before the host starts.
    /// </summary>
    public static IServiceCollection AddJournal(this IServiceCollection services, JournalOptions options)
    {
        services.AddSingleton(options.Checked());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(_ => JournalSetup.Connect(options.ConnectionString));
        services.AddSingleton(provider =>
        {
            var wakeups = provider.GetRequiredService<Wakeups>();
            return new PostgresJournal(
                provider.GetRequiredService<NpgsqlDataSource>(), options,
                shard => wakeups.Raise(Wakeups.Journal(shard)));
        });
        services.AddSingleton<IJournal>(provider => provider.GetRequiredService<PostgresJournal>());
        services.AddSingleton<ILeaseStore, PostgresLeases>();
        services.AddSingleton<LeaseKeeper>();
        services.AddSingleton<Wakeups>();
        services.AddSingleton<ReadModelRebuild>();
        services.AddSingleton<IProjection, StreamProgress>();
        services.TryAddSingleton<ICommandRouter, CommandRouter>();
        services.TryAddSingleton<IDeliverySink, OrleansDeliverySink>();
        services.AddSingleton<ILagStore, StreamLag>();
        services.AddSingleton<IDueStore, PostgresDue>();
        services.AddHostedService<WakeupRelay>();
        services.AddHostedService<ShardPumps>();
        services.AddHostedService<StreamSweep>();
        services.AddHostedService<DueDispatcher>();
        services.AddHostedService<ChainSigner>();
        services.AddHostedService<ActRecorder>();
        services.AddHostedService<RebuildDesk>();
        return services;
    }
}
