using System.Reflection;

namespace Orleans.Runtime;

/// <summary>A reference to a grain: every method of its interface becomes a call.</summary>
internal class GrainReferenceProxy : DispatchProxy, IAddressable, IEquatable<GrainReferenceProxy>
{
    public GrainId GrainId { get; private set; }

    public Type InterfaceType { get; private set; } = null!;

    public GrainFactory Factory { get; private set; } = null!;

    public static GrainReferenceProxy Create(GrainFactory factory, Type interfaceType, GrainId id)
    {
        var proxy = (GrainReferenceProxy)Create(interfaceType, typeof(GrainReferenceProxy));
        (proxy.Factory, proxy.InterfaceType, proxy.GrainId) = (factory, interfaceType, id);
        return proxy;
    }

    public bool Equals(GrainReferenceProxy? other) => other is not null && other.GrainId == GrainId;

    public override bool Equals(object? obj) => Equals(obj as GrainReferenceProxy);

    public override int GetHashCode() => GrainId.GetHashCode();

    public override string ToString() => $"GrainReference:{GrainId}:{GrainInterfaces.NameOf(InterfaceType)}";

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        var method = GrainMethod.Of(targetMethod!);
        return method.ToReturnType(Factory.Dispatcher.Send(this, method, args ?? []));
    }
}
