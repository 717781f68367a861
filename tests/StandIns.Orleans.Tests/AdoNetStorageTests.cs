using Npgsql;
using Orleans;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Storage;
using Q2C.Silo.Operations;

namespace Q2C.StandIns.Orleans.Tests;

public interface ILedger : IGrainWithStringKey
{
    Task<string> Read();

    Task Write(string value);

    Task Restart();
}

public sealed class LedgerGrain([PersistentState("ledger", "database")] IPersistentState<Watermark> state) : Grain, ILedger
{
    public Task<string> Read() => Task.FromResult($"{state.State.Value} {state.Etag}");

    public Task Write(string value)
    {
        state.State.Value = value;
        return state.WriteStateAsync();
    }

    public Task Restart()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }
}

/// <summary>A PostgreSQL with the tables and statements that a database of Orleans has.</summary>
public sealed class OrleansDatabase : IAsyncLifetime
{
    // The columns, keys and parameters are Orleans'; the statements are as short as the tests allow.
    private const string Script = """
        create table OrleansQuery (QueryKey varchar(64) primary key, QueryText varchar(8000) not null);
        create table OrleansStorage (
            GrainIdHash integer not null, GrainIdN0 bigint not null, GrainIdN1 bigint not null,
            GrainTypeHash integer not null, GrainTypeString varchar(512) not null, GrainIdExtensionString varchar(512),
            ServiceId varchar(150) not null, PayloadBinary bytea, ModifiedOn timestamp not null default now(), Version integer,
            unique (GrainTypeString, GrainIdExtensionString, ServiceId));
        insert into OrleansQuery values
        ('ReadFromStorageKey', '
            select PayloadBinary, now(), Version from OrleansStorage
            where GrainIdHash = @GrainIdHash and GrainIdN0 = @GrainIdN0 and GrainIdN1 = @GrainIdN1
            and GrainTypeHash = @GrainTypeHash and GrainTypeString = @GrainTypeString
            and GrainIdExtensionString = @GrainIdExtensionString and ServiceId = @ServiceId'),
        ('WriteToStorageKey', '
            insert into OrleansStorage values (@GrainIdHash, @GrainIdN0, @GrainIdN1, @GrainTypeHash, @GrainTypeString,
                @GrainIdExtensionString, @ServiceId, @PayloadBinary, now(), 1)
            on conflict (GrainTypeString, GrainIdExtensionString, ServiceId) do update
            set PayloadBinary = excluded.PayloadBinary, Version = OrleansStorage.Version + 1
            where OrleansStorage.Version = @GrainStateVersion
            returning Version as NewGrainStateVersion'),
        ('ClearStorageKey', '
            update OrleansStorage set PayloadBinary = null, Version = Version + 1
            where GrainIdHash = @GrainIdHash and GrainTypeHash = @GrainTypeHash and GrainIdN0 = @GrainIdN0
            and GrainIdN1 = @GrainIdN1 and GrainTypeString = @GrainTypeString and ServiceId = @ServiceId
            and GrainIdExtensionString = @GrainIdExtensionString and Version = @GrainStateVersion
            returning Version as NewGrainStateVersion');
        """;

    private readonly string folder = Path.Combine("/var/tmp", $"q2c-orleans-test-{Guid.NewGuid():n}");
    private StandalonePostgres? server;

    public string ConnectionString => server!.ConnectionString;

    public async Task InitializeAsync()
    {
        server = await StandalonePostgres.StartAsync(folder, CancellationToken.None, "fsync=off");
        await using var source = NpgsqlDataSource.Create(ConnectionString);
        await using var command = source.CreateCommand(Script);
        await command.ExecuteNonQueryAsync();
    }

    public async Task DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        if (server is not null) await server.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }
}

public sealed class AdoNetStorageTests(OrleansDatabase database) : IClassFixture<OrleansDatabase>
{
    [Fact]
    public async Task State_is_in_the_database_when_the_silo_is_gone()
    {
        await using (var silo = await Start())
        {
            await silo.Grain<ILedger>("a").Write("2026-01-01");
            await silo.Grain<ILedger>("a").Write("2026-02-02");
        }

        await using var next = await Start();
        Assert.Equal("2026-02-02 2", await next.Grain<ILedger>("a").Read());
        Assert.Equal("none ", await next.Grain<ILedger>("b").Read());
    }

    [Fact]
    public async Task The_second_writer_of_a_version_is_refused()
    {
        await using var one = await Start();
        await using var other = await Start();
        await one.Grain<ILedger>("shared").Read();
        await other.Grain<ILedger>("shared").Read();
        await one.Grain<ILedger>("shared").Write("first");
        await Assert.ThrowsAsync<InconsistentStateException>(() => other.Grain<ILedger>("shared").Write("second"));
        await other.Grain<ILedger>("shared").Restart();
        Assert.Equal("first 1", await other.Grain<ILedger>("shared").Read());
        await one.Grain<ILedger>("shared").Write("again");
        await one.Grain<ILedger>("shared").Restart();
        Assert.Equal("again 2", await one.Grain<ILedger>("shared").Read());
    }

    [Fact]
    public async Task A_cleared_state_keeps_its_version_so_that_an_old_writer_is_still_refused()
    {
        using var storage = new AdoNetGrainStorage("database", Options(), Microsoft.Extensions.Options.Options.Create(new ClusterOptions()));
        var id = GrainId.Create("ledger", "cleared");
        var (state, old) = (new State(), new State());
        state.Held = new() { Value = "x" };
        await storage.WriteStateAsync("s", id, state);
        await storage.ReadStateAsync("s", id, old);
        await storage.ClearStateAsync("s", id, state);
        Assert.Equal(("2", false, "none"), (state.ETag, state.RecordExists, state.Held!.Value));
        await Assert.ThrowsAsync<InconsistentStateException>(() => storage.WriteStateAsync("s", id, old));
        await Assert.ThrowsAsync<InconsistentStateException>(() => storage.ClearStateAsync("s", id, old));
        await storage.WriteStateAsync("s", id, state);
        Assert.Equal("3", state.ETag);
    }

    private AdoNetGrainStorageOptions Options() => new() { Invariant = "Npgsql", ConnectionString = database.ConnectionString };

    private Task<TestSilo> Start() => TestSilo.Start(silo => silo.AddAdoNetGrainStorage("database", options =>
    {
        options.Invariant = "Npgsql";
        options.ConnectionString = database.ConnectionString;
    }));

    private sealed class State : IGrainState<Watermark>
    {
        Watermark? IGrainState<Watermark>.State { get => Held; set => Held = value; }

        public Watermark? Held { get; set; } = new();

        public string? ETag { get; set; }

        public bool RecordExists { get; set; }
    }
}
