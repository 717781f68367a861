using System.Buffers;
using System.Collections.Concurrent;

namespace HotChocolate.PersistedOperations;

/// <summary>Documents as files <c>{id}.graphql</c> of one folder; what was read once is kept.</summary>
internal sealed class FileSystemDocuments
{
    private const int MaxIdLength = 128;
    private static readonly SearchValues<char> s_idCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=-_");

    private readonly string _folder;
    private readonly ConcurrentDictionary<string, string> _read = new(StringComparer.Ordinal);

    public FileSystemDocuments(string folder)
    {
        _folder = folder;
        Directory.CreateDirectory(folder);
    }

    /// <summary>Null when there is no document of this id.</summary>
    public async ValueTask<string?> ReadAsync(string id, CancellationToken cancellationToken)
    {
        if (_read.TryGetValue(id, out var known))
        {
            return known;
        }

        if (id.Length is 0 or > MaxIdLength || id.AsSpan().ContainsAnyExcept(s_idCharacters))
        {
            return null;
        }

        // The ids are often hashes in base64, which has characters that names of files must not have.
        var name = id.TrimEnd('=').Replace('/', '-').Replace('+', '_');
        var file = System.IO.Path.Combine(_folder, name + ".graphql");
        return File.Exists(file)
            ? _read.GetOrAdd(id, await File.ReadAllTextAsync(file, cancellationToken).ConfigureAwait(false))
            : null;
    }
}
