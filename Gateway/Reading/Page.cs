using System.Buffers.Text;
using System.Text;
using System.Text.Unicode;

namespace Q2C.Gateway.Reading;

/// <summary>A page of a list, in the order of the list.</summary>
public sealed record Page<T>(IReadOnlyList<Edge<T>> Edges, PageInfo PageInfo)
{
    public IEnumerable<T> Nodes => Edges.Select(edge => edge.Node);

    /// <summary>Counts what the filter lets through, on whatever page it is.</summary>
    internal Func<CancellationToken, Task<long>>? Count { private get; init; }

    /// <summary>Counted when it is asked for. Only for connections whose schema offers it.</summary>
    public async Task<long> GetTotalCount(CancellationToken cancel) => Count is null
        ? throw new InvalidOperationException($"A page of {typeof(T).Name} does not count.")
        : await Count(cancel);

    public Page<TNode> Select<TNode>(Func<T, TNode> node) =>
        new([.. Edges.Select(edge => new Edge<TNode>(edge.Place, node(edge.Node)))], PageInfo) { Count = Count };
}

public sealed record Edge<T>
{
    internal Edge(Cursor place, T node) => (Place, Node) = (place, node);

    /// <summary>Written when it is asked for.</summary>
    public string Cursor => Place.ToString();

    public T Node { get; }

    internal Cursor Place { get; }
}

public sealed record PageInfo(bool HasNextPage, bool HasPreviousPage, string? StartCursor, string? EndCursor);

/// <summary>Which page of a list: from its start or after a cursor, or from its end or before a cursor.</summary>
public sealed record PageRequest(int Size, bool Backwards, Cursor? From)
{
    public const int DefaultSize = 20;

    /// <summary>Throws a GraphQL error for cursors that cannot be.</summary>
    public static PageRequest Of(int? first, string? after, int? last = null, string? before = null)
    {
        if (first is not null && last is not null) throw Bad("Give first or last, not both.");
        if (after is not null && before is not null) throw Bad("Give after or before, not both.");
        var backwards = last is not null || (before is not null && first is null);
        if (backwards && after is not null) throw Bad("A page that is counted from the end takes before, not after.");
        if (!backwards && before is not null) throw Bad("A page that is counted from the start takes after, not before.");
        return new(
            (backwards ? last : first) ?? DefaultSize, backwards,
            (backwards ? before : after) is { } cursor ? Cursor.Parse(cursor) : null);
    }

    /// <summary>Throws a GraphQL error for a page that is larger than pages may be, or empty.</summary>
    internal void MustFit(int most)
    {
        if (Size < 1 || Size > most) throw Bad($"A page has 1 to {most} entries; {Size} were asked for.");
    }

    private static GraphQLException Bad(string message) => Failures.BadInput(message);
}

/// <summary>A place in a list: which list and ordering, the value that it is sorted by, and the entry's id.</summary>
public sealed record Cursor(string List, string Sort, string Id)
{
    private const char Separator = '\n';
    private const int MostAreShorter = 256;

    public override string ToString()
    {
        Span<byte> plain = stackalloc byte[MostAreShorter];
        return Utf8.TryWrite(plain, $"{List}{Separator}{Sort}{Separator}{Id}", out var length)
            ? Base64Url.EncodeToString(plain[..length])
            : Base64Url.EncodeToString(Encoding.UTF8.GetBytes($"{List}{Separator}{Sort}{Separator}{Id}"));
    }

    /// <summary>Throws a GraphQL error for a text that is no cursor.</summary>
    public static Cursor Parse(string text)
    {
        var plain = Base64Url.IsValid(text) ? Encoding.UTF8.GetString(Base64Url.DecodeFromChars(text)) : "";
        var (first, last) = (plain.IndexOf(Separator), plain.LastIndexOf(Separator));
        return first > 0 && last > first
            ? new(plain[..first], plain[(first + 1)..last], plain[(last + 1)..])
            : throw Failures.BadInput($"'{text}' is not a cursor of this list.");
    }

    /// <summary>Throws a GraphQL error for a cursor of another list or ordering.</summary>
    internal Cursor Of(Listing listing) => List == listing.Name
        ? this
        : throw Failures.BadInput($"'{this}' is not a cursor of this list: it belongs to another one, or to another ordering.");
}
