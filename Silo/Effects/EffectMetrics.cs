using System.Diagnostics.Metrics;
using Q2C.Silo.Connectors;

namespace Q2C.Silo.Effects;

/// <summary>What the executors tell of themselves.</summary>
internal static class EffectMetrics
{
    private static readonly Meter Meter = new(Tracing.Effects.Name);

    private static readonly Counter<long> Outcomes = Meter.CreateCounter<long>(
        "q2c.effect.outcomes", "{request}",
        "Requests to outside systems, by connection and outcome: accepted, refused, unavailable, unknown.");

    public static void Came(string connection, SendResult result) =>
        Outcomes.Add(1, new("connection", connection), new("outcome", Name(result)));

    public static string Name(SendResult result) => result.GetType().Name.ToLowerInvariant();
}
