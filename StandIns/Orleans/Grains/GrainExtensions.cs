using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;

namespace Orleans;

/// <summary>Identity and references of a grain or of a reference to one.</summary>
public static class GrainExtensions
{
    public static GrainId GetGrainId(this IAddressable grain) => grain switch
    {
        GrainReferenceProxy reference => reference.GrainId,
        IGrainBase { GrainContext: { } context } => context.GrainId,
        null => throw new ArgumentNullException(nameof(grain)),
        _ => throw new ArgumentException(
            $"{grain.GetType()} is neither a grain reference nor a grain in a silo.", nameof(grain)),
    };

    public static string GetPrimaryKeyString(this IAddressable grain) => grain.GetGrainId().Key.ToString();

    public static TGrainInterface AsReference<TGrainInterface>(this IAddressable grain) =>
        (TGrainInterface)grain.AsReference(typeof(TGrainInterface));

    public static object AsReference(this IAddressable grain, Type interfaceType)
    {
        var factory = grain switch
        {
            GrainReferenceProxy reference => reference.Factory,
            IGrainBase { GrainContext: { } context } =>
                context.ActivationServices.GetRequiredService<GrainFactory>(),
            _ => throw new ArgumentException($"{grain?.GetType()} is not a grain.", nameof(grain)),
        };
        return factory.CreateReference(interfaceType, grain.GetGrainId());
    }

    public static TGrainInterface Cast<TGrainInterface>(this IAddressable grain) => grain.AsReference<TGrainInterface>();

    public static object Cast(this IAddressable grain, Type interfaceType) => grain.AsReference(interfaceType);
}
