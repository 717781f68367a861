using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Q2C.Simulators.Tests;

/// <summary>A clock that stands still until it is told to move.</summary>
internal sealed class ManualClock : TimeProvider
{
    private long _ticks = new DateTimeOffset(2026, 11, 21, 12, 0, 0, TimeSpan.Zero).UtcTicks;

    public DateTimeOffset Now => new(Interlocked.Read(ref _ticks), TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow() => Now;

    public void Advance(TimeSpan by) => Interlocked.Add(ref _ticks, by.Ticks);
}

/// <summary>One answer, whole.</summary>
internal sealed record Reply(int Status, string Body, IReadOnlyDictionary<string, string> Headers)
{
    public JsonNode Json => JsonNode.Parse(Body)!;
}

/// <summary>Sends requests to a simulator the way a connector would.</summary>
internal sealed class Client(Uri server, string? authorization = null) : IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = server };

    public async Task<Reply> SendAsync(
        string method, string path, string? body = null, string type = "application/json", params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (authorization is not null) request.Headers.TryAddWithoutValidation("Authorization", authorization);
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, type);
        using var response = await _http.SendAsync(request);
        var all = response.Headers.ToDictionary(h => h.Key, h => string.Join(",", h.Value), StringComparer.OrdinalIgnoreCase);
        return new((int)response.StatusCode, await response.Content.ReadAsStringAsync(), all);
    }

    public Task<Reply> FormAsync(string path, string form, params (string Name, string Value)[] headers) =>
        SendAsync("POST", path, form, "application/x-www-form-urlencoded", headers);

    public void Dispose() => _http.Dispose();
}

/// <summary>The hub's side of a webhook: keeps what it receives and answers as told.</summary>
internal sealed class Receiver : IAsyncDisposable
{
    private readonly WebApplication _app;

    private Receiver(WebApplication app) => _app = app;

    public ConcurrentQueue<(string Body, string? Signature)> Received { get; } = new();

    public Func<int, (int Status, string Body)> Answer { get; set; } = _ => (200, "");

    public Uri Address => new(_app.Urls.First());

    public static async Task<Receiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var receiver = new Receiver(builder.Build());
        receiver._app.MapPost("/{**path}", async http =>
        {
            using var reader = new StreamReader(http.Request.Body);
            var body = await reader.ReadToEndAsync();
            receiver.Received.Enqueue((body, http.Request.Headers["Stripe-Signature"]));
            var (status, text) = receiver.Answer(receiver.Received.Count);
            http.Response.StatusCode = status;
            await http.Response.WriteAsync(text);
        });
        await receiver._app.StartAsync();
        return receiver;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}

internal static class Wait
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    public static async Task UntilAsync(Func<bool> condition, string what)
    {
        using var limit = new CancellationTokenSource(Limit);
        while (!condition())
        {
            if (limit.IsCancellationRequested) Assert.Fail($"{what} did not happen within {Limit.TotalSeconds} s");
            await Task.Delay(10, CancellationToken.None);
        }
    }
}

internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("q2c-simulators-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

internal static class JsonReading
{
    public static string? At(this JsonNode node, string path)
    {
        JsonNode? current = node;
        foreach (var step in path.Split('.'))
            current = int.TryParse(step, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && current is JsonArray array
                ? array[index]
                : current?[step];
        return current?.ToString();
    }
}
