using System.Collections.Immutable;

namespace Q2C.Silo.Streams;

/// <summary>Reaches a grain by its id, whatever kind of grain it is.</summary>
public interface ICommandRouter
{
    Task<Receipt> Execute(string grain, CommandEnvelope envelope);

    /// <summary>Decided in this order and journaled together.</summary>
    Task<ImmutableArray<Receipt>> ExecuteMany(string grain, ImmutableArray<CommandEnvelope> envelopes);

    /// <summary>Has the target take from the journal what it missed of the source.</summary>
    Task CatchUp(string target, string source);
}

/// <summary>The router for grains that Orleans hosts.</summary>
public sealed class CommandRouter(IGrainFactory grains) : ICommandRouter
{
    public Task<Receipt> Execute(string grain, CommandEnvelope envelope) => grains.Aggregate(grain).Execute(envelope);

    public Task<ImmutableArray<Receipt>> ExecuteMany(string grain, ImmutableArray<CommandEnvelope> envelopes) =>
        grains.Aggregate(grain).ExecuteMany(envelopes);

    public Task CatchUp(string target, string source) => grains.Aggregate(target).CatchUp(source);
}
