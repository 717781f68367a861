namespace Q2C.Silo.Streams;

/// <summary>Where the pump hands deliveries over.</summary>
public interface IDeliverySink
{
    /// <summary>
    /// Takes deliveries for one target, in order; completes when they are taken, throws when they are not.
    /// </summary>
    Task Deliver(IReadOnlyList<Delivery> deliveries);
}
