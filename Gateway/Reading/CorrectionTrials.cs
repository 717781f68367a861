using System.Globalization;
using System.Text;
using System.Text.Json;
using Q2C.Connections;
using Q2C.Gateway.Resolvers;
using Q2C.Gateway.Webhooks;

namespace Q2C.Gateway.Reading;

/// <summary>Has a connection try a body, which sends nothing.</summary>
public sealed class CorrectionTrials(IClusterClient cluster, ReadModels readModels)
{
    private const string Body = "select jsonb_build_object('body', encode(body, 'base64'), 'feed', feed)::text from q2c_read.delivery_body where id = $1";

    /// <param name="connection">Null for the delivery's own.</param>
    /// <param name="body">Null for the body that came.</param>
    internal async Task<DeliveryTrial> Try(DeliveryNode delivery, string? connection, string? body, CancellationToken cancel)
    {
        var original = (await readModels.Query<OriginalRow>(
            Body, cancel, long.Parse(delivery.Id, CultureInfo.InvariantCulture))).Single();
        var text = body ?? original.Text;
        return delivery.ContentType.Contains("json", StringComparison.OrdinalIgnoreCase) && Broken(text) is { } problem
            ? new([], [problem], null)
            : await cluster.GetGrain<IDeliveryTrialGrain>(connection ?? delivery.Connection).Try(original.Feed, delivery.DedupeKey, text);
    }

    private static DeliveryProblem? Broken(string body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return null;
        }
        catch (JsonException broken)
        {
            var (problem, line, column) = JsonFormat.Broken(broken);
            return new(problem with { Remedy = "Correct it there." }, line, column);
        }
    }

    private sealed record OriginalRow(string Body, string Feed)
    {
        public string Text => Encoding.UTF8.GetString(Convert.FromBase64String(Body));
    }
}
