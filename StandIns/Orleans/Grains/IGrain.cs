using Orleans.Runtime;

namespace Orleans.Runtime
{
    /// <summary>Something that calls can be addressed to.</summary>
    public interface IAddressable;
}

namespace Orleans
{
    /// <summary>Base of all grain interfaces.</summary>
    public interface IGrain : IAddressable;

    /// <summary>Base of the interfaces of grains whose key is a string.</summary>
    public interface IGrainWithStringKey : IGrain;

    /// <summary>What the runtime asks of a grain class; <see cref="Grain"/> implements it.</summary>
    public interface IGrainBase
    {
        IGrainContext GrainContext { get; }

        Task OnActivateAsync(CancellationToken token) => Task.CompletedTask;

        Task OnDeactivateAsync(DeactivationReason reason, CancellationToken token) => Task.CompletedTask;
    }
}
