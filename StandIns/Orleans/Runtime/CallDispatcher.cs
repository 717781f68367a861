using Orleans.Configuration;

namespace Orleans.Runtime;

/// <summary>Takes a call to where its grain is or shall be.</summary>
internal interface ICallRouter
{
    /// <summary>Sees to it that the call completes or fails; does not throw.</summary>
    void Route(GrainCall call);
}

/// <summary>The way of a call out of the caller: context, filters, copies, timeout, route.</summary>
internal sealed class CallDispatcher(
    ICallRouter router,
    IEnumerable<IOutgoingGrainCallFilter> filters,
    MessagingOptions options,
    TimeProvider time)
{
    private readonly IOutgoingGrainCallFilter[] filters = [.. filters];
    private readonly TimeSpan responseTimeout = options.ResponseTimeout;

    public Task<object?> Send(GrainReferenceProxy reference, GrainMethod method, object?[] arguments)
    {
        var source = RuntimeContext.Current;
        var call = new GrainCall(reference.GrainId, reference.InterfaceType, method, arguments)
        {
            Source = source?.GrainId,
        };
        return filters.Length == 0
            ? Send(call)
            : new OutgoingCallContext(reference, call, source, filters, Send).Run();
    }

    private Task<object?> Send(GrainCall call)
    {
        call.Context = RequestContext.Snapshot;
        GrainBoundary.CopyArguments(call.Method, call.Arguments);
        call.Expect(call.Method.ResponseTimeout ?? responseTimeout, time);
        router.Route(call);
        return call.Method.OneWay ? Task.FromResult<object?>(null) : call.Response;
    }
}
