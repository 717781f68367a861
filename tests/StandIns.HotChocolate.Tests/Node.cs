using System.Diagnostics;

namespace Q2C.StandIns.Tests;

/// <summary>Runs the scripts of a folder with npm packages, which are installed once.</summary>
internal sealed class Node
{
    public static readonly Node Oracle = new("tests/StandIns.HotChocolate.Tests/oracle");
    private readonly string _folder;
    private readonly Lazy<bool> _installed;

    /// <param name="folder">Counted from the root of the repository.</param>
    public Node(string folder)
    {
        _folder = Find(folder);
        _installed = new(Install);
    }

    /// <summary>The lines that the script prints; fails with what it prints as error.</summary>
    public async Task<IReadOnlyList<string>> RunAsync(
        string script, string[] arguments, IReadOnlyList<string> input)
    {
        Assert.True(_installed.Value);
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

    private bool Install()
    {
        if (Directory.Exists(System.IO.Path.Combine(_folder, "node_modules", "graphql")))
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

    private Process Start(string file, IEnumerable<string> arguments) => Process.Start(
        new ProcessStartInfo(file, arguments)
        {
            WorkingDirectory = _folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;

    private static string Find(string path)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = System.IO.Path.Combine(folder.FullName, path);
            if (Directory.Exists(candidate))
            {
                return candidate;
            }
        }

        throw new DirectoryNotFoundException($"The folder {path} is not above the test's output.");
    }
}
