namespace Q2C.Gateway.Reading;

/// <summary>The SQL of a page, and what comes of its rows.</summary>
internal static class PageStatement
{
    /// <summary>
    /// Rows of parent, behind, sort, id, and the columns of the entry. One entry more than the page tells whether there is
    /// more; one look to the other side of the cursor, whether there is something behind it: its row is there even if the
    /// page is empty.
    /// </summary>
    public static string For<TRow>(
        Listing listing, PageRequest request, Criteria filter, string? parentColumn, IReadOnlyList<string> parents)
    {
        var descending = listing.Descending != request.Backwards;
        var direction = descending ? "desc" : "asc";
        var table = $"q2c_read.{listing.Table} t";
        if (request.From is null && parents is [var only]) return First<TRow>(listing, request, filter, parentColumn, only, direction);
        if (parentColumn is not null) filter.Add($"t.{parentColumn} = parent.id");
        var (page, behind) = (filter.Sql, "false");
        if (request.From?.Of(listing) is { } cursor)
        {
            var place = $"({filter.Parameter(cursor.Sort)}::text::{listing.SortType}, {filter.Parameter(cursor.Id)}::text::{listing.IdType})";
            var key = $"({listing.Sort}, t.{listing.Id})";
            behind = $"exists (select from {table} where {page} and {key} {(descending ? ">=" : "<=")} {place})";
            page = $"{page} and {key} {(descending ? '<' : '>')} {place}";
        }

        return
            $"""
            select parent.id, look.behind, entry.place_sort::text, entry.place_id::text, {RowReader<TRow>.Columns("entry")}
            from unnest({filter.Parameter(parents.ToArray())}::text[]) parent(id)
            cross join lateral (select {behind} as behind) look
            left join lateral (
                select {listing.Sort} as place_sort, t.{listing.Id} as place_id, {RowReader<TRow>.Columns("t")} from {table}
                where {page} order by 1 {direction}, 2 {direction} limit {request.Size + 1}) entry on true
            order by parent.id, entry.place_sort {direction}, entry.place_id {direction}
            """;
    }

    /// <summary>The first page of one list, which is what most ask for: a statement without more around it. An empty page has no rows.</summary>
    private static string First<TRow>(
        Listing listing, PageRequest request, Criteria filter, string? parentColumn, string parent, string direction)
    {
        var of = $"{filter.Parameter(parent)}::text";
        if (parentColumn is not null) filter.Add($"t.{parentColumn} = {of}");
        return
            $"""
            select {of}, false, ({listing.Sort})::text as place_sort, t.{listing.Id}::text as place_id, {RowReader<TRow>.Columns("t")}
            from q2c_read.{listing.Table} t where {filter.Sql}
            order by {listing.Sort} {direction}, t.{listing.Id} {direction} limit {request.Size + 1}
            """;
    }

    /// <summary>A page as its rows come.</summary>
    public sealed class Reading<TRow>(Listing listing, PageRequest request, bool behind)
    {
        private readonly List<Edge<TRow>> _edges = new(request.Size + 1);
        private readonly string _name = listing.Name;

        public void Add(TRow row, string sort, string id) => _edges.Add(new(new(_name, sort, id), row));

        public Page<TRow> ToPage()
        {
            var more = _edges.Count > request.Size;
            if (more) _edges.RemoveAt(_edges.Count - 1);
            if (request.Backwards) _edges.Reverse();
            return new(_edges, new(
                request.Backwards ? behind : more, request.Backwards ? more : behind,
                _edges.FirstOrDefault()?.Cursor, _edges.LastOrDefault()?.Cursor));
        }
    }
}
