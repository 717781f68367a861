using System.Collections.Concurrent;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Q2C.Grains.Journal;
using Q2C.Silo.Connectors;
using Q2C.Silo.Effects;
using Q2C.Silo.Journal;
using Q2C.Silo.Streams;
using Q2C.Silo.Tests.Connectors;

namespace Q2C.Silo.Tests.Effects;

/// <summary>The hosted service as a silo runs it, on real time.</summary>
public sealed class ConnectionHostTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task Two_silos_on_one_database_send_each_effect_once()
    {
        var vendor = new CountingVendor();
        var grains = new RecordingRouter();
        using var one = Silo(vendor, grains);
        using var other = Silo(vendor, grains);
        await Task.WhenAll(one.StartAsync(), other.StartAsync());
        for (var i = 0; i < 40; i++) await Ask($"h{i}", "counting", $"eu_inv_{i % 7}");
        await Ask("lost", "nowhere", "eu_inv_1");
        await Wait.Until(async () => await postgres.Database.Scalar<long>(
            "select count(*) from q2c.effect where settled_at is not null") >= 10);
        await one.StopAsync();
        await Wait.Until(async () => await postgres.Database.Scalar<long>(
            "select count(*) from q2c.effect where settled_at is null") == 0);
        await other.StopAsync();
        Assert.Equal(Enumerable.Range(0, 40).Select(i => $"h{i}").Order(), vendor.Sent.Order());
        Assert.Equal("CONNECTION_MISSING", ((EffectOutcome.Refused)grains.Reports.Single(r => r.Key == "lost/1").Outcome).Code);
        Assert.Equal(41, grains.Reports.Count());
    }

    [Fact]
    public void All_that_is_wrong_with_the_connections_shows_in_one_message()
    {
        using var silo = Silo(new CountingVendor(), new RecordingRouter(), new()
        {
            ["Q2C:Connections:a:Vendor"] = "sap",
            ["Q2C:Connections:a:BaseAddress"] = "https://sap.example",
            ["Q2C:Connections:b:Vendor"] = "netsuite",
            ["Q2C:Connections:b:BaseAddress"] = "https://netsuite.example",
            ["Q2C:Connections:b:Options:clientId"] = "id",
        });
        var error = Assert.Throws<ConfigurationException>(() => silo.Services.GetRequiredService<ConnectorRegistry>());
        Assert.Equal(
            "Q2C:Connections:a:Vendor is 'sap'; known are avatax, businesscentral, certinia, counting, docusign, jira, kantata, mail, netsuite, salesforce, stripe, taxtable, webhook.\n"
            + "Q2C:Connections:b:Options:certificateId is not set; the netsuite connection needs it.", error.Message);
    }

    [Theory]
    [InlineData("Vendor", "", "Q2C:Connections:x:Vendor is not set.")]
    [InlineData("BaseAddress", "ftp://x", "Q2C:Connections:x:BaseAddress must be an http(s) or smtp(s) address, found 'ftp://x'.")]
    [InlineData("Adress", "https://x", "Q2C:Connections:x:Adress is not a setting of a connection; known are BaseAddress, Links, Options, Secrets, Vendor, Webhook.")]
    public void A_setting_that_cannot_work_is_named(string setting, string value, string error)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Q2C:Connections:x:Vendor"] = "netsuite",
            ["Q2C:Connections:x:BaseAddress"] = "https://x",
            [$"Q2C:Connections:x:{setting}"] = value,
        }).Build();
        Assert.Equal(error, Assert.Throws<ConfigurationException>(() => ConnectionSettings.Read(configuration)).Message);
    }

    [Theory]
    [InlineData(null, "Q2C:Connections:netsuite:Secrets:key is not set; the netsuite connection needs it.")]
    [InlineData("hunter2", "Q2C:Connections:netsuite:Secrets:key must name where the secret is (env:NAME or file:/path), not contain it.")]
    [InlineData("env:Q2C_NO_SUCH_VARIABLE", "Q2C:Connections:netsuite:Secrets:key refers to env:Q2C_NO_SUCH_VARIABLE, which is empty or not set.")]
    public void A_secret_is_referred_to_and_never_shown(string? reference, string error)
    {
        var settings = Vendors.Settings("netsuite", new("https://x"), [], reference is null ? [] : new() { ["key"] = reference });
        Assert.Equal(error, Assert.Throws<ConfigurationException>(() => settings.Secret("key")).Message);
    }

    private IHost Silo(IVendor vendor, ICommandRouter grains, Dictionary<string, string?>? configuration = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Configuration.AddInMemoryCollection(configuration ?? new()
        {
            ["Q2C:Connections:counting:Vendor"] = "counting",
            ["Q2C:Connections:counting:BaseAddress"] = "https://counting.example",
        });
        builder.Services.AddSingleton(postgres.Options);
        builder.Services.AddSingleton(postgres.Connect());
        builder.Services.AddSingleton<ILeaseStore, PostgresLeases>().AddSingleton<LeaseKeeper>();
        builder.Services.AddSingleton<Wakeups>().AddHostedService<WakeupRelay>();
        builder.Services.AddSingleton(grains);
        builder.Services.AddSingleton(vendor);
        builder.Services.AddConnectors(builder.Configuration);
        builder.Services.AddEffects();
        return builder.Build();
    }

    private async Task Ask(string id, string connection, string subject)
    {
        await using var command = postgres.Database.CreateCommand(
            """
            insert into q2c.effect (
                id, connection, subject, operation, grain, version, correlation, next_at, created_at, updated_at)
            values ($1, $2, $3, $4, $3, 1, 'correlation', now(), now(), now())
            """);
        foreach (object value in new object[] { id, connection, subject, WireFormat.Write<Operation>(new CommitTax(subject)).ToArray() })
            command.Parameters.Add(new() { Value = value });
        await command.ExecuteNonQueryAsync();
    }

    private sealed class CountingVendor : IVendor
    {
        public ConcurrentQueue<string> Sent { get; } = new();

        public string Name => "counting";

        public ConnectionParts Connect(ConnectorContext context)
        {
            var connector = new ScriptedConnector(context.Settings.Name);
            connector.OnSend = effect =>
            {
                Sent.Enqueue(effect.Id);
                return Task.Delay(5);
            };
            return new(connector);
        }
    }
}
