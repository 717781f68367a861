namespace Q2C.Grains.Billing;

/// <summary>The order in which a line's work uses up its cap: by day, then source id, then version.</summary>
/// <param name="Rest">Item id of what a cap left of the work, which comes right after the work itself; null for the work.</param>
internal readonly record struct WorkKey(DateOnly Date, string SourceId, long Version, string? Rest = null) : IComparable<WorkKey>
{
    public int CompareTo(WorkKey other)
    {
        var order = Date.CompareTo(other.Date);
        if (order == 0) order = string.CompareOrdinal(SourceId, other.SourceId);
        if (order == 0) order = Version.CompareTo(other.Version);
        return order == 0 ? string.CompareOrdinal(Rest, other.Rest) : order;
    }
}

/// <summary>
/// An immutable balanced tree of values in order of their keys that knows the sum of each subtree: insertion, removal,
/// the sum before a key and the first key beyond a sum each take O(log n). Null is the empty tree.
/// </summary>
internal sealed class SumTree
{
    private readonly SumTree? _left;
    private readonly SumTree? _right;

    private SumTree(SumTree? left, WorkKey key, long value, SumTree? right)
    {
        (_left, Key, Value, _right) = (left, key, value, right);
        Height = 1 + Math.Max(HeightOf(left), HeightOf(right));
        Sum = SumOf(left) + value + SumOf(right);
    }

    public WorkKey Key { get; }

    public long Value { get; }

    public long Sum { get; }

    public int Height { get; }

    public static long SumOf(SumTree? tree) => tree?.Sum ?? 0;

    /// <summary>Adds the value, or replaces the one of the same key.</summary>
    public static SumTree With(SumTree? tree, WorkKey key, long value)
    {
        if (tree is null) return new(null, key, value, null);
        return key.CompareTo(tree.Key) switch
        {
            < 0 => Balance(With(tree._left, key, value), tree, tree._right),
            > 0 => Balance(tree._left, tree, With(tree._right, key, value)),
            _ => new(tree._left, key, value, tree._right),
        };
    }

    public static SumTree? Without(SumTree? tree, WorkKey key)
    {
        if (tree is null) return null;
        return key.CompareTo(tree.Key) switch
        {
            < 0 => Balance(Without(tree._left, key), tree, tree._right),
            > 0 => Balance(tree._left, tree, Without(tree._right, key)),
            _ => Join(tree._left, tree._right),
        };
    }

    /// <summary>The sum of all values before the key.</summary>
    public static long SumBefore(SumTree? tree, WorkKey key)
    {
        long sum = 0;
        while (tree is not null)
        {
            if (key.CompareTo(tree.Key) <= 0)
            {
                tree = tree._left;
                continue;
            }

            sum += SumOf(tree._left) + tree.Value;
            tree = tree._right;
        }

        return sum;
    }

    /// <summary>Null for the empty tree.</summary>
    public static WorkKey? Last(SumTree? tree)
    {
        while (tree?._right is not null) tree = tree._right;
        return tree?.Key;
    }

    /// <summary>The first key whose value no longer fits, when values are laid one after another into the room; null if all fit.</summary>
    public static WorkKey? FirstBeyond(SumTree? tree, long room)
    {
        WorkKey? found = null;
        while (tree is not null)
        {
            var upToHere = SumOf(tree._left) + tree.Value;
            if (upToHere > room)
            {
                found = tree.Key;
                tree = tree._left;
                continue;
            }

            room -= upToHere;
            tree = tree._right;
        }

        return found;
    }

    /// <summary>Keys and values from one key to another, both included, in order; null is no bound.</summary>
    public static IEnumerable<(WorkKey Key, long Value)> Between(SumTree? tree, WorkKey? from, WorkKey? to)
    {
        var path = new Stack<SumTree>();
        while (tree is not null || path.Count > 0)
        {
            while (tree is not null)
            {
                if (from is { } first && tree.Key.CompareTo(first) < 0)
                {
                    tree = tree._right;
                    continue;
                }

                path.Push(tree);
                tree = tree._left;
            }

            if (path.Count == 0) yield break;
            var next = path.Pop();
            if (to is { } last && next.Key.CompareTo(last) > 0) yield break;
            yield return (next.Key, next.Value);
            tree = next._right;
        }
    }

    private static int HeightOf(SumTree? tree) => tree?.Height ?? 0;

    private static SumTree? Join(SumTree? left, SumTree? right)
    {
        if (left is null) return right;
        if (right is null) return left;
        var first = right;
        while (first._left is not null) first = first._left;
        return Balance(left, first, Without(right, first.Key));
    }

    /// <summary>A tree of the two sides and the middle's own key, with heights that differ by one at most.</summary>
    private static SumTree Balance(SumTree? left, SumTree middle, SumTree? right)
    {
        if (HeightOf(left) > HeightOf(right) + 1)
        {
            var pivot = left!;
            return HeightOf(pivot._left) >= HeightOf(pivot._right)
                ? Node(pivot._left, pivot, Node(pivot._right, middle, right))
                : Node(Node(pivot._left, pivot, pivot._right!._left), pivot._right, Node(pivot._right._right, middle, right));
        }

        if (HeightOf(right) > HeightOf(left) + 1)
        {
            var pivot = right!;
            return HeightOf(pivot._right) >= HeightOf(pivot._left)
                ? Node(Node(left, middle, pivot._left), pivot, pivot._right)
                : Node(Node(left, middle, pivot._left!._left), pivot._left, Node(pivot._left._right, pivot, pivot._right));
        }

        return Node(left, middle, right);
    }

    private static SumTree Node(SumTree? left, SumTree middle, SumTree? right) => new(left, middle.Key, middle.Value, right);
}
