using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Q2C.Simulators.Demo;

namespace Q2C.Chaos.Processes;

/// <param name="Payload">As it was answered the first time.</param>
internal sealed record Acknowledged(string Persona, string Document, JsonObject Input, string Payload);

/// <summary>
/// People at several gateways: whoever gets no answer asks another gateway, under the same key, until somebody answers.
/// </summary>
internal sealed class Callers(IReadOnlyList<Uri> gateways, Random random) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private readonly HubClient[] _clients = [.. gateways.Select(gateway => new HubClient(gateway, Patience))];
    private readonly ConcurrentQueue<Acknowledged> _acknowledged = new();
    private readonly ConcurrentDictionary<string, int> _answers = new(StringComparer.Ordinal);

    /// <summary>Mutations that were answered, with what was answered.</summary>
    public IReadOnlyCollection<Acknowledged> All => _acknowledged;

    /// <summary>What was answered instead, in words without numbers, and how often.</summary>
    public IReadOnlyDictionary<string, int> Troubles => _answers;

    public HubClient At(int gateway) => _clients[gateway];

    public Task<JsonObject> Query(string document, JsonObject variables, CancellationToken cancel) =>
        Persist(client => client.Query(DemoStory.Operator, document, variables, cancel), cancel);

    public async Task<JsonObject> Mutate(string persona, string document, JsonObject input, CancellationToken cancel)
    {
        var payload = await Persist(client => client.Mutate(persona, document, input, cancel), cancel);
        _acknowledged.Enqueue(new(persona, document, input, payload.ToJsonString()));
        return payload;
    }

    /// <summary>Asks again for all that was answered; returns those whose answer is another one now.</summary>
    public async Task<IReadOnlyList<string>> Repeat(CancellationToken cancel)
    {
        var different = new List<string>();
        foreach (var one in _acknowledged)
        {
            var again = (await Persist(client => client.Mutate(one.Persona, one.Document, one.Input, cancel), cancel)).ToJsonString();
            if (again != one.Payload) different.Add($"{one.Input["idempotencyKey"]}: {one.Payload} became {again}");
        }

        return different;
    }

    public void Dispose()
    {
        foreach (var client in _clients) client.Dispose();
    }

    private async Task<T> Persist<T>(Func<HubClient, Task<T>> ask, CancellationToken cancel)
    {
        while (true)
        {
            var at = random.Next(_clients.Length);
            try
            {
                return await ask(_clients[at]);
            }
            catch (Exception failure) when (!cancel.IsCancellationRequested
                && failure is HttpRequestException or IOException or InvalidOperationException or OperationCanceledException)
            {
                _answers.AddOrUpdate(Words(failure), 1, (_, count) => count + 1);
                await Task.Delay(Pause, cancel);
            }
        }
    }

    private static string Words(Exception failure)
    {
        var text = failure is OperationCanceledException ? "no answer in time" : failure.Message;
        return new string([.. text.Where(letter => !char.IsDigit(letter))])[..Math.Min(160, text.Count(letter => !char.IsDigit(letter)))];
    }
}

/// <summary>Somebody at each gateway who does one small thing all the time: when did it work again?</summary>
internal sealed class Probe(Callers callers, int gateways)
{
    private const string Upsert =
        "mutation($input: UpsertCustomerInput!) { upsertCustomer(input: $input) { freshness errors { ... on UserError { code message } } } }";

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly ConcurrentQueue<(long Began, long Ended)> _served = new();

    public Task Run(CancellationToken cancel) => Task.WhenAll(Enumerable.Range(0, gateways).Select(gateway => At(gateway, cancel)));

    /// <summary>From the moment to the first answer to something that was asked after it; null if there was none.</summary>
    public TimeSpan? FirstServedAfter(long moment) => _served.Where(one => one.Began >= moment)
        .Select(one => (TimeSpan?)Stopwatch.GetElapsedTime(moment, one.Ended)).Min();

    private async Task At(int gateway, CancellationToken cancel)
    {
        for (var i = 0; !cancel.IsCancellationRequested; i++)
        {
            var began = Stopwatch.GetTimestamp();
            try
            {
                await callers.At(gateway).Mutate(DemoStory.Sales, Upsert, Engagements.Customer($"probe-{gateway}", $"probe-{gateway}-{i}", i), cancel);
                _served.Enqueue((began, Stopwatch.GetTimestamp()));
            }
            catch (Exception failure) when (failure is HttpRequestException or IOException or InvalidOperationException or OperationCanceledException)
            {
                // The next one may work.
            }

            await Task.Delay(Pause, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
