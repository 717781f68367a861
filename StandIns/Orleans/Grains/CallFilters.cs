using System.Reflection;
using Orleans.Runtime;
using Orleans.Serialization.Invocation;

namespace Orleans
{
    /// <summary>Runs around each call that arrives at a grain, on the grain's scheduler.</summary>
    public interface IIncomingGrainCallFilter
    {
        Task Invoke(IIncomingGrainCallContext context);
    }

    /// <summary>Runs around each call that leaves, before it is sent.</summary>
    public interface IOutgoingGrainCallFilter
    {
        Task Invoke(IOutgoingGrainCallContext context);
    }

    public delegate Task IncomingGrainCallFilterDelegate(IIncomingGrainCallContext context);

    public delegate Task OutgoingGrainCallFilterDelegate(IOutgoingGrainCallContext context);

    /// <summary>One call, as a filter sees it.</summary>
    public interface IGrainCallContext
    {
        /// <summary>The method and the arguments.</summary>
        IInvokable Request { get; }

        /// <summary>The grain instance for an incoming call, the reference for an outgoing one.</summary>
        object Grain { get; }

        /// <summary>The calling grain; null when the call comes from outside one.</summary>
        GrainId? SourceId { get; }

        GrainId TargetId { get; }

        GrainInterfaceType InterfaceType { get; }

        string InterfaceName { get; }

        string MethodName { get; }

        MethodInfo InterfaceMethod { get; }

        /// <summary>The result once <see cref="Invoke"/> is done; setting it replaces what the caller gets.</summary>
        object? Result { get; set; }

        /// <summary>Goes on with the next filter, and after the last with the call itself.</summary>
        Task Invoke();
    }

    public interface IIncomingGrainCallContext : IGrainCallContext
    {
        MethodInfo ImplementationMethod { get; }

        IGrainContext TargetContext { get; }
    }

    public interface IOutgoingGrainCallContext : IGrainCallContext
    {
        /// <summary>The activation that calls; null outside a grain.</summary>
        IGrainContext? SourceContext { get; }
    }
}

namespace Orleans.Serialization.Invocation
{
    /// <summary>The method and the arguments of a call.</summary>
    public interface IInvokable
    {
        int GetArgumentCount();

        object? GetArgument(int index);

        void SetArgument(int index, object value);

        string GetMethodName();

        string GetInterfaceName();

        MethodInfo GetMethod();

        Type GetInterfaceType();

        TimeSpan? GetDefaultResponseTimeout();
    }
}
