namespace HotChocolate.AspNetCore;

/// <summary>What an endpoint accepts.</summary>
public sealed class GraphQLServerOptions
{
    public GraphQLToolOptions Tool { get; } = new();

    public GraphQLSocketOptions Sockets { get; internal set; } = new();

    public AllowedGetOperations AllowedGetOperations { get; set; } = AllowedGetOperations.Query;

    public bool EnableGetRequests { get; set; } = true;

    /// <summary>Whether <c>?sdl</c> answers with the schema.</summary>
    public bool EnableSchemaRequests { get; set; } = true;
}

/// <summary>The web IDE, which this library does not have.</summary>
public sealed class GraphQLToolOptions
{
    public bool Enable { get; set; } = true;
}

/// <summary>Settings of websockets.</summary>
public sealed class GraphQLSocketOptions
{
    /// <summary>How long a client may take to send connection_init.</summary>
    public TimeSpan ConnectionInitializationTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How often the server pings; null for never.</summary>
    public TimeSpan? KeepAliveInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a client may leave a message unread once all buffers are full.</summary>
    internal TimeSpan SlowConsumerLimit { get; set; } = TimeSpan.FromSeconds(30);
}

/// <summary>The operations that GET may carry.</summary>
[Flags]
public enum AllowedGetOperations
{
    Query = 1,
    Mutation = 2,
    QueryAndMutation = Query | Mutation,
}
