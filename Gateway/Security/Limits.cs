namespace Q2C.Gateway.Security;

/// <summary>What one request, one caller and all of them together may ask for: <c>Q2C:Limits</c>.</summary>
public sealed class Limits
{
    /// <summary>Of a request to <c>/graphql</c>, in bytes.</summary>
    public int RequestBytes { get; set; } = 8 * 1024 * 1024;

    /// <summary>Tokens in a document.</summary>
    public int Tokens { get; set; } = 10_000;

    /// <summary>Fields in a document; one that is asked for under several aliases counts as often.</summary>
    public int Fields { get; set; } = 1_000;

    /// <summary>Fields below each other.</summary>
    public int Depth { get; set; } = 16;

    /// <summary>By the cost analysis of the document: resolvers that run.</summary>
    public double FieldCost { get; set; } = 10_000;

    /// <summary>By the cost analysis of the document: objects that are answered.</summary>
    public double TypeCost { get; set; } = 10_000;

    /// <summary>Entries of a page of a list; at least <see cref="Reading.PageRequest.DefaultSize"/>, what comes unasked.</summary>
    public int PageSize { get; set; } = 100;

    /// <summary>How long one operation may take.</summary>
    public TimeSpan ExecutionTime { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Requests a second of one caller in the long run; 0 for no limit.</summary>
    public int PerSecond { get; set; } = 200;

    /// <summary>Requests of one caller at once, after a pause.</summary>
    public int Burst { get; set; } = 1_000;

    /// <summary>Requests to <c>/graphql</c> that are answered at the same time; beyond that 503, and nothing queues.</summary>
    public int Concurrent { get; set; } = 1_000;

    /// <summary>Websockets of one caller.</summary>
    public int Sockets { get; set; } = 20;

    /// <summary>Subscriptions of one caller, over websockets and event streams together.</summary>
    public int Subscriptions { get; set; } = 100;

    /// <summary>Deliveries of webhooks that are taken at the same time.</summary>
    public int Webhooks { get; set; } = 500;

    /// <summary>Throws <see cref="InvalidOperationException"/> that names the setting.</summary>
    public static Limits Read(IConfiguration configuration)
    {
        var section = configuration.GetSection("Q2C:Limits");
        var limits = section.Get<Limits>() ?? new();
        foreach (var (name, value) in new (string, double)[]
        {
            (nameof(RequestBytes), limits.RequestBytes), (nameof(Tokens), limits.Tokens), (nameof(Fields), limits.Fields),
            (nameof(Depth), limits.Depth), (nameof(FieldCost), limits.FieldCost), (nameof(TypeCost), limits.TypeCost),
            (nameof(ExecutionTime), limits.ExecutionTime.TotalSeconds), (nameof(Burst), limits.Burst),
            (nameof(Concurrent), limits.Concurrent), (nameof(Sockets), limits.Sockets),
            (nameof(Subscriptions), limits.Subscriptions), (nameof(Webhooks), limits.Webhooks), (nameof(PerSecond), limits.PerSecond + 1),
        })
        {
            if (value <= 0) throw new InvalidOperationException($"{section.Path}:{name} must be above zero.");
        }

        if (limits.PageSize < Reading.PageRequest.DefaultSize)
            throw new InvalidOperationException($"{section.Path}:{nameof(PageSize)} must be at least {Reading.PageRequest.DefaultSize}.");

        return limits;
    }
}
