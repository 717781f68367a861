using System.Buffers.Text;
using System.Text;

namespace Q2C.Gateway.Reading;

/// <summary>A page of a list, in the order of the list.</summary>
public sealed record Page<T>(IReadOnlyList<Edge<T>> Edges, PageInfo PageInfo)
{
    public IEnumerable<T> Nodes => Edges.Select(edge => edge.Node);

    public Page<TNode> Select<TNode>(Func<T, TNode> node) =>
        new([.. Edges.Select(edge => new Edge<TNode>(edge.Cursor, node(edge.Node)))], PageInfo);
}

public sealed record Edge<T>(string Cursor, T Node);

public sealed record PageInfo(bool HasNextPage, bool HasPreviousPage, string? StartCursor, string? EndCursor);

/// <summary>Which page of a list: from its start or after a cursor, or from its end or before a cursor.</summary>
public sealed record PageRequest(int Size, bool Backwards, Cursor? From)
{
    public const int DefaultSize = 20;
    public const int MaxSize = 100;

    /// <summary>Throws a GraphQL error for sizes and cursors that cannot be.</summary>
    public static PageRequest Of(int? first, string? after, int? last = null, string? before = null)
    {
        if (first is not null && last is not null) throw Bad("Give first or last, not both.");
        if (after is not null && before is not null) throw Bad("Give after or before, not both.");
        var backwards = last is not null || (before is not null && first is null);
        if (backwards && after is not null) throw Bad("A page that is counted from the end takes before, not after.");
        if (!backwards && before is not null) throw Bad("A page that is counted from the start takes after, not before.");
        var size = (backwards ? last : first) ?? DefaultSize;
        if (size is < 1 or > MaxSize) throw Bad($"A page has 1 to {MaxSize} entries; {size} were asked for.");
        return new(size, backwards, (backwards ? before : after) is { } cursor ? Cursor.Parse(cursor) : null);
    }

    private static GraphQLException Bad(string message) => Failures.BadInput(message);
}

/// <summary>A place in a list: the value that the list is sorted by, and the entry's id.</summary>
public sealed record Cursor(string Sort, string Id)
{
    private const char Separator = '\n';

    public override string ToString() => Base64Url.EncodeToString(Encoding.UTF8.GetBytes($"{Sort}{Separator}{Id}"));

    /// <summary>Throws a GraphQL error for a text that is no cursor.</summary>
    public static Cursor Parse(string text)
    {
        var bytes = new byte[text.Length];
        var plain = Base64Url.TryDecodeFromChars(text, bytes, out var length) ? Encoding.UTF8.GetString(bytes, 0, length) : "";
        return plain.LastIndexOf(Separator) is > 0 and var end
            ? new(plain[..end], plain[(end + 1)..])
            : throw Failures.BadInput($"'{text}' is not a cursor of this list.");
    }
}
