using System.Text.Json.Nodes;

namespace Q2C.Simulators.Demo;

/// <summary>The control API of one simulator: what people do in the vendor's own application.</summary>
public sealed class VendorControl(Uri simulator) : IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = simulator };

    public async Task<JsonObject> Do(string path, JsonObject body, CancellationToken cancel = default)
    {
        using var response = await _http.PostAsJsonAsync($"/_control/{path}", body, cancel);
        var answer = await response.Content.ReadFromJsonAsync<JsonObject>(cancel) ?? [];
        return response.IsSuccessStatusCode
            ? answer
            : throw new InvalidOperationException($"{simulator} refused {path}: {answer.ToJsonString()}");
    }

    /// <summary>The vendor's own records of one kind.</summary>
    public async Task<IReadOnlyList<JsonObject>> Records(string kind, CancellationToken cancel = default)
    {
        var all = await _http.GetFromJsonAsync<JsonObject>("/_control/records", cancel) ?? [];
        return all[kind] switch
        {
            JsonArray list => [.. list.OfType<JsonObject>()],
            JsonObject byId => [.. byId.Select(pair => pair.Value).OfType<JsonObject>()],
            _ => [],
        };
    }

    public void Dispose() => _http.Dispose();
}
