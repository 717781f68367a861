using System.Collections.Immutable;
using System.Reflection;
using Orleans.Serialization.Invocation;

namespace Orleans.Runtime;

/// <summary>One call of a grain method on its way, and the task that its caller awaits.</summary>
internal sealed class GrainCall(GrainId target, Type interfaceType, GrainMethod method, object?[] arguments)
    : Turn, IInvokable
{
    private readonly TaskCompletionSource<object?> response = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ITimer? timer;
    private CancellationTokenSource? expiry;

    public GrainId Target => target;

    public Type Interface => interfaceType;

    public GrainMethod Method => method;

    public object?[] Arguments => arguments;

    public GrainId? Source { get; init; }

    public ImmutableDictionary<string, object>? Context { get; set; }

    public TimeSpan Timeout { get; private set; }

    public Task<object?> Response => response.Task;

    /// <summary>The token that the caller passed, cancelled as well when the call times out.</summary>
    public CancellationToken CallerToken =>
        method.TokenIndex >= 0 ? (CancellationToken)arguments[method.TokenIndex]! : CancellationToken.None;

    public override bool AlwaysInterleave => method.AlwaysInterleave;

    public override bool ReadOnly => method.ReadOnly;

    public override bool IsAbandoned => response.Task.IsCompleted;

    public override Guid ReentrancyId =>
        Context is not null && Context.TryGetValue(RequestContext.ReentrancyKey, out var id) ? (Guid)id : Guid.Empty;

    public void Expect(TimeSpan timeout, TimeProvider time)
    {
        Timeout = timeout;
        if (timeout == System.Threading.Timeout.InfiniteTimeSpan) return;
        if (method.TokenIndex >= 0) CancelTokenOnExpiry();
        timer = time.CreateTimer(
            static call => ((GrainCall)call!).Expire(), this, timeout, System.Threading.Timeout.InfiniteTimeSpan);
        if (response.Task.IsCompleted) Settled();
    }

    public void Complete(object? result)
    {
        if (response.TrySetResult(result)) Settled();
    }

    public void Fail(Exception exception)
    {
        if (response.TrySetException(exception)) Settled();
    }

    public override async Task Run(Activation activation)
    {
        RequestContext.Snapshot = Context;
        try
        {
            Complete(GrainBoundary.CopyResult(method, await activation.Invoke(this)));
        }
        // Whatever a grain throws belongs to its caller.
        catch (Exception exception)
        {
            Fail(exception);
        }
    }

    public int GetArgumentCount() => arguments.Length;

    public object? GetArgument(int index) => arguments[index];

    public void SetArgument(int index, object value) => arguments[index] = value;

    public string GetMethodName() => method.Method.Name;

    public string GetInterfaceName() => method.Interface.FullName!;

    public MethodInfo GetMethod() => method.Method;

    public Type GetInterfaceType() => method.Interface;

    public TimeSpan? GetDefaultResponseTimeout() => method.ResponseTimeout;

    public override string ToString() => $"{target} {method}";

    private void CancelTokenOnExpiry()
    {
        expiry = CancellationTokenSource.CreateLinkedTokenSource((CancellationToken)arguments[method.TokenIndex]!);
        arguments[method.TokenIndex] = expiry.Token;
    }

    private void Expire()
    {
        if (!response.TrySetException(new TimeoutException(
            $"Response did not arrive on time in {Timeout} for message: {this}."))) return;
        expiry?.Cancel();
        Settled();
    }

    private void Settled() => timer?.Dispose();
}
