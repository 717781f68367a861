using HotChocolate;
using HotChocolate.Execution;
using HotChocolate.Execution.Configuration;
using HotChocolate.Language;
using HotChocolate.Resolvers;
using HotChocolate.Types;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Documents, types and resolvers of a schema.</summary>
public static class SchemaRequestExecutorBuilderExtensions
{
    public static IRequestExecutorBuilder AddDocumentFromString(this IRequestExecutorBuilder builder, string sdl)
    {
        RequestExecutorBuilder.SetupOf(builder).Documents.Add(() => Parse(sdl, "the SDL"));
        return builder;
    }

    /// <summary>The file is read when the schema is built; relative paths count from the working directory.</summary>
    public static IRequestExecutorBuilder AddDocumentFromFile(this IRequestExecutorBuilder builder, string filePath)
    {
        RequestExecutorBuilder.SetupOf(builder).Documents.Add(() => Parse(File.ReadAllText(filePath), filePath));
        return builder;
    }

    public static IRequestExecutorBuilder ModifyOptions(this IRequestExecutorBuilder builder, Action<SchemaOptions> configure)
    {
        configure(RequestExecutorBuilder.SetupOf(builder).Schema);
        return builder;
    }

    /// <summary>
    /// Backs a type with a CLR type: objects by their members, input objects by constructor and properties, enums by
    /// values. The name of the CLR type is the default for <paramref name="typeName"/>.
    /// </summary>
    public static IRequestExecutorBuilder BindRuntimeType<TRuntimeType>(
        this IRequestExecutorBuilder builder, string? typeName = null) =>
        builder.BindRuntimeType(typeof(TRuntimeType), typeName);

    public static IRequestExecutorBuilder BindRuntimeType(
        this IRequestExecutorBuilder builder, Type runtimeType, string? typeName = null)
    {
        RequestExecutorBuilder.SetupOf(builder).Bindings.RuntimeTypes.Add((typeName ?? Naming.Type(runtimeType), runtimeType));
        return builder;
    }

    /// <summary>
    /// Resolves fields of an object type with the public members of a class, which comes from the services or is made
    /// once. The name of the class is the default for <paramref name="typeName"/>.
    /// </summary>
    public static IRequestExecutorBuilder AddResolver<TResolver>(
        this IRequestExecutorBuilder builder, string? typeName = null) => builder.AddResolver(typeof(TResolver), typeName);

    public static IRequestExecutorBuilder AddResolver(
        this IRequestExecutorBuilder builder, Type resolverType, string? typeName = null)
    {
        if (resolverType is not { IsClass: true, IsAbstract: false } || !(resolverType.IsPublic || resolverType.IsNestedPublic))
        {
            throw new ArgumentException("A resolver type must be a public class that is not abstract.", nameof(resolverType));
        }

        RequestExecutorBuilder.SetupOf(builder).Bindings.ResolverTypes.Add((typeName ?? Naming.Type(resolverType), resolverType));
        return builder;
    }

    public static IRequestExecutorBuilder AddResolver(
        this IRequestExecutorBuilder builder, string typeName, string fieldName, Func<IResolverContext, object?> resolver) =>
        Add(builder, typeName, fieldName, FieldResolver.Pure(resolver));

    public static IRequestExecutorBuilder AddResolver(
        this IRequestExecutorBuilder builder,
        string typeName,
        string fieldName,
        Func<IResolverContext, ValueTask<object?>> resolver) =>
        Add(builder, typeName, fieldName, FieldResolver.OfAsync(resolver));

    public static IRequestExecutorBuilder AddResolver<TResult>(
        this IRequestExecutorBuilder builder, string typeName, string fieldName, Func<IResolverContext, TResult> resolver) =>
        Add(builder, typeName, fieldName, FieldResolver.Pure(c => resolver(c)));

    public static IRequestExecutorBuilder AddResolver<TResult>(
        this IRequestExecutorBuilder builder,
        string typeName,
        string fieldName,
        Func<IResolverContext, ValueTask<TResult>> resolver) =>
        Add(builder, typeName, fieldName, FieldResolver.OfAsync(c => ResolverResults.FromValueTask(resolver(c))));

    /// <summary>Registers a scalar, which the schema's documents may then declare or use.</summary>
    public static IRequestExecutorBuilder AddType<T>(this IRequestExecutorBuilder builder) => builder.AddType(typeof(T));

    public static IRequestExecutorBuilder AddType(this IRequestExecutorBuilder builder, Type type)
    {
        if (Activator.CreateInstance(type) is not ScalarType scalar)
        {
            throw new ArgumentException($"`{type}` is not a scalar; other types come from documents.", nameof(type));
        }

        RequestExecutorBuilder.SetupOf(builder).Scalars.Add(scalar);
        return builder;
    }

    private static IRequestExecutorBuilder Add(
        IRequestExecutorBuilder builder, string typeName, string fieldName, FieldResolver resolver)
    {
        RequestExecutorBuilder.SetupOf(builder).Bindings.Delegates.Add(((typeName, fieldName), resolver));
        return builder;
    }

    private static DocumentNode Parse(string sdl, string source)
    {
        try
        {
            return Parser.Parse(sdl);
        }
        catch (SyntaxException e)
        {
            throw new SchemaException([$"{source} {e.Location}: {e.Message}"]);
        }
    }
}
