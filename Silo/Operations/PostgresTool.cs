using System.Diagnostics;
using Npgsql;

namespace Q2C.Silo.Operations;

/// <summary>A client program of PostgreSQL, run against one database; the password goes through its environment.</summary>
internal sealed class PostgresTool
{
    private readonly string _path;

    /// <summary>Throws <see cref="OperationsException"/> if the program is not on this machine.</summary>
    /// <param name="name"><c>pg_dump</c>, <c>pg_restore</c>.</param>
    public PostgresTool(string name)
    {
        _path = StandalonePostgres.FoldersOfPrograms().Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists)
            ?? throw new OperationsException(
                $"{name} was not found on this machine.",
                "Install PostgreSQL's client programs of the server's version or newer (Debian: apt-get install postgresql-client).");
    }

    /// <summary>Returns when it has ended well. Throws <see cref="OperationsException"/> with its last words if not.</summary>
    /// <param name="said">Told each line that it writes.</param>
    public async Task Run(NpgsqlConnectionStringBuilder? to, Action<string> said, CancellationToken cancel, params string[] arguments)
    {
        var start = new ProcessStartInfo(_path, arguments) { RedirectStandardError = true, RedirectStandardOutput = true };
        if (to is not null) Connect(start.Environment, to);
        using var process = Process.Start(start) ?? throw new OperationsException($"{_path} did not start.", "Check that it can be executed.");
        var last = new Queue<string>();
        try
        {
            await Task.WhenAll(Follow(process.StandardError), Follow(process.StandardOutput));
            await process.WaitForExitAsync(cancel);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw;
        }

        if (process.ExitCode != 0)
            throw new OperationsException(
                $"{Path.GetFileName(_path)} failed: {string.Join(' ', last)}", "Remove the cause and run it again; nothing is left half done.");

        async Task Follow(StreamReader output)
        {
            while (await output.ReadLineAsync(cancel) is { } line)
            {
                lock (last)
                {
                    if (line.Contains("error", StringComparison.OrdinalIgnoreCase)) last.Enqueue(line);
                    if (last.Count > 3) last.Dequeue();
                }

                said(line);
            }
        }
    }

    private static void Connect(IDictionary<string, string?> environment, NpgsqlConnectionStringBuilder to)
    {
        environment["PGHOST"] = to.Host;
        environment["PGPORT"] = $"{to.Port}";
        environment["PGDATABASE"] = to.Database;
        environment["PGUSER"] = to.Username;
        environment["PGPASSWORD"] = to.Password;
        if (to.SslMode is not SslMode.Prefer) environment["PGSSLMODE"] = to.SslMode switch
        {
            SslMode.VerifyCA => "verify-ca",
            SslMode.VerifyFull => "verify-full",
            var mode => mode.ToString().ToLowerInvariant(),
        };
    }
}
