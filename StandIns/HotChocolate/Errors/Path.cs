using System.Text;

namespace HotChocolate;

/// <summary>The place of a value in a result, from the root down; a linked list with the leaf as its head.</summary>
public abstract class Path : IEquatable<Path>
{
    private protected Path(Path? parent)
    {
        Parent = parent!;
        Length = parent is null ? 0 : parent.Length + 1;
    }

    public static Path Root { get; } = new RootPathSegment();

    public Path Parent { get; }

    public int Length { get; }

    public bool IsRoot => Length == 0;

    public Path Append(string name) => new NamePathSegment(this, name);

    public Path Append(int index) => new IndexerPathSegment(this, index);

    public IReadOnlyList<object> ToList()
    {
        var items = new object[Length];
        for (var path = this; !path.IsRoot; path = path.Parent)
        {
            items[path.Length - 1] = path switch
            {
                NamePathSegment name => name.Name,
                IndexerPathSegment index => index.Index,
                _ => throw new InvalidOperationException("A path holds names and indexes."),
            };
        }

        return items;
    }

    public static Path FromList(params object[] elements) => elements.Aggregate(Root, (path, element) => element switch
    {
        string name => path.Append(name),
        int index => path.Append(index),
        _ => throw new ArgumentException("A path holds strings and integers.", nameof(elements)),
    });

    public string Print()
    {
        var text = new StringBuilder();
        foreach (var item in ToList())
        {
            text.Append(item is int ? $"[{item}]" : $"/{item}");
        }

        return text.Length == 0 ? "/" : text.ToString();
    }

    public bool Equals(Path? other) => other is not null && ToList().SequenceEqual(other.ToList());

    public override bool Equals(object? obj) => Equals(obj as Path);

    public override int GetHashCode() => ToList().Aggregate(0, HashCode.Combine);

    public override string ToString() => Print();
}

public sealed class RootPathSegment : Path
{
    internal RootPathSegment() : base(null)
    {
    }
}

public sealed class NamePathSegment : Path
{
    internal NamePathSegment(Path parent, string name) : base(parent) => Name = name;

    public string Name { get; }
}

public sealed class IndexerPathSegment : Path
{
    internal IndexerPathSegment(Path parent, int index) : base(parent) => Index = index;

    public int Index { get; }
}
