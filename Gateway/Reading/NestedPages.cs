using GreenDonut;

namespace Q2C.Gateway.Reading;

/// <summary>One page of the list of one parent: a contract's invoices.</summary>
public sealed class NestedPage : IEquatable<NestedPage>
{
    // As they were asked for: the statement adds to the filter.
    private readonly string _sql;
    private readonly IReadOnlyList<object> _values;

    private NestedPage(Listing listing, PageRequest request, Criteria filter, string parentColumn, string parent)
    {
        (Listing, Request, Filter, ParentColumn, Parent) = (listing, request, filter, parentColumn, parent);
        (_sql, _values) = (filter.Sql, filter.Values);
    }

    internal Listing Listing { get; }

    internal PageRequest Request { get; }

    internal Criteria Filter { get; }

    internal string ParentColumn { get; }

    internal string Parent { get; }

    internal static NestedPage Of(
        Listing listing, PageRequest request, Criteria filter, string parentColumn, string parent) =>
        new(listing, request, filter, parentColumn, parent);

    /// <summary>Whether one statement can read both.</summary>
    internal bool IsLike(NestedPage other) => ReferenceEquals(this, other)
        || (ParentColumn == other.ParentColumn && Listing == other.Listing && Request == other.Request && _sql == other._sql
            && Rows.Write(_values) == Rows.Write(other._values));

    public bool Equals(NestedPage? other) => other is not null && IsLike(other) && Parent == other.Parent;

    public override bool Equals(object? obj) => Equals(obj as NestedPage);

    public override int GetHashCode() => HashCode.Combine(Listing.Table, ParentColumn, Parent);
}

/// <summary>
/// Lists below the entries of a list: the same page of every parent is read by one statement. The entries are JSON, as
/// the read models have them.
/// </summary>
public sealed class NestedPages(ReadModels readModels, IBatchScheduler scheduler, DataLoaderOptions options)
    : BatchDataLoader<NestedPage, Page<byte[]>>(scheduler, options)
{
    internal async Task<Page<T>> Load<T>(NestedPage page, CancellationToken cancel) =>
        (await this.LoadRequiredAsync(page, cancel)).Select<T>(Rows.Read<T>);

    protected override async Task<IReadOnlyDictionary<NestedPage, Page<byte[]>>> LoadBatchAsync(
        IReadOnlyList<NestedPage> keys, CancellationToken cancellationToken)
    {
        var found = new Dictionary<NestedPage, Page<byte[]>>();
        var open = keys.ToList();
        while (open.Count > 0)
        {
            var alike = open.FindAll(open[0].IsLike);
            open.RemoveAll(alike.Contains);
            var pages = await readModels.Pages(
                alike[0].Listing, alike[0].Request, alike[0].Filter, alike[0].ParentColumn, [.. alike.Select(page => page.Parent)],
                cancellationToken);
            foreach (var page in alike) found.Add(page, pages[page.Parent]);
        }

        return found;
    }
}
