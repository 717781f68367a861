using GreenDonut;

namespace Q2C.Gateway.Reading;

/// <summary>One page of the list of one parent: a contract's invoices.</summary>
public sealed class NestedPage : IEquatable<NestedPage>
{
    private readonly string _what;

    private NestedPage(Listing listing, PageRequest request, Criteria filter, string parentColumn, string parent)
    {
        (Listing, Request, Filter, ParentColumn, Parent) = (listing, request, filter, parentColumn, parent);
        _what = $"{listing}\n{request}\n{parentColumn}\n{filter.Sql}\n{Rows.Write<IReadOnlyList<object>>(filter.Values)}";
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
    internal bool IsLike(NestedPage other) => _what == other._what;

    public bool Equals(NestedPage? other) => other is not null && IsLike(other) && Parent == other.Parent;

    public override bool Equals(object? obj) => Equals(obj as NestedPage);

    public override int GetHashCode() => HashCode.Combine(_what, Parent);
}

/// <summary>
/// Lists below the entries of a list: the same page of every parent is read by one statement. The entries are JSON, as
/// the read models have them.
/// </summary>
public sealed class NestedPages(ReadModels readModels, IBatchScheduler scheduler, DataLoaderOptions options)
    : BatchDataLoader<NestedPage, Page<string>>(scheduler, options)
{
    internal async Task<Page<T>> Load<T>(NestedPage page, CancellationToken cancel) =>
        (await this.LoadRequiredAsync(page, cancel)).Select(Rows.Read<T>);

    protected override async Task<IReadOnlyDictionary<NestedPage, Page<string>>> LoadBatchAsync(
        IReadOnlyList<NestedPage> keys, CancellationToken cancellationToken)
    {
        var found = new Dictionary<NestedPage, Page<string>>();
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
