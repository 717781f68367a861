namespace Q2C.Gateway.Reading;

/// <summary>A sorted table or view of the read models. An index ends in the sort and the id, which breaks ties.</summary>
/// <param name="Sort">The column or expression that the list is sorted by; never null.</param>
/// <param name="SortType">Its SQL type.</param>
/// <param name="IdType">The SQL type of the id.</param>
internal sealed record Listing(
    string Table, string Sort, string SortType, bool Descending, string Id = "id", string IdType = "text")
{
    /// <summary>Tells the cursors of this list and ordering from all others.</summary>
    public string Name => $"{Table}.{Sort}";

    /// <summary>The same list in the order that a caller asked for; as it is if none was.</summary>
    public Listing By<TField>(OrderBy<TField>? order, Func<TField, (string Sort, string Type)> column) where TField : struct, Enum
    {
        if (order is null) return this;
        var (sort, type) = column(order.Field);
        return this with { Sort = sort, SortType = type, Descending = order.Direction == OrderDirection.Desc };
    }
}

public enum OrderDirection { Asc, Desc }

/// <summary>The ordering that a caller asks for: an input <c>{ field, direction }</c>.</summary>
public sealed record OrderBy<TField>(TField Field, OrderDirection Direction) where TField : struct, Enum;
