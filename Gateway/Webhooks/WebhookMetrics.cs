using System.Diagnostics.Metrics;

namespace Q2C.Gateway.Webhooks;

/// <summary>What the door of the inbox tells of itself. Names of connections are those of the configuration only.</summary>
internal static class WebhookMetrics
{
    public const string UnknownConnection = "unknown";

    private static readonly Meter Meter = new(Tracing.Gateway.Name);

    private static readonly Counter<long> Deliveries = Meter.CreateCounter<long>(
        "q2c.webhook.deliveries", "{delivery}", "Authentic deliveries, by connection and whether they are new or repeated.");

    private static readonly Counter<long> Refusals = Meter.CreateCounter<long>(
        "q2c.webhook.refusals", "{request}", "Requests turned away, by connection and reason.");

    public static void Taken(string connection, int added, int all)
    {
        Deliveries.Add(added, new("connection", connection), new("kind", "new"));
        if (all > added) Deliveries.Add(all - added, new("connection", connection), new("kind", "repeated"));
    }

    public static void Refused(string connection, string reason) =>
        Refusals.Add(1, new("connection", connection), new("reason", reason));
}
