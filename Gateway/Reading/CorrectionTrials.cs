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

    internal async Task<DeliveryTrial> Try(DeliveryNode delivery, Replacement corrected, CancellationToken cancel)
    {
        var original = (await readModels.Query<OriginalRow>(
            Body, cancel, long.Parse(delivery.Id, CultureInfo.InvariantCulture))).Single();
        var text = corrected.Body ?? original.Text;
        var trial = cluster.GetGrain<IDeliveryTrialGrain>(corrected.Connection ?? delivery.Connection);
        if (corrected.Commands is { } commands) return await trial.TryCommands(original.Feed, delivery.DedupeKey, text, commands);
        return delivery.ContentType.Contains("json", StringComparison.OrdinalIgnoreCase) && Broken(text) is { } problem
            ? new([], [problem], null)
            : await trial.Try(original.Feed, delivery.DedupeKey, text);
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

/// <summary>What is to be different about a delivery; members that are null stay as they are.</summary>
/// <param name="Commands">What it brings, instead of what its body is mapped to.</param>
internal sealed record Replacement(string? Connection, string? Body, string? Commands)
{
    /// <summary>What the new delivery has as its body.</summary>
    public string? Content => Commands ?? Body;
}
