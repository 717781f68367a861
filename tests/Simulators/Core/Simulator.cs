using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Q2C.Simulators.Core;

/// <summary>
/// One vendor's API as a web server of its own. A request is read whole, decided under one lock against the store,
/// made durable and only then answered, so it is finished even when its client has gone.
/// </summary>
public abstract class Simulator : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Store _store;

    /// <param name="grpcPort">Null without gRPC: it speaks HTTP/2 only and so needs a port of its own; 0 takes a free one.</param>
    protected Simulator(string name, SimulatorOptions options, int? grpcPort = null)
    {
        Name = name;
        Options = options;
        _store = new Store(options.DataDirectory is { } folder ? Path.Combine(folder, name + ".jsonl") : null);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            // A stream may be silent for as long as it likes.
            kestrel.Limits.MinRequestBodyDataRate = null;
            Listen(kestrel, options.Port, HttpProtocols.Http1AndHttp2);
            if (grpcPort is { } port) Listen(kestrel, port, HttpProtocols.Http2);
        });
        _app = builder.Build();

        void Listen(KestrelServerOptions kestrel, int port, HttpProtocols protocols)
        {
            if (options.AnyInterface) kestrel.ListenAnyIP(port, endpoint => endpoint.Protocols = protocols);
            else if (port == 0) kestrel.Listen(IPAddress.Loopback, 0, endpoint => endpoint.Protocols = protocols);
            else kestrel.ListenLocalhost(port, endpoint => endpoint.Protocols = protocols);
        }
    }

    public string Name { get; }

    public Uri BaseAddress { get; private set; } = new("http://localhost");

    /// <summary>Where gRPC is spoken, by those that do.</summary>
    public Uri? GrpcAddress { get; private set; }

    public Faults Faults { get; } = new();

    public CallLog Calls { get; } = new();

    protected SimulatorOptions Options { get; }

    protected TimeProvider Clock => Options.Clock;

    protected DateTimeOffset Now => Clock.GetUtcNow();

    protected Store Store => _store;

    /// <summary>Every record of one kind as the vendor holds it, in order of creation; copies.</summary>
    public IReadOnlyList<JsonObject> Records(string kind)
    {
        lock (_store.Gate) return [.. _store.All(kind).Select(record => record.Copy())];
    }

    /// <summary>All kinds of records with their records.</summary>
    public JsonObject Snapshot()
    {
        lock (_store.Gate) return _store.Snapshot();
    }

    public virtual async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _store.Dispose();
        GC.SuppressFinalize(this);
    }

    protected async Task LaunchAsync()
    {
        Change(() =>
        {
            if (_store.IsEmpty) Seed();
        });
        MapCommonControl();
        Map();
        MapCatchAll();
        await _app.StartAsync();
        var addresses = _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses
            .Select(address => new Uri(address.Replace("[::]", "localhost", StringComparison.Ordinal))).ToList();
        (BaseAddress, GrpcAddress) = (addresses[0], addresses.ElementAtOrDefault(1));
    }

    /// <summary>Fills an empty store.</summary>
    protected abstract void Seed();

    protected abstract void Map();

    /// <summary>Null lets the request in; otherwise the vendor's own 401 or 403.</summary>
    protected abstract Answer? Authorize(Call call);

    protected abstract Answer NotFound(Call call);

    /// <summary>The vendor's own 500, for a bug of the simulator.</summary>
    protected virtual Answer Broken(Exception error) => new(500, error.ToString(), "text/plain");

    /// <summary>Wraps the work of a request: throttling, idempotency keys, headers on every answer.</summary>
    protected virtual Task<Answer> AnswerAsync(Call call, Func<Task<Answer>> work) => work();

    protected void Route(string verb, string pattern, string operation, Func<Call, Answer> handler, bool open = false) =>
        _app.MapMethods(pattern, [verb], http => ServeAsync(http, operation, call =>
            (open ? null : Authorize(call)) ?? handler(call)));

    /// <summary>Adds a gRPC method, which reads and writes its messages itself.</summary>
    protected void Grpc(string method, RequestDelegate handler) => _app.MapPost(method, handler);

    /// <summary>Adds a route under /_control. The handler's body is JSON and its result is sent with status 200.</summary>
    protected void Control(string verb, string path, Func<JsonObject, JsonNode> handler) =>
        _app.MapMethods("/_control" + path, [verb], http => ControlAsync(http, handler));

    /// <summary>Changes records in one durable step outside of any request; nothing stays if it throws.</summary>
    protected void Change(Action change) => Change(() =>
    {
        change();
        return true;
    });

    protected T Change<T>(Func<T> change)
    {
        lock (_store.Gate)
        {
            try
            {
                var result = change();
                _store.Commit();
                return result;
            }
            catch
            {
                _store.RollbackTo(0);
                throw;
            }
        }
    }

    private async Task ServeAsync(HttpContext http, string operation, Func<Call, Answer> handler)
    {
        var call = await Call.ReadAsync(http, operation, Clock);
        var fault = Faults.Take(call);
        if (fault?.Kind is FaultKind.Drop or FaultKind.Down)
        {
            Calls.Add(call, 0, fault.Kind);
            http.Abort();
            return;
        }
        var answer = await AnswerAsync(call, () => WorkAsync(call, handler, fault));
        var dropped = fault?.Kind is FaultKind.ApplyThenDrop;
        Calls.Add(call, dropped ? 0 : answer.Status, fault?.Kind);
        if (dropped) http.Abort();
        else await SendAsync(http, answer, fault?.Kind is FaultKind.Truncate);
    }

    private async Task<Answer> WorkAsync(Call call, Func<Call, Answer> handler, Fault? fault)
    {
        if (fault?.Kind is FaultKind.Delay) await Task.Delay(fault.Delay);
        if (fault?.Kind is not (FaultKind.Status or FaultKind.Html)) return Decide(call, handler);
        if (fault.Apply) Decide(call, handler);
        return fault.Kind is FaultKind.Html
            ? Answer.Text(fault.Status, fault.Body ?? ProxyPage, "text/html")
            : new Answer(fault.Status, fault.Body ?? "") { Headers = fault.Headers };
    }

    private Answer Decide(Call call, Func<Call, Answer> handler)
    {
        try
        {
            return Change(() => handler(call));
        }
        catch (RefusalException refusal)
        {
            return refusal.Answer;
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            return Broken(error);
        }
    }

    private async Task SendAsync(HttpContext http, Answer answer, bool truncated)
    {
        http.Response.StatusCode = answer.Status;
        http.Response.Headers.Date = Now.ToString("R");
        foreach (var (name, value) in answer.Headers) http.Response.Headers[name] = value;
        if (answer.Body is not { } body) return;
        http.Response.ContentType = answer.ContentType;
        var bytes = Encoding.UTF8.GetBytes(body);
        http.Response.ContentLength = bytes.Length;
        if (!truncated)
        {
            await http.Response.Body.WriteAsync(bytes);
            return;
        }
        await http.Response.Body.WriteAsync(bytes.AsMemory(0, bytes.Length / 2));
        await http.Response.Body.FlushAsync();
        http.Abort();
    }

    private void MapCommonControl()
    {
        Control("GET", "/records", _ => Snapshot());
        Control("GET", "/calls", _ => Calls.Entries.Select(call => call.ToJson()).ToJsonArray());
        Control("GET", "/faults", _ => new JsonObject { ["count"] = Faults.Current.Count });
        Control("POST", "/faults", json =>
        {
            Faults.Add(Fault.Parse(json));
            return new JsonObject { ["count"] = Faults.Current.Count };
        });
        Control("DELETE", "/faults", _ =>
        {
            Faults.Clear();
            return new JsonObject { ["count"] = 0 };
        });
    }

    private void MapCatchAll() => _app.MapFallback("/{**path}", http => ServeAsync(http, "unknown", NotFound));

    private async Task ControlAsync(HttpContext http, Func<JsonObject, JsonNode> handler)
    {
        var call = await Call.ReadAsync(http, "control", Clock);
        if (call.Body.Trim().Length > 0 && !call.TryJson(out _))
        {
            await SendAsync(http, Answer.Json(400, new JsonObject { ["error"] = "the body is not a JSON object" }), false);
            return;
        }
        call.TryJson(out var json);
        await SendAsync(http, Operate(json, handler), false);
    }

    private static Answer Operate(JsonObject json, Func<JsonObject, JsonNode> handler)
    {
        try
        {
            return Answer.Json(200, handler(json));
        }
        catch (Exception error) when (error is FormatException or ArgumentException or KeyNotFoundException)
        {
            return Answer.Json(400, new JsonObject { ["error"] = error.Message });
        }
        catch (RefusalException refusal)
        {
            return refusal.Answer with { Status = 400 };
        }
    }

    private const string ProxyPage =
        "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>";

    /// <summary>Signals are the business of the process that hosts the simulator, not of its web server.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
