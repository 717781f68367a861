using HotChocolate.AspNetCore;
using HotChocolate.AspNetCore.Extensions;
using HotChocolate.Execution;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.AspNetCore.Builder
{
    /// <summary>Maps GraphQL endpoints.</summary>
    public static class EndpointRouteBuilderExtensions
    {
        /// <summary>
        /// POST, GET, server-sent events, websockets (with <c>UseWebSockets</c> before) and <c>?sdl</c> on one path.
        /// </summary>
        public static GraphQLEndpointConventionBuilder MapGraphQL(
            this IEndpointRouteBuilder endpointRouteBuilder, string path = "/graphql", string? schemaName = null)
        {
            var resolver = endpointRouteBuilder.ServiceProvider.GetRequiredService<RequestExecutorResolver>();
            var endpoint = new GraphQLEndpoint(resolver, schemaName);
            var conventions = endpointRouteBuilder.Map(path.TrimEnd('/') + "/{**slug}", endpoint.HandleAsync)
                .WithDisplayName("Hot Chocolate GraphQL Pipeline");
            return new GraphQLEndpointConventionBuilder(conventions);
        }

        public static GraphQLEndpointConventionBuilder MapGraphQL(
            this IEndpointRouteBuilder endpointRouteBuilder, PathString path, string? schemaName = null) =>
            endpointRouteBuilder.MapGraphQL(path.ToString(), schemaName);

        /// <summary>The schema's SDL on a path of its own.</summary>
        public static IEndpointConventionBuilder MapGraphQLSchema(
            this IEndpointRouteBuilder endpointRouteBuilder, string pattern = "/graphql/sdl", string? schemaName = null)
        {
            var resolver = endpointRouteBuilder.ServiceProvider.GetRequiredService<RequestExecutorResolver>();
            return endpointRouteBuilder.MapGet(pattern, (HttpContext context) =>
                SchemaResponse.WriteAsync(context, resolver.Get(schemaName)));
        }

        /// <summary>What the endpoint accepts.</summary>
        public static GraphQLEndpointConventionBuilder WithOptions(
            this GraphQLEndpointConventionBuilder builder, GraphQLServerOptions serverOptions) =>
            builder.WithMetadata(serverOptions);
    }
}

namespace HotChocolate.AspNetCore.Extensions
{
    /// <summary>The conventions of a GraphQL endpoint.</summary>
    public sealed class GraphQLEndpointConventionBuilder : IEndpointConventionBuilder
    {
        private readonly IEndpointConventionBuilder _inner;

        internal GraphQLEndpointConventionBuilder(IEndpointConventionBuilder inner) => _inner = inner;

        public void Add(Action<EndpointBuilder> convention) => _inner.Add(convention);

        public void Finally(Action<EndpointBuilder> finallyConvention) => _inner.Finally(finallyConvention);
    }
}
