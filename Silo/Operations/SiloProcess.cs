namespace Q2C.Silo.Operations;

/// <summary>A silo as a process of its own: as many as wanted on one database, with gateways beside them.</summary>
internal static class SiloProcess
{
    internal sealed record Settings(DirectoryInfo Data, int SiloPort, DirectoryInfo? Policies, FileInfo? Connections);

    /// <summary>Until cancelled or told to stop. Throws <see cref="OperationsException"/>.</summary>
    public static async Task<int> Run(Settings settings, CancellationToken cancel)
    {
        var postgres = Environment.GetEnvironmentVariable("Q2C_POSTGRES");
        if (string.IsNullOrWhiteSpace(postgres))
            throw new OperationsException(
                "A silo of its own needs the database that it shares with others.",
                "Set Q2C_POSTGRES, or use ./q2c up for everything in one process.");
        await Up.Reachable(postgres, cancel);
        using var silo = await Hub.BuildSilo(
            new(postgres, Port: 0, settings.SiloPort, settings.Policies, settings.Connections, settings.Data, Development: false),
            cancel);
        await silo.RunAsync(cancel);
        return 0;
    }
}
