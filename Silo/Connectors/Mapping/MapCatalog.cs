using Q2C.Silo.Policies;

namespace Q2C.Silo.Connectors.Mapping;

/// <summary>
/// The mapping documents of one connection: those shipped with its vendor, and over them those of the policy folder
/// (<c>maps/{connection}/{name}.map.yaml</c>), file by file.
/// </summary>
public sealed class MapCatalog
{
    private const string Suffix = ".map.yaml";

    private readonly Dictionary<string, string> _files;
    private readonly string[] _folders;

    private MapCatalog(Dictionary<string, string> files, string[] folders) => (_files, _folders) = (files, folders);

    /// <param name="folders">Later ones win; those that do not exist are passed over.</param>
    public static MapCatalog From(params IEnumerable<string> folders)
    {
        var files = new Dictionary<string, string>(StringComparer.Ordinal);
        var existing = folders.Where(Directory.Exists).ToArray();
        foreach (var file in existing.SelectMany(folder => Directory.EnumerateFiles(folder, "*" + Suffix)))
            files[Path.GetFileName(file)[..^Suffix.Length]] = file;
        return new(files, existing);
    }

    /// <summary>
    /// A map from <typeparamref name="T"/> to the vendor's JSON. Throws <see cref="DocumentException"/> if there is none
    /// or if it is wrong; a source path that <typeparamref name="T"/> does not have is wrong.
    /// </summary>
    public OutboundMap<T> Outbound<T>(string name) where T : notnull => new(Read(name, MapDirection.Outbound, typeof(T)));

    /// <summary>A map from the vendor's JSON to <typeparamref name="T"/>, checked in the same way against its target paths.</summary>
    public InboundMap<T> Inbound<T>(string name) where T : notnull => new(Read(name, MapDirection.Inbound, typeof(T)));

    /// <summary>
    /// Path of a document of the vendor's own that lies beside the maps, the installation's before the shipped one. Throws
    /// <see cref="DocumentException"/> if there is none.
    /// </summary>
    public string DocumentOf(string file) => _folders.Select(folder => Path.Combine(folder, file)).LastOrDefault(File.Exists)
        ?? throw new DocumentException([$"{file}:1:1: There is no document of this name."]);

    private MapDocument Read(string name, MapDirection direction, Type canonical)
    {
        if (!_files.TryGetValue(name, out var path))
            throw new DocumentException([$"{name}{Suffix}:1:1: There is no mapping document of this name."]);
        using var text = File.OpenText(path);
        return MapDocument.Read(path, text, direction, canonical);
    }
}
