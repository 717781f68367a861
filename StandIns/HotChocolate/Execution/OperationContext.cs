using System.Collections.Concurrent;
using GreenDonut;
using HotChocolate.Authorization;
using HotChocolate.Types;
using Microsoft.Extensions.DependencyInjection;

namespace HotChocolate.Execution;

/// <summary>
/// The execution of one operation, or of one event of a subscription. One logical thread runs resolvers and fills the
/// result: what completes elsewhere is queued for it, and when it has nothing else to do it dispatches the batches of
/// the DataLoaders. So the result needs no locks, and loads that belong together meet in one batch.
/// </summary>
internal sealed partial class OperationContext(
    RequestExecutor executor,
    OperationPlan plan,
    VariableValues variables,
    IServiceProvider services,
    IReadOnlyDictionary<string, object?>? state,
    CancellationToken requestAborted) : IDisposable
{
    private readonly ConcurrentQueue<Deferred> _ready = new();
    private readonly PumpSignal _signal = new();
    private BatchScheduler? _scheduler;
    private CancellationTokenSource? _aborted;
    private Authorizer.Answers? _authorizations;
    private FragmentBuffer? _fragments;
    private IDictionary<string, object?>? _contextData;
    private int _pending;

    public RequestExecutor Executor => executor;
    public Schema Schema => executor.Model;
    public VariableValues Variables => variables;
    public IServiceProvider Services => services;

    /// <summary>A copy of the request's state, made when somebody looks.</summary>
    public IDictionary<string, object?> ContextData =>
        LazyInitializer.EnsureInitialized(ref _contextData, () => RequestExecutor.Copy(state));

    public List<IError> Errors { get; } = [];
    public Authorizer.Answers Authorizations => LazyInitializer.EnsureInitialized(ref _authorizations);
    public object? EventMessage { get; init; }

    /// <summary>Whether parts of the result may be written at once; otherwise it is wanted as objects.</summary>
    public bool IsWritten { get; init; }
    public FragmentBuffer Fragments => _fragments ??= FragmentBuffer.Rent();

    /// <summary>False while a subscription is open, which may take any time.</summary>
    public bool HasTimeout { get; init; } = true;

    /// <summary>Fires when the client goes away or the time is up; made on first use, as most requests need none.</summary>
    public CancellationToken Aborted => HasTimeout ? (_aborted ??= StartClock()).Token : requestAborted;

    public void Dispose() => _aborted?.Dispose();

    /// <summary>Throws <see cref="OperationCanceledException"/> when the request is aborted or out of time.</summary>
    public async ValueTask<OperationResult> ExecuteAsync(object? rootValue)
    {
        var root = new ObjectResult(plan.Root, null, 0, false);
        _scheduler = services.GetService<BatchScheduler>();
        _scheduler?.Attach(_signal);
        try
        {
            var isSerial = plan.Operation.Node.Operation == Language.OperationType.Mutation;
            for (var i = 0; i < plan.Root.Fields.Length && !root.IsVoid; i++)
            {
                root.IsVoid = !ExecuteField(plan.Root.Fields[i], rootValue, root, i);
                if (isSerial && _pending > 0)
                {
                    await PumpAsync().ConfigureAwait(false);
                }
            }

            if (_pending > 0)
            {
                await PumpAsync().ConfigureAwait(false);
            }
        }
        finally
        {
            _scheduler?.Detach();
        }

        return new OperationResult(root.IsVoid ? null : root, true, executor.Handle(Errors)) { Fragments = _fragments };
    }

    public void Report(IError error, FieldPlan field, ResultNode node, int slot)
    {
        if (!node.IsDetached)
        {
            error = error.Path is null ? error.WithPath(node.PathTo(slot)) : error;
            Add(error.Locations is null ? error.WithLocations(field.Locations) : error);
        }
    }

    private void Add(IError error)
    {
        // Resolvers may report from any thread.
        lock (Errors)
        {
            Errors.Add(error);
        }
    }

    private CancellationTokenSource StartClock()
    {
        var clock = CancellationTokenSource.CreateLinkedTokenSource(requestAborted);
        clock.CancelAfter(executor.Options.ExecutionTimeout);
        return clock;
    }

    private async ValueTask PumpAsync()
    {
        while (true)
        {
            while (_ready.TryDequeue(out var deferred))
            {
                _pending--;
                Complete(deferred);
            }

            if (_pending == 0)
            {
                return;
            }

            if (_scheduler?.TryDispatch() != true && _ready.IsEmpty)
            {
                await _signal.WaitAsync().WaitAsync(Aborted).ConfigureAwait(false);
            }

            (_aborted?.Token ?? requestAborted).ThrowIfCancellationRequested();
        }
    }

    private void Defer(ValueTask<object?> task, FieldPlan field, ObjectResult node, int slot)
    {
        _pending++;
        _ = AwaitAsync(task, field, node, slot);
    }

    private async Task AwaitAsync(ValueTask<object?> task, FieldPlan field, ObjectResult node, int slot)
    {
        object? value = null;
        Exception? error = null;
        try
        {
            value = await task.ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Whatever a resolver throws becomes an error of its field.
        catch (Exception e)
#pragma warning restore CA1031
        {
            error = e;
        }

        _ready.Enqueue(new Deferred(field, node, slot, value, error));
        _signal.Set();
    }

    private void Complete(Deferred deferred)
    {
        var (field, node, slot, value, error) = deferred;
        if (node.IsDetached)
        {
            return;
        }

        bool isValid;
        if (error is null)
        {
            isValid = Place(field, value, node, slot);
        }
        else
        {
            Report(error, field, node, slot);
            isValid = field.Definition.Type is not NonNullType;
        }

        if (!isValid)
        {
            Propagate(node);
        }
    }

    /// <summary>Makes the node null, and its parents as far as their types demand it.</summary>
    private static void Propagate(ResultNode node)
    {
        while (true)
        {
            node.IsVoid = true;
            if (node.Parent is not { } parent)
            {
                return;
            }

            parent.Set(node.Slot, null);
            if (!node.SlotIsNonNull)
            {
                return;
            }

            node = parent;
        }
    }

    private readonly record struct Deferred(
        FieldPlan Field, ObjectResult Node, int Slot, object? Value, Exception? Error);
}
