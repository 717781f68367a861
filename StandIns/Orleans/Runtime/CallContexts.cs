using System.Reflection;
using Orleans.Serialization.Invocation;

namespace Orleans.Runtime;

/// <summary>What a filter sees of a call, and the chain of filters around it.</summary>
internal abstract class CallContext(GrainCall call) : IGrainCallContext
{
    private int next;

    public GrainCall Call => call;

    public IInvokable Request => call;

    public abstract object Grain { get; }

    public GrainId? SourceId => call.Source;

    public GrainId TargetId => call.Target;

    public GrainInterfaceType InterfaceType => GrainInterfaceType.Create(GrainInterfaces.NameOf(call.Interface));

    public string InterfaceName => call.GetInterfaceName();

    public string MethodName => call.GetMethodName();

    public MethodInfo InterfaceMethod => call.GetMethod();

    public object? Result { get; set; }

    protected abstract int FilterCount { get; }

    public async Task<object?> Run()
    {
        await Invoke();
        return Result;
    }

    public Task Invoke()
    {
        var index = next++;
        if (index < FilterCount) return InvokeFilter(index);
        if (index == FilterCount) return Last();
        throw new InvalidOperationException($"{call}: a filter called Invoke more than once.");
    }

    protected abstract Task InvokeFilter(int index);

    protected abstract Task<object?> InvokeCall();

    private async Task Last() => Result = await InvokeCall();
}

internal sealed class OutgoingCallContext(
    GrainReferenceProxy reference,
    GrainCall call,
    IGrainContext? source,
    IOutgoingGrainCallFilter[] filters,
    Func<GrainCall, Task<object?>> send) : CallContext(call), IOutgoingGrainCallContext
{
    public override object Grain => reference;

    public IGrainContext? SourceContext => source;

    protected override int FilterCount => filters.Length;

    protected override Task InvokeFilter(int index) => filters[index].Invoke(this);

    protected override Task<object?> InvokeCall() => send(Call);
}

internal sealed class IncomingCallContext(Activation activation, GrainCall call, IIncomingGrainCallFilter[] filters)
    : CallContext(call), IIncomingGrainCallContext
{
    public override object Grain => activation.GrainInstance!;

    public IGrainContext TargetContext => activation;

    public MethodInfo ImplementationMethod
    {
        get
        {
            var map = Grain.GetType().GetInterfaceMap(InterfaceMethod.DeclaringType!);
            return map.TargetMethods[Array.IndexOf(map.InterfaceMethods, InterfaceMethod)];
        }
    }

    // The grain itself may be the last filter of its own calls.
    protected override int FilterCount => filters.Length + (Grain is IIncomingGrainCallFilter ? 1 : 0);

    protected override Task InvokeFilter(int index) =>
        (index < filters.Length ? filters[index] : (IIncomingGrainCallFilter)Grain).Invoke(this);

    protected override Task<object?> InvokeCall() => Call.Method.Invoke(Grain, Call.Arguments);
}

internal sealed class IncomingFilter(IncomingGrainCallFilterDelegate filter) : IIncomingGrainCallFilter
{
    public Task Invoke(IIncomingGrainCallContext context) => filter(context);
}

internal sealed class OutgoingFilter(OutgoingGrainCallFilterDelegate filter) : IOutgoingGrainCallFilter
{
    public Task Invoke(IOutgoingGrainCallContext context) => filter(context);
}
