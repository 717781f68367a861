using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using Q2C.Grains;
using Q2C.Grains.Journal;
using Q2C.Grains.PolicyDocuments;
using Q2C.Grains.Shell;
using Q2C.Policies;
using Q2C.Silo.Connectors;
using Q2C.Silo.Effects;
using Q2C.Silo.Journal;
using Q2C.Silo.Policies;
using Q2C.Silo.Streams;
using Q2C.Silo.Tests.Connectors;
using Q2C.Silo.Tests.Effects;

namespace Q2C.Silo.Tests.Policies;

/// <summary>Silos and what holds: the first start, new versions without a restart, and what shaped what.</summary>
public sealed class PolicyWatchTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>, IDisposable
{
    private const string Table = "maps/taxes/taxes";
    private static readonly Actor Olga = new("olga", [Roles.Operator]);
    private static readonly Actor Frank = new("frank", [Roles.FinanceApprover]);

    private readonly string _folder = Directory.CreateTempSubdirectory("q2c-policies-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_new_version_holds_without_a_restart_and_each_effect_says_which_versions_shaped_it()
    {
        Files(TaxOf(19));
        var grains = new RecordingRouter();
        using var silo = Silo(grains);
        await silo.StartAsync();
        Assert.Equal(
            "alerts 1, bulk-actions 1, exceptions 1, legal-entities 1, limits 1, maps/taxes/taxes 1, project-templates 1",
            string.Join(", ", Documents(silo).Texts.Select(text => $"{text.Key} {text.Value.Version}")));

        await Ask("before");
        await Wait.Until(() => grains.Reports.Any(report => report.Key == "before/1"));
        await Change(silo, TaxOf(7), version: 2);
        await Wait.Until(() => Documents(silo).Texts[Table].Version == 2);
        await Ask("after");
        await Wait.Until(() => grains.Reports.Any(report => report.Key == "after/1"));
        await Wait.Until(async () => await postgres.Database.Scalar<long>("select count(*) from q2c.effect where settled_at is null") == 0);
        await silo.StopAsync();

        var taxes = grains.Reports.Select(report => ((TaxAnswer)((EffectOutcome.Accepted)report.Outcome).Answer!).Total.Minor).ToList();
        Assert.Equal((19m, 7m), (Percent(taxes[0]), Percent(taxes[1])));
        Assert.Equal(
            ["after 2", "before 1"],
            (await postgres.Database.Scalar<string>(
                $"""
                select string_agg(e.id || ' ' || (s.documents ->> '{Table}'), ',' order by e.id)
                from q2c.effect e join q2c.policy_set s on s.version = e.policies
                """)).Split(','));

        // What the files say by now changes nothing that holds.
        Files(TaxOf(50));
        using var again = Silo(new RecordingRouter());
        await again.StartAsync();
        Assert.Contains("percent: 7", Documents(again).Texts[Table].Text, StringComparison.Ordinal);
        await again.StopAsync();
    }

    private static decimal Percent(long tax) => Math.Round(100m * tax / Samples.Tax.Lines.Sum(line => line.Net.Minor), 1);

    private static PolicyDocuments Documents(IHost silo) => silo.Services.GetRequiredService<PoliciesInForce>().Documents;

    private static string TaxOf(int percent) =>
        $$"""
        rules:
          - { from: "*", to: "*", taxes: [ { code: vat, percent: {{percent}} } ] }
        """;

    private void Files(string table)
    {
        foreach (var file in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Policies", "sample")))
            File.Copy(file, Path.Combine(_folder, Path.GetFileName(file)), overwrite: true);
        Directory.CreateDirectory(Path.Combine(_folder, "maps", "taxes"));
        File.WriteAllText(Path.Combine(_folder, Table + ".yaml"), table);
    }

    private static async Task Change(IHost silo, string text, int version)
    {
        var policy = new AggregateShell<PolicyState>(
            PolicyNames.IdOf("eu", Table), Policy.Decider, silo.Services.GetRequiredService<IJournal>(),
            silo.Services.GetRequiredService<IPolicySource>(), TimeProvider.System);
        (Command Command, Actor By)[] steps = [(new ProposePolicy(Table, text, null, "r"), Olga), (new SubmitPolicy(version, "r"), Olga), (new ApprovePolicy(version, null), Frank)];
        foreach (var (command, by) in steps)
            Assert.Equal([], (await policy.Execute(new($"{command.GetType().Name}/{version}", command, by, "test"))).Problems);
    }

    private IHost Silo(ICommandRouter grains)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Q2C:Policies"] = _folder,
            ["Q2C:Connections:taxes:Vendor"] = "taxtable",
            ["Q2C:Connections:taxes:BaseAddress"] = "https://nowhere.example",
        });
        builder.Services.AddSingleton(postgres.Options);
        builder.Services.AddSingleton(postgres.Connect());
        builder.Services.AddSingleton<IJournal>(provider => new PostgresJournal(provider.GetRequiredService<NpgsqlDataSource>(), postgres.Options));
        builder.Services.AddSingleton<ILeaseStore, PostgresLeases>().AddSingleton<LeaseKeeper>();
        builder.Services.AddSingleton<Wakeups>().AddHostedService<WakeupRelay>();
        builder.Services.AddSingleton(grains);
        builder.Services.AddConnectors(builder.Configuration);
        builder.Services.AddEffects();
        builder.Services.AddSingleton(provider => new PolicyArchive(
            provider.GetRequiredService<NpgsqlDataSource>(), provider.GetRequiredService<IJournal>(), "eu", TimeProvider.System));
        builder.Services.AddHostedService<PolicyWatch>();
        return builder.Build();
    }

    private async Task Ask(string id)
    {
        await using var command = postgres.Database.CreateCommand(
            """
            insert into q2c.effect (id, connection, subject, operation, grain, version, correlation, next_at, created_at, updated_at)
            values ($1, 'taxes', $1, $2, $1, 1, 'correlation', now(), now(), now())
            """);
        foreach (var value in new object[] { id, WireFormat.Write<Operation>(new RecordTax(Samples.Tax)).ToArray() })
            command.Parameters.Add(new() { Value = value });
        await command.ExecuteNonQueryAsync();
    }
}
