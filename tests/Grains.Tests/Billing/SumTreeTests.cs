using FsCheck;
using FsCheck.Fluent;
using Q2C.Grains.Billing;
using static Q2C.Grains.Tests.Projects.Engagement;

namespace Q2C.Grains.Tests.Billing;

public sealed class SumTreeTests
{
    [Fact]
    public void It_answers_like_a_sorted_list() =>
        Prop.ForAll(ArbMap.Default.ArbFor<(byte Key, byte Value)[]>(), Act).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    [Fact]
    public void It_stays_flat()
    {
        SumTree? tree = null;
        for (var i = 0; i < 10_000; i++) tree = SumTree.With(tree, Key(i), 1);
        Assert.Equal(10_000, SumTree.SumOf(tree));
        Assert.InRange(tree!.Height, 14, 19);       // at most 1.44 × log2(10,002) + 1
        for (var i = 0; i < 9_900; i++) tree = SumTree.Without(tree, Key(i));
        Assert.Equal(100, SumTree.SumOf(tree));
        Assert.InRange(tree!.Height, 7, 9);
    }

    /// <summary>An even value adds, an odd one removes; after each step the tree agrees with the list in every answer.</summary>
    private static void Act((byte Key, byte Value)[] steps)
    {
        SumTree? tree = null;
        var list = new SortedDictionary<WorkKey, long>();
        foreach (var (number, value) in steps)
        {
            var key = Key(number % 32);
            if (value % 2 == 0) list[key] = value;
            else list.Remove(key);
            tree = value % 2 == 0 ? SumTree.With(tree, key, value) : SumTree.Without(tree, key);

            Assert.Equal(list.Select(pair => (pair.Key, pair.Value)), SumTree.Between(tree, null, null));
            Assert.Equal(list.Values.Sum(), SumTree.SumOf(tree));
            Assert.Equal(list.Where(pair => pair.Key.CompareTo(key) < 0).Sum(pair => pair.Value), SumTree.SumBefore(tree, key));
            Assert.Equal(FirstBeyond(list, value), SumTree.FirstBeyond(tree, value));
            Assert.Equal(
                list.Where(pair => pair.Key.CompareTo(Key(8)) >= 0 && pair.Key.CompareTo(key) <= 0).Select(pair => (pair.Key, pair.Value)),
                SumTree.Between(tree, Key(8), key));
        }
    }

    private static WorkKey? FirstBeyond(SortedDictionary<WorkKey, long> list, long room)
    {
        foreach (var (key, value) in list)
            if ((room -= value) < 0) return key;
        return null;
    }

    /// <summary>Keys whose order is decided by the day, then the source, then the version.</summary>
    private static WorkKey Key(int number) => new(March(1).AddDays(number / 8), $"time_entry/{number / 2 % 4}", number % 2);
}
