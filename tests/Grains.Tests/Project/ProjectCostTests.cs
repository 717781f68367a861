using Q2C.Grains.Projects;
using static Q2C.Grains.Tests.Projects.Engagement;

namespace Q2C.Grains.Tests.Projects;

public sealed class ProjectCostTests
{
    private const int Arriving = 200;

    [Fact]
    public void A_record_costs_about_the_same_with_10_000_open_items_as_with_100()
    {
        _ = BytesPerRecord(100);
        var few = BytesPerRecord(100);
        var many = BytesPerRecord(10_000);

        // A hundred times the items is seven more levels of the trees, and not a hundred times the work.
        Assert.True(many < 2 * few, $"{few} bytes per record with 100 open items, {many} with 10,000");
    }

    /// <summary>What the arrival of records allocates, half of them before the end of the cap and half beyond.</summary>
    private static long BytesPerRecord(int open)
    {
        var half = ImplementationAt(150, 190, 220, open * 190 / 2);
        var life = new Life(ProjectState.Initial, [])
            .Next(Observed(Activated with { Terms = ChangeOrder(1, Start, half) }))
            .Next(Reported([.. Enumerable.Range(0, open).Select(i => Hours($"{i:000000}", 1 + (i * 28 / open), Senior, 1))]));
        var commands = Enumerable.Range(0, Arriving)
            .Select(i => Reported(Hours($"late {i}", 1 + (i % 28), Consultant, 1))).ToArray();
        var before = GC.GetAllocatedBytesForCurrentThread();
        _ = life.Next(commands);
        return (GC.GetAllocatedBytesForCurrentThread() - before) / Arriving;
    }
}
