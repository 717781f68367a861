using System.Data;
using Npgsql;

namespace Q2C.Silo.Journal;

/// <summary>
/// A connection that one loop keeps, so that its statements stay prepared; opened anew when it was lost.
/// </summary>
internal sealed class KeptConnection(NpgsqlDataSource database) : IAsyncDisposable
{
    private NpgsqlConnection? _connection;

    public async ValueTask<NpgsqlConnection> Open(CancellationToken cancel)
    {
        if (_connection is { FullState: ConnectionState.Open } open) return open;
        await DisposeAsync();
        return _connection = await database.OpenConnectionAsync(cancel);
    }

    public async ValueTask DisposeAsync()
    {
        var connection = _connection;
        _connection = null;
        if (connection is not null) await connection.DisposeAsync();
    }
}
