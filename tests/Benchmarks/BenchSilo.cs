using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Q2C.Grains;
using Q2C.Grains.Journal;
using Q2C.Grains.Shell;
using Q2C.Policies;
using Q2C.Silo.Journal;
using Q2C.Silo.Policies;
using Q2C.Silo.ReadModels;
using Q2C.Silo.Tests;

namespace Q2C.Benchmarks;

/// <summary>Grains, journal, pumps, read models and streams as the hub runs them, without connections.</summary>
internal sealed class BenchSilo : IAsyncDisposable
{
    private readonly IHost _host;

    private BenchSilo(IHost host)
    {
        _host = host;
        Grains = host.Services.GetRequiredService<IGrainFactory>();
        Database = host.Services.GetRequiredService<NpgsqlDataSource>();
    }

    public IServiceProvider Services => _host.Services;

    public IGrainFactory Grains { get; }

    public NpgsqlDataSource Database { get; }

    public static async Task<BenchSilo> Start(JournalOptions journal, CancellationToken cancel)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Error);
        Add(builder, journal);
        var host = builder.Build();
        await host.StartAsync(cancel);
        return new(host);
    }

    public static void Add(IHostApplicationBuilder builder, JournalOptions journal)
    {
        builder.Services.AddJournal(journal);
        builder.Services.AddReadModels();
        builder.Services.AddSingleton<IPolicySource>(new SamplePolicies());
        builder.Services.AddSingleton(provider => new ShellServices(
            provider.GetRequiredService<IJournal>(), provider.GetRequiredService<IPolicySource>(),
            provider.GetRequiredService<TimeProvider>()));
        builder.UseOrleans(silo => silo.UseLocalSilo());
    }

    /// <summary>Returns when both pumps of every shard have taken all rows.</summary>
    public async Task CatchUp(CancellationToken cancel)
    {
        while (await Behind(Database, cancel) > 0) await Task.Delay(20, cancel);
    }

    /// <summary>Rows that the slower of the two pumps has not taken yet.</summary>
    public static Task<long> Behind(NpgsqlDataSource database, CancellationToken cancel) => database.Scalar<long>(
        """
        select (select sum(seq) from q2c.shard_head)::bigint - min(taken)::bigint
        from (select sum(seq) as taken from q2c.cursor group by name) pumps
        """, cancel);

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }

    internal sealed class SamplePolicies : IPolicySource
    {
        public PolicySet Current { get; } = PolicyLoader.Load(Path.Combine(AppContext.BaseDirectory, "Policies", "sample"), "eu").Set;
    }
}
