using System.Collections.ObjectModel;
using Q2C.Silo.Connectors;
using Q2C.Silo.Effects;

namespace Q2C.Silo.Operations;

/// <summary>What a log entry belongs to: the values of a scope, under names that are the same everywhere.</summary>
internal sealed class LogScope : ReadOnlyCollection<KeyValuePair<string, object?>>
{
    private LogScope(string correlation, string? causation, params KeyValuePair<string, object?>[] more)
        : base([new("Correlation", correlation), new("Causation", causation), .. more])
    {
    }

    public static LogScope Of(string correlation, string? causation) => new(correlation, causation);

    public static LogScope Of(CommandEnvelope envelope) =>
        new(envelope.Correlation, envelope.Causation, new KeyValuePair<string, object?>("Command", envelope.Command.GetType().Name));

    public static LogScope Of(InboxDelivery delivery) =>
        new(delivery.Correlation, delivery.Causation, new KeyValuePair<string, object?>("Delivery", delivery.Id));

    /// <summary>Its causation is the row of the journal that asked for it: the grain stands in its place.</summary>
    public static LogScope Of(EffectRow effect) =>
        new(effect.Correlation, effect.Grain, new KeyValuePair<string, object?>("Effect", effect.Id));

    public override string ToString() => string.Join(' ', this.Select(value => $"{value.Key}={value.Value}"));
}
