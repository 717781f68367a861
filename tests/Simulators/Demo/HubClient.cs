using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;

namespace Q2C.Simulators.Demo;

/// <summary>
/// The hub as its users meet it: GraphQL over HTTP, as one of the development personas. A hub that does not answer is
/// asked again for a while: every mutation carries its key, so asking twice does nothing twice.
/// </summary>
/// <param name="timeout">Of one request; a minute if left out, and then a hub that is away is asked again for as long.</param>
public sealed class HubClient(Uri hub, TimeSpan? timeout = null) : IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = hub, Timeout = timeout ?? Patience };
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private readonly ConcurrentDictionary<string, string> _tokens = new();

    /// <summary>The data of the answer. Throws <see cref="InvalidOperationException"/> with the errors, if there are any.</summary>
    public async Task<JsonObject> Query(string persona, string document, JsonObject? variables = null, CancellationToken cancel = default)
    {
        var answer = await Send(persona, document, variables, cancel);
        return answer["errors"] is JsonArray { Count: > 0 } errors
            ? throw new InvalidOperationException($"The hub answered with errors: {errors.ToJsonString()}")
            : answer["data"]!.AsObject();
    }

    /// <summary>The payload of the one mutation in the document. Throws if it was refused.</summary>
    public async Task<JsonObject> Mutate(string persona, string document, JsonObject input, CancellationToken cancel = default)
    {
        var data = await Query(persona, document, new() { ["input"] = input.DeepClone() }, cancel);
        var payload = data.First().Value!.AsObject();
        return payload["errors"] is JsonArray { Count: > 0 } errors
            ? throw new InvalidOperationException($"{data.First().Key} was refused: {errors.ToJsonString()}")
            : payload;
    }

    public void Dispose() => _http.Dispose();

    private async Task<JsonObject> Send(string persona, string document, JsonObject? variables, CancellationToken cancel)
    {
        var body = new JsonObject { ["query"] = document, ["variables"] = variables?.DeepClone() };
        using var response = await Post(persona, body, cancel);
        var text = await response.Content.ReadAsStringAsync(cancel);
        return JsonNode.Parse(text) as JsonObject
            ?? throw new InvalidOperationException($"The hub answered {(int)response.StatusCode}: {text}");
    }

    private async Task<HttpResponseMessage> Post(string persona, JsonObject body, CancellationToken cancel)
    {
        var since = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                return await PostAs(persona, body, cancel);
            }
            catch (HttpRequestException) when (timeout is null && TimeProvider.System.GetElapsedTime(since) < Patience)
            {
                await Task.Delay(Pause, cancel);
            }
        }
    }

    private async Task<HttpResponseMessage> PostAs(string persona, JsonObject body, CancellationToken cancel)
    {
        var response = await PostOnce(persona, body, cancel);
        if (response.StatusCode != System.Net.HttpStatusCode.Unauthorized) return response;

        // Tokens end with the hub's process: a restarted hub wants new ones.
        response.Dispose();
        _tokens.TryRemove(persona, out _);
        return await PostOnce(persona, body, cancel);
    }

    private async Task<HttpResponseMessage> PostOnce(string persona, JsonObject body, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/graphql") { Content = JsonContent.Create(body) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await Token(persona, cancel));
        return await _http.SendAsync(request, cancel);
    }

    private async Task<string> Token(string persona, CancellationToken cancel)
    {
        if (_tokens.TryGetValue(persona, out var known)) return known;
        using var response = await _http.PostAsJsonAsync("/dev/token", new { user = persona }, cancel);
        response.EnsureSuccessStatusCode();
        var answer = await response.Content.ReadFromJsonAsync<JsonObject>(cancel);
        return _tokens[persona] = answer!["token"]!.GetValue<string>();
    }
}
