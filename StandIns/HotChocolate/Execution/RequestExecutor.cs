using System.Collections.Concurrent;
using System.Net;
using HotChocolate.Authorization;
using HotChocolate.Configuration;
using HotChocolate.Execution.Options;
using HotChocolate.Language;
using HotChocolate.PersistedOperations;
using HotChocolate.Resolvers;
using HotChocolate.Types;
using HotChocolate.Validation;
using Microsoft.Extensions.DependencyInjection;

namespace HotChocolate.Execution;

/// <summary>Takes a request through its stages: document, operation, variables, cost, execution.</summary>
internal sealed class RequestExecutor : IRequestExecutor
{
    private const int CachedDocuments = 512;
    private readonly DocumentCache _documents = new(CachedDocuments);
    private readonly ConcurrentDictionary<Type, object> _instances = new();
    private readonly ConcurrentDictionary<(CompositeType, Type), ObjectType?> _types = new();
    private readonly IServiceProviderIsService? _isService;
    private readonly IErrorFilter[] _filters;
    private readonly ValidationOptions _validation;
    private readonly ParserLimits _limits;
    private readonly Authorizer? _authorizer;
    private readonly RequestDelegate? _pipeline;
    private readonly FileSystemDocuments? _persisted;

    public RequestExecutor(string name, SchemaSetup setup, IServiceProvider services)
    {
        Setup = setup;
        Services = services;
        _isService = services.GetService<IServiceProviderIsService>();
        Model = SchemaBuilder.Build(name, Documents(setup), setup.Scalars);
        if (!setup.Schema.EnableOneOf && Model.Types.Values.OfType<InputObjectType>().FirstOrDefault(t => t.IsOneOf) is { } oneOf)
        {
            throw new SchemaException([$"`{oneOf.Name}` is @oneOf, which needs ModifyOptions(o => o.EnableOneOf = true)."]);
        }

        TypeBinder.Bind(Model, setup.Bindings, new ParameterBinder(_isService), setup.UsesAuthorization);
        Cost.CostDefaults.Apply(Model, setup.Cost);
        if (setup.UsesAuthorization)
        {
            _authorizer = new Authorizer(services);
            FieldGuards.Apply(Model, _authorizer);
        }

        _pipeline = Pipeline(setup);
        _filters = [.. setup.ErrorFilters.Select(f => f(services))];
        if (setup.UsesPersistedOperations)
        {
            _persisted = setup.PersistedDocuments?.Value
                ?? throw new SchemaException(["Persisted operations need a storage: AddFileSystemOperationDocumentStorage."]);
        }

        _validation = setup.Validation.Resolve(services);
        _limits = new ParserLimits(
            setup.Parser.MaxAllowedTokens, setup.Parser.MaxAllowedNodes, setup.Parser.MaxAllowedFields);
    }

    public SchemaSetup Setup { get; }
    public Schema Model { get; }
    public ISchema Schema => Model;
    public IServiceProvider Services { get; }
    public RequestExecutorOptions Options => Setup.Options;

