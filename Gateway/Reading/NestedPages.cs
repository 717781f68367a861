using GreenDonut;

namespace Q2C.Gateway.Reading;

/// <summary>One page of the list of one parent: a contract's invoices.</summary>
public abstract class NestedPage : IEquatable<NestedPage>
{
    // As they were asked for: the statement adds to the filter.
    private readonly string _sql;
    private readonly IReadOnlyList<object> _values;

    private protected NestedPage(Listing listing, PageRequest request, Criteria filter, string parentColumn, string parent)
    {
        (Listing, Request, Filter, ParentColumn, Parent) = (listing, request, filter, parentColumn, parent);
        (_sql, _values) = (filter.Sql, filter.Values);
    }

    internal Listing Listing { get; }

    internal PageRequest Request { get; }

    internal Criteria Filter { get; }

    internal string ParentColumn { get; }

    internal string Parent { get; }

    /// <summary>The same page of each of the parents.</summary>
    internal abstract Task<IReadOnlyDictionary<string, object>> Read(
        ReadModels readModels, IReadOnlyList<string> parents, CancellationToken cancel);

    /// <summary>Whether one statement can read both.</summary>
    internal bool IsLike(NestedPage other) => ReferenceEquals(this, other)
        || (GetType() == other.GetType() && ParentColumn == other.ParentColumn && Listing == other.Listing && Request == other.Request && _sql == other._sql
            && Rows.Write(_values) == Rows.Write(other._values));

    public bool Equals(NestedPage? other) => other is not null && IsLike(other) && Parent == other.Parent;

    public override bool Equals(object? obj) => Equals(obj as NestedPage);

    public override int GetHashCode() => HashCode.Combine(Listing.Table, ParentColumn, Parent);
}

/// <typeparam name="TRow">What its entries are read into.</typeparam>
internal sealed class NestedPage<TRow>(Listing listing, PageRequest request, Criteria filter, string parentColumn, string parent)
    : NestedPage(listing, request, filter, parentColumn, parent)
{
    internal override async Task<IReadOnlyDictionary<string, object>> Read(
        ReadModels readModels, IReadOnlyList<string> parents, CancellationToken cancel) =>
        (await readModels.Pages<TRow>(Listing, Request, Filter, ParentColumn, parents, cancel))
        .ToDictionary(page => page.Key, page => (object)page.Value);
}

/// <summary>Lists below the entries of a list: the same page of every parent is read by one statement.</summary>
public sealed class NestedPages(ReadModels readModels, IBatchScheduler scheduler, DataLoaderOptions options)
    : BatchDataLoader<NestedPage, object>(scheduler, options)
{
    internal async Task<Page<TRow>> Load<TRow>(
        Listing listing, PageRequest request, Criteria filter, string parentColumn, string parent, CancellationToken cancel) =>
        (Page<TRow>)await this.LoadRequiredAsync(new NestedPage<TRow>(listing, request, filter, parentColumn, parent), cancel);

    protected override async Task<IReadOnlyDictionary<NestedPage, object>> LoadBatchAsync(
        IReadOnlyList<NestedPage> keys, CancellationToken cancellationToken)
    {
        var found = new Dictionary<NestedPage, object>();
        var open = keys.ToList();
        while (open.Count > 0)
        {
            var alike = open.FindAll(open[0].IsLike);
            open.RemoveAll(alike.Contains);
            var pages = await alike[0].Read(readModels, [.. alike.Select(page => page.Parent)], cancellationToken);
            foreach (var page in alike) found.Add(page, pages[page.Parent]);
        }

        return found;
    }
}
