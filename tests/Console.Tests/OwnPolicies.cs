namespace Q2C.Console.Tests;

/// <summary>The sample policies with documents of one's own, in a folder that goes away afterwards.</summary>
internal sealed class OwnPolicies : IDisposable
{
    /// <param name="documents">Path in the folder, and text.</param>
    public OwnPolicies(params ReadOnlySpan<(string Path, string Text)> documents)
    {
        foreach (var document in new DirectoryInfo(Path.Combine(AppContext.BaseDirectory, "Policies", "sample")).GetFiles())
            document.CopyTo(Path.Combine(Folder.FullName, document.Name));
        foreach (var (path, text) in documents)
        {
            var file = new FileInfo(Path.Combine(Folder.FullName, path));
            file.Directory!.Create();
            File.WriteAllText(file.FullName, text);
        }
    }

    public DirectoryInfo Folder { get; } = Directory.CreateTempSubdirectory("q2c-policies-");

    public void Dispose() => Folder.Delete(recursive: true);
}
