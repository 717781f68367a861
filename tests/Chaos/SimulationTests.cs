using Xunit.Abstractions;

namespace Q2C.Chaos;

/// <summary>A few hundred worlds; thousands with <c>Q2C_TEST_LONG=true</c>; one of them with <c>Q2C_TEST_SEED</c>.</summary>
public sealed class SimulationTests(ITestOutputHelper output)
{
    private const int Seeds = 200;
    private const int LongSeeds = 5_000;

    /// <summary>Engagements in a world: enough that they get into each other's way.</summary>
    private const int Lives = 8;

    [Fact]
    public void Whatever_goes_wrong_nothing_is_lost_or_doubled_and_everything_settles()
    {
        var seed = Environment.GetEnvironmentVariable("Q2C_TEST_SEED") is { Length: > 0 } one ? int.Parse(one) : (int?)null;
        var count = seed is not null ? 1 : Environment.GetEnvironmentVariable("Q2C_TEST_LONG") == "true" ? LongSeeds : Seeds;
        var results = Simulations.Run(seed ?? 1, count, Lives);
        var failed = results.Where(result => result.Violations.Count > 0).ToArray();
        foreach (var result in failed) output.WriteLine($"seed {result.Seed}: {string.Join("; ", result.Violations)}");
        Assert.Empty(failed.Select(result => result.Seed));
    }

    [Fact]
    public void The_same_seed_goes_the_same_way()
    {
        var first = Run();
        Assert.Equal(first, Run());

        static IEnumerable<(int, ulong, long)> Run() =>
            Simulations.Run(40, 4, Lives).Select(result => (result.Seed, result.Fingerprint, result.Steps));
    }
}
