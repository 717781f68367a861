using HotChocolate.CostAnalysis;
using HotChocolate.Execution.Options;
using HotChocolate.Language;
using HotChocolate.PersistedOperations;
using HotChocolate.Resolvers;
using HotChocolate.Types;
using HotChocolate.Validation;
using Microsoft.Extensions.DependencyInjection;

namespace HotChocolate.Execution.Configuration
{
    /// <summary>Configures one schema.</summary>
    public interface IRequestExecutorBuilder
    {
        string Name { get; }

        IServiceCollection Services { get; }
    }
}

namespace HotChocolate.Configuration
{
    /// <summary>What CLR code is bound to which types and fields.</summary>
    internal sealed class SchemaBindings
    {
        public List<(string Name, Type Type)> RuntimeTypes { get; } = [];
        public List<(string Name, Type Type)> ResolverTypes { get; } = [];
        public List<((string Type, string Field) Coordinate, FieldResolver Resolver)> Delegates { get; } = [];
    }

    /// <summary>Everything the builder's methods collect for one schema, read when its executor is made.</summary>
    internal sealed class SchemaSetup
    {
        public List<Func<DocumentNode>> Documents { get; } = [];
        public List<ScalarType> Scalars { get; } = [];
        public SchemaBindings Bindings { get; } = new();
        public List<Func<IServiceProvider, IErrorFilter>> ErrorFilters { get; } = [];
        public SchemaOptions Schema { get; } = new();
        public RequestExecutorOptions Options { get; } = new();
        public RequestParserOptions Parser { get; } = new();
        public CostOptions Cost { get; } = new();
        public ValidationSettings Validation { get; } = new();
        public int MaxRequestSize { get; set; }
        public bool UsesAuthorization { get; set; }
        public List<Execution.RequestMiddleware> Pipeline { get; } = [];

        /// <summary>Without this, a pipeline of one's own ends in nothing.</summary>
        public bool UsesDefaultPipeline { get; set; }
        public bool UsesPersistedOperations { get; set; }
        public Lazy<FileSystemDocuments>? PersistedDocuments { get; set; }
        public Func<IServiceProvider, AspNetCore.IHttpRequestInterceptor> HttpInterceptor { get; set; } =
            _ => new AspNetCore.DefaultHttpRequestInterceptor();
        public Func<IServiceProvider, AspNetCore.ISocketSessionInterceptor> SocketInterceptor { get; set; } =
            _ => new AspNetCore.DefaultSocketSessionInterceptor();
    }
}
