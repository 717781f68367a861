using System.Reflection;
using HotChocolate.Execution;

namespace HotChocolate.Resolvers;

/// <summary>How a field gets its value; exactly one of the three delegates is set.</summary>
internal sealed class FieldResolver
{
    private FieldResolver()
    {
    }

    /// <summary>Reads the parent and needs nothing else.</summary>
    public Func<object, object?>? Property { get; private init; }

    /// <summary>What <see cref="Property"/> reads.</summary>
    public PropertyInfo? Member { get; private init; }

    public Func<ResolverContext, object?>? Sync { get; private init; }

    public Func<ResolverContext, ValueTask<object?>>? Async { get; private init; }

    public ValueTask<object?> ResolveAsync(ResolverContext context) =>
        Property is not null ? new(Property(context.ParentValue!))
        : Sync is not null ? new(Sync(context))
        : Async!(context);

    public static FieldResolver OfProperty(PropertyInfo member, Func<object, object?> read) =>
        new() { Member = member, Property = read };

    public static FieldResolver Pure(Func<ResolverContext, object?> resolve) => new() { Sync = resolve };

    public static FieldResolver OfAsync(Func<ResolverContext, ValueTask<object?>> resolve) => new() { Async = resolve };
}

/// <summary>Opens the stream of events behind a subscription field.</summary>
internal delegate ValueTask<ISourceStream> SubscribeResolver(ResolverContext context);

/// <summary>Brings the results of asynchronous resolvers into one shape; completed ones stay synchronous.</summary>
internal static class ResolverResults
{
    public static ValueTask<object?> FromTask<T>(Task<T> task) =>
        task.IsCompletedSuccessfully ? new(task.Result) : Await(task);

    public static ValueTask<object?> FromValueTask<T>(ValueTask<T> task) =>
        task.IsCompletedSuccessfully ? new(task.Result) : Await(task.AsTask());

    public static async ValueTask<object?> FromStream<T>(IAsyncEnumerable<T> stream, CancellationToken aborted)
    {
        var items = new List<T>();
        await foreach (var item in stream.WithCancellation(aborted).ConfigureAwait(false))
        {
            items.Add(item);
        }

        return items;
    }

    private static async ValueTask<object?> Await<T>(Task<T> task) => await task.ConfigureAwait(false);
}
