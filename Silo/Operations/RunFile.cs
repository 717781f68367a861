using System.Diagnostics;
using System.Text.Json;

namespace Q2C.Silo.Operations;

/// <summary>What runs from a data folder: written when it is up, removed when it stops.</summary>
internal sealed record RunFile(int ProcessId, int Port, int SiloPort, string Postgres)
{
    public static RunFile? Read(DirectoryInfo data)
    {
        var file = PathIn(data);
        if (!File.Exists(file)) return null;
        var run = JsonSerializer.Deserialize<RunFile>(File.ReadAllText(file));
        return run is not null && IsAlive(run.ProcessId) ? run : null;
    }

    public void Write(DirectoryInfo data)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };

        // The connection string holds the private server's password.
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var stream = new FileStream(PathIn(data), options);
        JsonSerializer.Serialize(stream, this);
    }

    public static void Remove(DirectoryInfo data) => File.Delete(PathIn(data));

    private static string PathIn(DirectoryInfo data) => Path.Combine(data.FullName, "run.json");

    private static bool IsAlive(int processId)
    {
        try
        {
            return !Process.GetProcessById(processId).HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
