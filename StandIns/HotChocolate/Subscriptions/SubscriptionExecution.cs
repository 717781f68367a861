using System.Runtime.CompilerServices;
using HotChocolate.Resolvers;
using HotChocolate.Types;
using Microsoft.Extensions.DependencyInjection;

namespace HotChocolate.Execution;

/// <summary>Opens the source stream of a subscription and executes the operation once per event.</summary>
internal static class SubscriptionExecution
{
    public static async ValueTask<IExecutionResult> SubscribeAsync(
        RequestExecutor executor,
        PreparedOperation operation,
        VariableValues variables,
        IOperationRequest request,
        CancellationToken cancellationToken)
    {
        var plan = operation.PlanFor(variables);
        var scope = executor.Services.CreateAsyncScope();
        var services = request.Services ?? scope.ServiceProvider;
        using var context = new OperationContext(
            executor, plan, variables, services, request.ContextData, cancellationToken)
        {
            HasTimeout = false,
        };
        var field = plan.Root.Fields[0];
        var root = new ObjectResult(plan.Root, null, 0, false);
        try
        {
            var resolver = new ResolverContext(
                context, field, root, 0, executor.RootValue(operation.RootType, services));
            var source = await field.Definition.Subscribe!(resolver).ConfigureAwait(false);
            return new ResponseStream(
                ReadAsync(executor, operation, variables, request, source, cancellationToken),
                async () =>
                {
                    await source.DisposeAsync().ConfigureAwait(false);
                    await scope.DisposeAsync().ConfigureAwait(false);
                });
        }
#pragma warning disable CA1031 // Whatever a subscribe resolver throws is the error of the subscription.
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            await scope.DisposeAsync().ConfigureAwait(false);
            IReadOnlyList<IError> errors = e is GraphQLException graphQL ? graphQL.Errors : [RequestExecutor.Unexpected(e)];
            foreach (var error in errors)
            {
                context.Report(error, field, root, 0);
            }

            return OperationResult.Failed(executor.Handle(context.Errors));
        }
    }

    private static async IAsyncEnumerable<IOperationResult> ReadAsync(
        RequestExecutor executor,
        PreparedOperation operation,
        VariableValues variables,
        IOperationRequest request,
        ISourceStream source,
        CancellationToken aborted,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(aborted, cancellationToken);
        await foreach (var message in source.ReadEventsAsync().WithCancellation(linked.Token).ConfigureAwait(false))
        {
            // Each event sees services, and so DataLoaders, of its own.
            await using var scope = executor.Services.CreateAsyncScope();
            yield return await executor.RunAsync(
                operation, variables, scope.ServiceProvider, request.ContextData, message, linked.Token)
                .ConfigureAwait(false);
        }
    }
}
