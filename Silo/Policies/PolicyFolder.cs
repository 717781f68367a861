using System.Collections.Immutable;
using Q2C.Policies;

namespace Q2C.Silo.Policies;

/// <summary>Policy documents as files: <c>legal-entities.yaml</c>, <c>maps/netsuite/invoice.map.yaml</c>; a document's name is its path without <c>.yaml</c>.</summary>
internal static class PolicyFolder
{
    private const string Suffix = ".yaml";

    public static ImmutableSortedDictionary<string, PolicyText> Read(string folder)
    {
        var maps = Path.Combine(folder, PolicyNames.Maps);
        return Files(folder).Concat(Directory.Exists(maps) ? Directory.EnumerateDirectories(maps).SelectMany(Files) : [])
            .ToImmutableSortedDictionary(file => NameOf(folder, file), file => new PolicyText(file, File.ReadAllText(file), 0), StringComparer.Ordinal);
    }

    public static string PathOf(string folder, string document) =>
        Path.Combine([folder, .. document.Split('/')]) + Suffix;

    private static IEnumerable<string> Files(string folder) =>
        Directory.Exists(folder) ? Directory.EnumerateFiles(folder, "*" + Suffix) : [];

    private static string NameOf(string folder, string file) =>
        Path.GetRelativePath(folder, file)[..^Suffix.Length].Replace(Path.DirectorySeparatorChar, '/');
}
