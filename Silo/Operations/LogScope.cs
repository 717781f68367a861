using Q2C.Silo.Connectors;
using Q2C.Silo.Effects;

namespace Q2C.Silo.Operations;

/// <summary>What a log entry belongs to: names of a scope that are the same everywhere.</summary>
internal static class LogScope
{
    public static IReadOnlyList<KeyValuePair<string, object?>> Of(string correlation, string? causation) =>
        [new("Correlation", correlation), new("Causation", causation)];

    public static IReadOnlyList<KeyValuePair<string, object?>> Of(CommandEnvelope envelope) =>
        [.. Of(envelope.Correlation, envelope.Causation), new("Command", envelope.Command.GetType().Name)];

    public static IReadOnlyList<KeyValuePair<string, object?>> Of(InboxDelivery delivery) =>
        [.. Of(delivery.Correlation, delivery.Causation), new("Delivery", delivery.Id)];

    /// <summary>Its causation is the row of the journal that asked for it: the grain stands in its place.</summary>
    public static IReadOnlyList<KeyValuePair<string, object?>> Of(EffectRow effect) =>
        [.. Of(effect.Correlation, effect.Grain), new("Effect", effect.Id)];
}
