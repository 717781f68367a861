namespace Orleans.Runtime;

/// <summary>A piece of work that an activation takes up when its rules of interleaving allow.</summary>
internal abstract class Turn
{
    public virtual bool AlwaysInterleave => false;

    public virtual bool ReadOnly => false;

    /// <summary>Whether this counts as use of the grain.</summary>
    public virtual bool KeepsAlive => true;

    /// <summary>The call chain this belongs to; empty when none.</summary>
    public virtual Guid ReentrancyId => Guid.Empty;

    /// <summary>Whether nobody waits for it any more, so that it need not start.</summary>
    public virtual bool IsAbandoned => false;

    /// <summary>Does the work in the activation's scheduler. Never throws.</summary>
    public abstract Task Run(Activation activation);
}
