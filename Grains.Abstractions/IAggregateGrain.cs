using System.Collections.Immutable;

namespace Q2C;

/// <summary>What every grain with a journal answers to.</summary>
[Alias("q2c.aggregate-grain")]
public interface IAggregateGrain : IGrainWithStringKey
{
    /// <summary>Decides, journals, answers. The answer leaves only after the journal is durable.</summary>
    [Alias("execute")]
    Task<Receipt> Execute(CommandEnvelope envelope);

    /// <summary>The same for many, decided one after another in this order and journaled together.</summary>
    [Alias("execute-many")]
    Task<ImmutableArray<Receipt>> ExecuteMany(ImmutableArray<CommandEnvelope> envelopes);

    /// <summary>What the command would do now. Nothing is journaled.</summary>
    [Alias("preview")]
    Task<Preview> Preview(CommandEnvelope envelope);

    /// <summary>What the row of this version changed; null for a version that the grain does not have.</summary>
    [Alias("change")]
    Task<StateChange?> Change(long version);

    /// <summary>Takes what it missed from the journal of <paramref name="source"/>; used by the sweep over lagging cursors.</summary>
    [Alias("catch-up")]
    Task CatchUp(string source);
}

/// <summary>A grain's state before and after one of its rows, as JSON.</summary>
[GenerateSerializer, Immutable, Alias("state-change")]
public sealed record StateChange(string Before, string After);
