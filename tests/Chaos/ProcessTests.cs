using Xunit.Abstractions;

namespace Q2C.Chaos;

/// <summary>As many disturbances as there is time for; ten minutes of them with <c>Q2C_TEST_LONG=true</c>.</summary>
public sealed class ProcessTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(25);
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(10);

    [Fact]
    public async Task Whatever_is_killed_paused_or_cut_off_nothing_is_lost_or_doubled_and_everything_settles()
    {
        var isLong = Environment.GetEnvironmentVariable("Q2C_TEST_LONG") == "true";
        var seed = Environment.GetEnvironmentVariable("Q2C_TEST_SEED") is { Length: > 0 } one ? int.Parse(one) : 1;
        var result = await Processes.Chaos.Run(
            new(seed, isLong ? Long : Short, Hubs: 2, Apart: isLong, TimeSpan.FromSeconds(4)), output.WriteLine, default);
        using var report = new StringWriter();
        result.Write(report);
        output.WriteLine($"{report}");
        Assert.True(result.Violations is [], $"{report}");
    }
}
