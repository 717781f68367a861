using System.Collections.Immutable;

namespace Q2C.Silo.Effects;

/// <summary>Sends commands to grains and waits for their receipts. A failure to reach the grain throws; sending again is safe.</summary>
public interface ICommandSender
{
    Task<Receipt> Send(string grainId, CommandEnvelope envelope);

    /// <summary>Decided in this order and journaled together.</summary>
    Task<ImmutableArray<Receipt>> SendMany(string grainId, ImmutableArray<CommandEnvelope> envelopes);
}
