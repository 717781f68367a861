using System.Text.Json;

namespace Q2C.Gateway.Webhooks.Proofs;

/// <summary>
/// A secret that we gave when we subscribed, repeated in each delivery of the body. One delivery without it, and none of
/// them is authentic.
/// </summary>
internal sealed class ClientStateProof(string entries, string path, IEnumerable<string> states) : IProof
{
    private readonly Secrets _states = new(states);

    public ValueTask<string?> Check(WebhookRequest request)
    {
        try
        {
            using var document = JsonDocument.Parse(request.Body, JsonFormat.Limits);
            var all = JsonFormat.Entries(document.RootElement, entries)?.ToList();
            return new(all is { Count: > 0 } && all.All(entry => JsonFormat.Text(entry, path) is { } state && _states.Match(state))
                ? null
                : Refusals.WrongClientState);
        }
        catch (JsonException)
        {
            return new(Refusals.WrongClientState);
        }
    }
}
