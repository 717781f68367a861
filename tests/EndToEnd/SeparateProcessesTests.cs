using System.Security.Cryptography;
using Q2C.Silo.Tests;
using Q2C.Simulators.Demo;

namespace Q2C.EndToEnd;

/// <summary>Gateway and silo as processes of their own: every call between them crosses HTTP/2 under the shared key.</summary>
public sealed class SeparateProcessesTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task A_gateway_of_its_own_reaches_the_grains_of_a_silo_and_the_story_ends_the_same()
    {
        await using var town = await Town.Start();
        var key = Path.GetTempFileName();
        await File.WriteAllTextAsync(key, RandomNumberGenerator.GetHexString(64));
        var siloPort = Town.FreePort();
        await using var silo = await HubProcess.StartSilo(town, postgres.ConnectionString, siloPort, key);
        await using var gateway = await HubProcess.StartGateway(town, postgres.ConnectionString, town.HubPort, siloPort, key);
        using var client = new HubClient(gateway.Address);

        DemoResult result;
        try
        {
            result = await town.Story(client).Play(default);
        }
        catch (Exception failure)
        {
            throw new InvalidOperationException($"{failure.Message}\n--- gateway\n{gateway.Output}\n--- silo\n{silo.Output}", failure);
        }

        await Ending.Is(Ending.Undisturbed, town, client, result);

#if !OFFICIAL_PACKAGES
        // Orleans' silos know no key: who reaches the database and the silo's port belongs to the cluster.
        await File.WriteAllTextAsync(key, RandomNumberGenerator.GetHexString(64));
        await using var stranger = await HubProcess.StartGateway(town, postgres.ConnectionString, Town.FreePort(), siloPort, key);
        using var forged = new HubClient(stranger.Address);
        await Assert.ThrowsAsync<InvalidOperationException>(() => forged.Query(
            DemoStory.Operator, "query($id: ID!) { contract(id: $id) { status } }", new() { ["id"] = result.Contract }));
#endif
        File.Delete(key);
    }
}
