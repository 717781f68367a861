using HotChocolate.Execution;
using HotChocolate.Execution.Configuration;
using HotChocolate.PersistedOperations;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Documents that the server has, for requests that only name them.</summary>
public static class PersistedOperationsRequestExecutorBuilderExtensions
{
    private const string DefaultFolder = "persisted_operations";

    /// <summary>
    /// Requests may carry <c>id</c> instead of <c>query</c>; <c>ModifyRequestOptions(o => o.PersistedOperations…)</c>
    /// demands it. Needs a storage.
    /// </summary>
    public static IRequestExecutorBuilder UsePersistedOperationPipeline(this IRequestExecutorBuilder builder)
    {
        RequestExecutorBuilder.SetupOf(builder).UsesPersistedOperations = true;
        return builder.UseDefaultPipeline();
    }

    /// <summary>The document of an id is the file <c>{id}.graphql</c> of the folder, with - for / and _ for +.</summary>
    public static IRequestExecutorBuilder AddFileSystemOperationDocumentStorage(
        this IRequestExecutorBuilder builder, string? cacheDirectory = null)
    {
        RequestExecutorBuilder.SetupOf(builder).PersistedDocuments =
            new Lazy<FileSystemDocuments>(() => new FileSystemDocuments(cacheDirectory ?? DefaultFolder));
        return builder;
    }
}
