namespace HotChocolate.Execution;

/// <summary>
/// A composite value of a result while it is filled. Each node knows its place in its parent, so that a late null can
/// travel up and an error can name its path.
/// </summary>
internal abstract class ResultNode(ResultNode? parent, int slot, bool slotIsNonNull)
{
    public ResultNode? Parent { get; } = parent;
    public int Slot { get; } = slot;
    public bool SlotIsNonNull { get; } = slotIsNonNull;

    /// <summary>This value became null; what is below no longer matters.</summary>
    public bool IsVoid { get; set; }

    public bool IsDetached
    {
        get
        {
            for (var node = this; node is not null; node = node.Parent)
            {
                if (node.IsVoid)
                {
                    return true;
                }
            }

            return false;
        }
    }

    public Path PathTo(int slot) => Append(Parent is null ? Path.Root : Parent.PathTo(Slot), slot);

    public abstract void Set(int slot, object? value);

    protected abstract Path Append(Path path, int slot);
}

internal sealed class ObjectResult(SelectionPlan plan, ResultNode? parent, int slot, bool slotIsNonNull)
    : ResultNode(parent, slot, slotIsNonNull)
{
    public SelectionPlan Plan { get; } = plan;
    public object?[] Values { get; } = new object?[plan.Fields.Length];

    public override void Set(int slot, object? value) => Values[slot] = value;

    protected override Path Append(Path path, int slot) => path.Append(Plan.Fields[slot].ResponseName);
}

internal sealed class ListResult(Types.GraphType itemType, int capacity, ResultNode parent, int slot, bool slotIsNonNull)
    : ResultNode(parent, slot, slotIsNonNull)
{
    private object?[] _items = capacity == 0 ? [] : new object?[capacity];

    public Types.GraphType ItemType { get; } = itemType;
    public int Count { get; private set; }
    public ReadOnlySpan<object?> Items => _items.AsSpan(0, Count);

    public void Add(object? value)
    {
        if (Count == _items.Length)
        {
            Array.Resize(ref _items, Math.Max(4, Count * 2));
        }

        _items[Count++] = value;
    }

    public override void Set(int slot, object? value) => _items[slot] = value;

    protected override Path Append(Path path, int slot) => path.Append(slot);
}
