using System.Diagnostics;

namespace Q2C.Silo.Operations;

/// <summary>Stops what <c>up</c> started from a data folder and was left running.</summary>
internal static class Down
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>0 if something was stopped, 1 if nothing was running.</summary>
    public static async Task<int> Run(DirectoryInfo data, CancellationToken cancel)
    {
        var stopped = false;
        if (RunFile.Read(data) is { } run)
        {
            using var process = Process.GetProcessById(run.ProcessId);
            using var terminate = Process.Start("kill", ["-TERM", $"{run.ProcessId}"]);
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            patience.CancelAfter(Patience);
            try
            {
                await process.WaitForExitAsync(patience.Token);
            }
            catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
            {
                process.Kill();
            }

            RunFile.Remove(data);
            Console.WriteLine($"stopped the hub (process {run.ProcessId}).");
            stopped = true;
        }

        if (await StandalonePostgres.StopAsync(Path.Combine(data.FullName, "postgres")))
        {
            Console.WriteLine("stopped the private PostgreSQL.");
            stopped = true;
        }

        return stopped ? 0 : 1;
    }
}
