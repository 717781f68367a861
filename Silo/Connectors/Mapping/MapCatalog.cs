using System.Text.Json.Nodes;
using Q2C.Silo.Policies;

namespace Q2C.Silo.Connectors.Mapping;

/// <summary>
/// The mapping documents of one connection: those shipped with its vendor, and over them those of the installation, one by
/// one.
/// </summary>
public sealed class MapCatalog
{
    private const string Suffix = ".map";
    private const string FileSuffix = ".yaml";

    private readonly Dictionary<string, (string File, string Text)> _documents;
    private readonly List<MapInUse> _inUse = [];

    private readonly Action<string, MapDocument, JsonNode>? _saw;

    private MapCatalog(Dictionary<string, (string File, string Text)> documents, Action<string, MapDocument, JsonNode>? saw = null) =>
        (_documents, _saw) = (documents, saw);

    /// <summary>Names as in a policy folder: <c>invoice.map</c>.</summary>
    public IEnumerable<string> Names => _documents.Keys.Order(StringComparer.Ordinal);

    /// <summary>What the vendor's code asked for.</summary>
    internal IReadOnlyList<MapInUse> InUse => _inUse;

    /// <param name="folders">Later ones win; those that do not exist are passed over.</param>
    public static MapCatalog From(params IEnumerable<string> folders)
    {
        var documents = new Dictionary<string, (string, string)>(StringComparer.Ordinal);
        foreach (var file in folders.Where(Directory.Exists).SelectMany(folder => Directory.EnumerateFiles(folder, "*" + FileSuffix)))
            documents[Path.GetFileName(file)[..^FileSuffix.Length]] = (file, File.ReadAllText(file));
        return new(documents);
    }

    /// <summary>These in the place of those of the same name.</summary>
    /// <param name="saw">Called with the name of an inbound map and each record before it is mapped.</param>
    internal MapCatalog With(
        IEnumerable<KeyValuePair<string, PolicyText>> texts, Action<string, MapDocument, JsonNode>? saw = null)
    {
        var documents = new Dictionary<string, (string File, string Text)>(_documents, StringComparer.Ordinal);
        foreach (var (name, text) in texts) documents[name] = (text.File, text.Text);
        return new(documents, saw);
    }

    /// <summary>
    /// A map from <typeparamref name="T"/> to the vendor's JSON. Throws <see cref="DocumentException"/> if there is none
    /// or if it is wrong; a source path that <typeparamref name="T"/> does not have is wrong.
    /// </summary>
    public OutboundMap<T> Outbound<T>(string name) where T : notnull => new(Read(name, MapDirection.Outbound, typeof(T)));

    /// <summary>A map from the vendor's JSON to <typeparamref name="T"/>, checked in the same way against its target paths.</summary>
    public InboundMap<T> Inbound<T>(string name) where T : notnull => new(
        Read(name, MapDirection.Inbound, typeof(T)), _saw is null ? null : (document, record) => _saw(name, document, record));

    /// <summary>
    /// A document of the vendor's own that lies beside the maps, the installation's before the shipped one. Throws
    /// <see cref="DocumentException"/> if there is none.
    /// </summary>
    public (string File, string Text) Document(string name) => _documents.TryGetValue(name, out var document)
        ? document
        : throw new DocumentException($"{name}{FileSuffix}", "There is no document of this name.");

    private MapDocument Read(string name, MapDirection direction, Type canonical)
    {
        var (file, text) = Document(name + Suffix);
        var document = MapDocument.Read(file, new StringReader(text), direction, canonical);
        _inUse.Add(new(name + Suffix, canonical, document));
        return document;
    }
}

/// <summary>A mapping document that a connection works with.</summary>
internal sealed record MapInUse(string Name, Type Canonical, MapDocument Document);
