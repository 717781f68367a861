using Npgsql;

namespace Q2C.Gateway;

/// <summary>
/// The gateway's own pool, as the role that may read the read models and add to the inbox, and nothing else.
/// </summary>
public sealed class GatewayDatabase : IAsyncDisposable
{
    private const int MaxPoolSize = 30;

    public GatewayDatabase(string connectionString, string role)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString)
        {
            ApplicationName = "q2c-gateway",
            Options = $"-c role={role}",
            MaxPoolSize = MaxPoolSize,
            MaxAutoPrepare = 64,
            // Nothing here changes a session, so there is nothing to undo before the next one uses it.
            NoResetOnClose = true,
            IncludeErrorDetail = false,
        };
        Source = NpgsqlDataSource.Create(settings);
    }

    internal NpgsqlDataSource Source { get; }

    public ValueTask DisposeAsync() => Source.DisposeAsync();
}
