namespace Q2C.Gateway.Security;

/// <summary>Documents that clients name instead of sending: files <c>{id}.graphql</c>.</summary>
/// <param name="Folder"><c>Q2C:TrustedDocuments:Folder</c>; null if there are none.</param>
/// <param name="Only"><c>Q2C:TrustedDocuments:Only</c>: whether clients may send no others.</param>
internal sealed record TrustedDocuments(string? Folder, bool Only)
{
    /// <summary>Throws <see cref="InvalidOperationException"/> that names the setting.</summary>
    public static TrustedDocuments Read(IConfiguration configuration)
    {
        var section = configuration.GetSection("Q2C:TrustedDocuments");
        var documents = new TrustedDocuments(section["Folder"], section.GetValue<bool>("Only"));
        if (documents is { Only: true, Folder: null })
            throw new InvalidOperationException($"{section.Path}:Folder must say where the documents are that alone are allowed.");
        return documents.Folder is null || Directory.Exists(documents.Folder)
            ? documents
            : throw new InvalidOperationException($"{section.Path}:Folder names {documents.Folder}, which is no folder.");
    }
}
