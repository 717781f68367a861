using Npgsql;
using Q2C.OperatorLogs;
using Q2C.Silo.Operations;
using Q2C.Silo.Tests;
using Q2C.Simulators.Demo;

namespace Q2C.EndToEnd;

/// <summary>The tools for the day on which something is wrong, as a platform engineer runs them after one story.</summary>
public sealed class RecoveryTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task What_differs_is_found_and_put_right_and_an_export_brought_into_an_empty_database_goes_on()
    {
        await using var town = await Town.Start();
        var folder = Directory.CreateTempSubdirectory("q2c-export-");
        var file = Path.Combine(folder.FullName, "journal.jsonl");
        DemoResult result;
        await using (var hub = await HubProcess.Start(town, postgres.ConnectionString, town.HubPort))
        {
            using var people = new HubClient(town.Hub);
            result = await town.Story(people).Play(default);
            await Ending.Is(Ending.Undisturbed, town, people, result);
            await Wait.Until(async () => await postgres.Database.Scalar<long>("select count(*) from q2c.connection_state") == 5);
            await Wait.Until(async () => await postgres.Database.Scalar<long>("select count(*) from q2c.effect where settled_at is null") == 0);

            var all = new Verify.Settings([], ReadModels: true, null, Vendors: true, DateTimeOffset.UtcNow.AddDays(-1), Repair: false, null);
            await Says(0, "vendors: they hold what was sent to them.", (data, output) => Verify.Database(data, all, output, default));

            await postgres.Database.Execute($"update q2c_read.invoice set outstanding_minor = 100 where id = '{result.Invoice}'");
            await postgres.Database.Execute($"delete from q2c_read.contract where id = '{result.Contract}'");
            await Says(1, $"{result.Invoice}: outstanding_minor is 100 and should be 0", (data, output) => Verify.Database(data, all, output, default));
            await Says(1, $"{result.Contract} is missing", (data, output) => Rebuild.ReadModels(data, dryRun: true, null, output, default));
            var repair = all with { Vendors = false, Repair = true, Reason = "Somebody wrote into the tables." };
            await Says(1, "rows are applied.", (data, output) => Verify.Database(data, repair, output, default));
            await Says(0, "every row is what the journal makes of it.", (data, output) => Rebuild.ReadModels(data, dryRun: true, null, output, default));
            await Ending.Is(Ending.Undisturbed, town, people, result);
            await postgres.Database.Execute("update q2c.stream_progress set received = 0 where target like 'eu_cu_%'");
            await Says(1, "have deliveries since", (data, output) => Rebuild.Streams(data, all.Since, "eu_cu_", dryRun: true, output, default));
            await Says(0, "streams are fetched to their end.", (data, output) => Rebuild.Streams(data, all.Since, "eu_cu_", dryRun: false, output, default));
            await Ending.Is(Ending.Undisturbed, town, people, result);
            await Says(0, "proves them anywhere", (data, output) => Verify.Export(data, new(file), ExportSelection.Everything, output, default));
        }

        var known = town.Records();
        var empty = await PostgresFixture.EmptyDatabase();
        await SaysOn(empty, 0, "Connections start held", "import", file);
        await SaysOn(empty, 1, "rows already; nothing was changed.", "import", file);
        await SaysOn(empty, 0, "rows are as they were written.", "verify");
        await using var database = NpgsqlDataSource.Create(empty);
        Assert.Equal(0, await database.Scalar<long>("select count(*) from q2c.effect where status <> 'accepted'"));
        foreach (var table in new[] { "xref", "api_key where grain not like 'connection/%'", "due", "effect" })
            Assert.Equal(
                (table, await postgres.Database.Scalar<long>($"select count(*) from q2c.{table}")),
                (table, await database.Scalar<long>($"select count(*) from q2c.{table}")));

        await using var again = await HubProcess.Start(town, empty, town.HubPort);
        using var elsewhere = new HubClient(town.Hub);
        await Ending.Is(Ending.Undisturbed, town, elsewhere, result);
        Assert.Equal(known, town.Records());
        folder.Delete(recursive: true);
    }

    /// <summary>As the command line runs it where Q2C is up.</summary>
    private async Task Says(int code, string sentence, Func<DirectoryInfo, TextWriter, Task<int>> command)
    {
        var data = Directory.CreateTempSubdirectory("q2c-data-");
        new RunFile(Environment.ProcessId, 0, 0, postgres.ConnectionString).Write(data);
        await using var output = new StringWriter();
        var returned = await command(data, output);
        Assert.True(returned == code && $"{output}".Contains(sentence, StringComparison.Ordinal), $"It returned {returned}:\n{output}");
        data.Delete(recursive: true);
    }

    private static async Task SaysOn(string database, int code, string sentence, params string[] arguments)
    {
        var (returned, output) = await HubProcess.Command(database, arguments);
        Assert.True(returned == code && output.Contains(sentence, StringComparison.Ordinal), $"{string.Join(' ', arguments)} returned {returned}:\n{output}");
    }
}
