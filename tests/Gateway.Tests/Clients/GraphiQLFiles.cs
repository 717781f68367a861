using System.Diagnostics;

namespace Q2C.Gateway.Tests.Clients;

/// <summary>GraphiQL's files, fetched once per machine.</summary>
internal static class GraphiQLFiles
{
    private static readonly SemaphoreSlim Turn = new(1, 1);

    public static async Task<string> Folder()
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "graphiql");
        await Turn.WaitAsync();
        try
        {
            using var process = Process.Start(new ProcessStartInfo("bash", [Path.Combine(AppContext.BaseDirectory, "fetch-graphiql"), folder])
            {
                RedirectStandardError = true,
            })!;
            var problem = await process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync();
            Assert.True(process.ExitCode == 0, problem);
            return folder;
        }
        finally
        {
            Turn.Release();
        }
    }
}
