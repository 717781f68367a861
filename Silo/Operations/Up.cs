using Npgsql;

namespace Q2C.Silo.Operations;

/// <summary>Everything in one process on one machine: database, migrations, silo, gateway.</summary>
internal static class Up
{
    internal sealed record Settings(
        DirectoryInfo Data, int Port, int SiloPort, DirectoryInfo? Policies, FileInfo? Connections);

    public static async Task<int> Run(Settings settings, CancellationToken cancel)
    {
        FaultPoints.Arm(Environment.GetEnvironmentVariable(FaultPoints.Variable));
        if (RunFile.Read(settings.Data) is { } running)
            throw new OperationsException(
                $"This folder runs already (process {running.ProcessId}, http://localhost:{running.Port}).",
                "Stop it with ./q2c down, or give another folder with --data.");
        Ports.EnsureFree(settings.Port, "gateway", "--port");
        Ports.EnsureFree(settings.SiloPort, "silo", "--silo-port");
        settings.Data.Create();

        await using var standalone = await StartPostgres(settings.Data, cancel);
        var postgres = standalone is null
            ? Environment.GetEnvironmentVariable("Q2C_POSTGRES")!
            : await standalone.Database("q2c", cancel);
        await Reachable(postgres, cancel);

        await using var hub = await Hub.Build(
            new(postgres, settings.Port, settings.SiloPort, settings.Policies, settings.Connections, settings.Data, Development: true),
            cancel);
        await hub.StartAsync(cancel);
        new RunFile(Environment.ProcessId, settings.Port, settings.SiloPort, postgres).Write(settings.Data);
        Console.WriteLine($"""

              Q2C is up.
                http://localhost:{settings.Port}/          overview
                http://localhost:{settings.Port}/graphql   GraphQL
                http://localhost:{settings.Port}/health/ready
              Ctrl-C stops it; the next ./q2c up goes on where this ended.

            """);
        try
        {
            await hub.WaitForShutdownAsync(cancel);
        }
        finally
        {
            RunFile.Remove(settings.Data);
        }

        return 0;
    }

    /// <summary>Null if Q2C_POSTGRES names a server.</summary>
    internal static async Task<StandalonePostgres?> StartPostgres(DirectoryInfo data, CancellationToken cancel)
    {
        if (!string.IsNullOrWhiteSpace(Environment.GetEnvironmentVariable("Q2C_POSTGRES"))) return null;
        Console.WriteLine("starting the private PostgreSQL ...");
        return await StandalonePostgres.StartAsync(Path.Combine(data.FullName, "postgres"), cancel);
    }

    /// <summary>Throws <see cref="OperationsException"/> unless a PostgreSQL of a version that will do answers.</summary>
    internal static async Task Reachable(string postgres, CancellationToken cancel)
    {
        try
        {
            await using var source = NpgsqlDataSource.Create(postgres);
            await using var command = source.CreateCommand("show server_version_num");
            var version = int.Parse((string)(await command.ExecuteScalarAsync(cancel))!);
            if (version < 150000)
                throw new OperationsException(
                    $"The PostgreSQL in Q2C_POSTGRES is version {version / 10000}.", "Use PostgreSQL 15 or newer.");
        }
        catch (ArgumentException wrong)
        {
            throw new OperationsException(
                $"Q2C_POSTGRES is not a connection string: {wrong.Message}",
                "Write it like: Host=localhost;Username=q2c;Password=...;Database=q2c");
        }
        catch (NpgsqlException unreachable)
        {
            throw new OperationsException(
                $"PostgreSQL does not answer: {unreachable.Message}",
                "Check host, port, user, password and database in Q2C_POSTGRES, or unset it to use a private server.");
        }
    }
}