    public async Task<IExecutionResult> ExecuteAsync(IOperationRequest request, CancellationToken cancellationToken = default)
    {
        var (operation, failure) = await PrepareAsync((OperationRequest)request, cancellationToken).ConfigureAwait(false);
        return operation is null
            ? failure!
            : await ExecuteAsync(operation, (OperationRequest)request, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<IExecutionResult> ExecuteAsync(
        PreparedOperation operation, OperationRequest request, CancellationToken cancellationToken)
    {
        if (_pipeline is null)
        {
            return await ExecuteCoreAsync(operation, request, cancellationToken).ConfigureAwait(false);
        }

        var context = new RequestContext(Model, request, operation, cancellationToken);
        await _pipeline(context).ConfigureAwait(false);
        return context.Result ?? throw new InvalidOperationException("The pipeline of requests gave no result.");
    }

    private async ValueTask<IExecutionResult> ExecuteCoreAsync(
        PreparedOperation operation, OperationRequest request, CancellationToken cancellationToken)
    {
        var errors = new List<IError>();
        var variables = VariableCoercion.Coerce(operation, request.VariableValues, errors);
        if (errors.Count == 0 && operation.CheckConditions(variables) is { } wrong)
        {
            errors.Add(wrong);
        }

        if (errors.Count > 0)
        {
            return OperationResult.Failed(Handle(errors));
        }

        var cost = Cost.CostEnforcement.Check(this, operation, variables, request);
        if (cost.Refusal is not null)
        {
            return cost.Refusal;
        }

        return operation.Node.Operation == OperationType.Subscription
            ? await SubscriptionExecution.SubscribeAsync(this, operation, variables, request, cancellationToken)
                .ConfigureAwait(false)
            : cost.Report(await ExecuteInScopeAsync(operation, variables, request, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>The operation to execute without executing it; the transports need its kind first.</summary>
    public async ValueTask<(PreparedOperation? Operation, OperationResult? Failure)> PrepareAsync(
        OperationRequest request, CancellationToken cancellationToken)
    {
        var (text, problem) = Setup.UsesPersistedOperations
            ? await DocumentAsync(request, cancellationToken).ConfigureAwait(false)
            : (request.Document, null);
        if (problem is not null)
        {
            return Failed(problem);
        }

        if (string.IsNullOrEmpty(text))
        {
            return Failed(new Error("The request has no document.").WithCode(ErrorCodes.Server.QueryAndIdMissing));
        }

        var document = _documents.GetOrAdd(text, Prepare);
        if (document.Errors.Count > 0)
        {
            return (null, OperationResult.Failed(Handle(document.Errors)));
        }

        if (_validation.DisableIntrospection && document.Introspection.Count > 0
            && request.ContextData?.ContainsKey(OperationRequestBuilderExtensions.IntrospectionKey) != true)
        {
            return Failed(new Error(
                    "Introspection is not allowed for the current request.", Locations: document.Introspection)
                .WithCode(ErrorCodes.Validation.IntrospectionNotAllowed));
        }

        foreach (var demand in document.Demands)
        {
            if (await _authorizer!.CheckAsync(demand, Copy(request.ContextData), request, []).ConfigureAwait(false) is { } refusal)
            {
                return (null, new OperationResult(null, false, Handle([refusal])) { Status = HttpStatusCode.Unauthorized });
            }
        }

        var operation = document.Find(request.OperationName);
        return operation is not null
            ? (operation, null)
            : Failed(new Error(string.IsNullOrEmpty(request.OperationName)
                ? "The operation name can only be omitted if there is just one operation in a GraphQL document."
                : $"The specified operation `{request.OperationName}` does not exist."));
    }

    /// <summary>The stored document that the request names, or its own where it may have one.</summary>
    private async ValueTask<(string? Text, IError? Problem)> DocumentAsync(
        OperationRequest request, CancellationToken cancellationToken)
    {
        var isOwn = !string.IsNullOrEmpty(request.Document);
        if (isOwn && Options.PersistedOperations.OnlyAllowPersistedDocuments
            && request.ContextData?.ContainsKey(OperationRequestBuilderExtensions.NonPersistedKey) != true)
        {
            return (null, Options.PersistedOperations.OperationNotAllowedError);
        }

        if (isOwn || string.IsNullOrEmpty(request.DocumentId))
        {
            return (request.Document, null);
        }

        var stored = await _persisted!.ReadAsync(request.DocumentId, cancellationToken).ConfigureAwait(false);
        return (stored, stored is not null ? null : new Error("The specified persisted operation key is invalid.")
            .WithCode(ErrorCodes.Execution.PersistedOperationNotFound)
            .SetExtension("requestedKey", request.DocumentId));
    }

    private (PreparedOperation?, OperationResult) Failed(IError error) => (null, OperationResult.Failed(Handle([error])));

    /// <summary>The object type of a value of an abstract type; null when none fits.</summary>
    public ObjectType? ResolveType(CompositeType type, object value)
    {
        if (Introspection.IsIntrospection(type.Name))
        {
            return null;
        }

        return _types.GetOrAdd(
            (type, value.GetType()), static (key, v) => key.Item1.PossibleTypes.FirstOrDefault(t => t.IsTypeOf(v)), value);
    }

    public T Instance<T>(IServiceProvider services) => (T)Instance(typeof(T), services);

    /// <summary>The object on which the members of a root type are called.</summary>
    public object? RootValue(ObjectType type, IServiceProvider services) =>
        type.RuntimeType is { IsAbstract: false } clr ? Instance(clr, services) : null;

    public static IError Unexpected(Exception exception) => new Error("Unexpected Execution Error", Exception: exception);

    /// <summary>Runs the error filters and adds details of exceptions where they are wanted.</summary>
    public IReadOnlyList<IError> Handle(IReadOnlyList<IError> errors) =>
        errors.Count == 0 ? errors : [.. errors.Select(Handle)];

    private IError Handle(IError error)
    {
        if (Options.IncludeExceptionDetails && error.Exception is { } exception)
        {
            error = error.SetExtension("message", exception.Message).SetExtension("stackTrace", exception.StackTrace);
        }

        return _filters.Aggregate(error, (e, filter) => filter.OnError(e));
    }

    private async ValueTask<OperationResult> ExecuteInScopeAsync(
        PreparedOperation operation,
        VariableValues variables,
        IOperationRequest request,
        CancellationToken cancellationToken)
    {
        var scope = request.Services is null ? Services.CreateAsyncScope() : default(AsyncServiceScope?);
        try
        {
            return await RunAsync(
                operation, variables, request.Services ?? scope!.Value.ServiceProvider, request.ContextData, null,
                cancellationToken, ((OperationRequest)request).IsWritten).ConfigureAwait(false);
        }
        finally
        {
            if (scope is not null)
            {
                await scope.Value.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    public async ValueTask<OperationResult> RunAsync(
        PreparedOperation operation,
        VariableValues variables,
        IServiceProvider services,
        IReadOnlyDictionary<string, object?>? state,
        object? eventMessage,
        CancellationToken cancellationToken,
        bool isWritten = false)
    {
        using var context = new OperationContext(
            this, operation.PlanFor(variables), variables, services, state, cancellationToken)
        {
            EventMessage = eventMessage,
            IsWritten = isWritten,
        };
        try
        {
            return await context.ExecuteAsync(RootValue(operation.RootType, services)).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return OperationResult.Failed(Handle([cancellationToken.IsCancellationRequested
                ? new Error("The request was canceled.").WithCode(ErrorCodes.Execution.Canceled)
                : new Error($"The request exceeded the configured timeout of `{Options.ExecutionTimeout}`.")
                    .WithCode(ErrorCodes.Execution.Timeout)]));
        }
    }

    public static IDictionary<string, object?> Copy(IReadOnlyDictionary<string, object?>? state) =>
        state is null ? new Dictionary<string, object?>() : new Dictionary<string, object?>(state);

    /// <summary>Null when there is nothing around the execution.</summary>
    private RequestDelegate? Pipeline(SchemaSetup setup)
    {
        if (setup.Pipeline.Count == 0)
        {
            return null;
        }

        if (!setup.UsesDefaultPipeline)
        {
            throw new SchemaException(["UseRequest must be followed by UseDefaultPipeline or UsePersistedOperationPipeline."]);
        }

        RequestDelegate core = async context =>
        {
            var own = (RequestContext)context;
            own.Result = await ExecuteCoreAsync(own.Operation, own.Own, own.RequestAborted).ConfigureAwait(false);
        };
        return setup.Pipeline.AsEnumerable().Reverse().Aggregate(core, (next, middleware) => middleware(next));
    }

    private static IReadOnlyList<DocumentNode> Documents(SchemaSetup setup) =>
        setup.UsesAuthorization
            ? [.. setup.Documents.Select(d => d()), Parser.Parse(AuthorizeDirective.Sdl)]
            : [.. setup.Documents.Select(d => d())];

    private object Instance(Type type, IServiceProvider services)
    {
        if (_instances.TryGetValue(type, out var instance))
        {
            return instance;
        }

        return _isService?.IsService(type) == true
            ? services.GetRequiredService(type)
            : _instances.GetOrAdd(type, static (t, s) => ActivatorUtilities.CreateInstance(s, t), Services);
    }

    private PreparedDocument Prepare(string source)
    {
        DocumentNode document;
        try
        {
            document = Parser.Parse(source, _limits);
        }
        catch (SyntaxException e)
        {
            return PreparedDocument.Invalid([new Error(e.Message, Locations: [e.Location])
                .WithCode(ErrorCodes.Execution.SyntaxError)]);
        }

        var errors = DocumentValidator.Validate(Model, document, _validation);
        return errors.Count > 0 ? PreparedDocument.Invalid(errors) : PreparedDocument.Valid(Model, document);
    }
}
