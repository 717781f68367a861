namespace Orleans.Runtime;

/// <summary>One activation of a grain, seen from inside.</summary>
public interface IGrainContext
{
    GrainId GrainId { get; }

    object? GrainInstance { get; }

    /// <summary>The services of this activation; they live as long as it does.</summary>
    IServiceProvider ActivationServices { get; }

    /// <summary>Completes when the activation has ended.</summary>
    Task Deactivated { get; }

    /// <summary>Ends the activation once the calls that run in it are done; calls that wait go to the next one.</summary>
    void Deactivate(DeactivationReason deactivationReason, CancellationToken cancellationToken = default);
}
