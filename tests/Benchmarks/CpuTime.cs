using System.Diagnostics;
using System.Globalization;

namespace Q2C.Benchmarks;

/// <summary>CPU time used so far, in microseconds: what a machine that does other things besides still tells truly.</summary>
/// <param name="Silo">This process: silo, grains and callers; or the server that was asked about.</param>
/// <param name="Postgres">All processes of the private PostgreSQL; 0 where they cannot be seen.</param>
internal readonly record struct CpuTime(double Silo, double Postgres)
{
    private const double MicrosecondsPerTick = 10_000;

    public static CpuTime operator -(CpuTime later, CpuTime earlier) =>
        new(later.Silo - earlier.Silo, later.Postgres - earlier.Postgres);

    public static CpuTime Now(int? postmaster) => Of(Process.GetCurrentProcess(), postmaster);

    public static CpuTime Of(Process process, int? postmaster) => new(
        process.TotalProcessorTime.TotalMicroseconds,
        postmaster is { } pid && Directory.Exists("/proc") ? ServerTicks(pid) * MicrosecondsPerTick : 0);

    /// <summary>Of its children, and of those of them that ended.</summary>
    private static long ServerTicks(int postmaster) => Processes().Sum(stat =>
        stat.Pid == postmaster ? stat.Own + stat.Ended : stat.Parent == postmaster ? stat.Own : 0);

    private static IEnumerable<(int Pid, int Parent, long Own, long Ended)> Processes()
    {
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var pid)) continue;
            string[] fields;
            try
            {
                var stat = File.ReadAllText(Path.Combine(folder, "stat"));
                // The name in parentheses may hold spaces; what follows it does not.
                fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            }
            catch (IOException)
            {
                continue;
            }

            yield return (pid, (int)Number(1), Number(11) + Number(12), Number(13) + Number(14));

            long Number(int index) => long.Parse(fields[index], CultureInfo.InvariantCulture);
        }
    }
}
