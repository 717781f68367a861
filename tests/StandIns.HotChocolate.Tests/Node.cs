using System.Diagnostics;

namespace Q2C.StandIns.Tests;

/// <summary>Runs the scripts of the folder <c>oracle</c>; its packages are installed once.</summary>
internal static class Node
{
    private static readonly string s_folder = FindFolder();
    private static readonly Lazy<bool> s_installed = new(Install);

    /// <summary>The lines that the script prints; fails with what it prints as error.</summary>
    public static async Task<IReadOnlyList<string>> RunAsync(
        string script, string[] arguments, IReadOnlyList<string> input)
    {
        Assert.True(s_installed.Value);
        using var process = Start("node", [script, .. arguments]);
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        foreach (var line in input)
        {
            await process.StandardInput.WriteLineAsync(line);
        }

        process.StandardInput.Close();
        var text = await output;
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await errors);
        return text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static bool Install()
    {
        if (Directory.Exists(System.IO.Path.Combine(s_folder, "node_modules", "graphql")))
        {
            return true;
        }

        using var process = Start("npm", ["ci", "--no-fund", "--no-audit"]);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, errors.Result + output.Result);
        return true;
    }

    private static Process Start(string file, IEnumerable<string> arguments) => Process.Start(
        new ProcessStartInfo(file, arguments)
        {
            WorkingDirectory = s_folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;

    private static string FindFolder()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = System.IO.Path.Combine(folder.FullName, "tests", "StandIns.HotChocolate.Tests", "oracle");
            if (Directory.Exists(candidate))
            {
                return candidate;
            }
        }

        throw new DirectoryNotFoundException("The folder with the oracle scripts is not above the test's output.");
    }
}
