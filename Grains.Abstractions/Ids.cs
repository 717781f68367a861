using System.Security.Cryptography;
using System.Text;

namespace Q2C;

/// <summary>
/// Ids are opaque and read <c>{region}_{kind}_{26 characters}</c>, for example <c>eu_inv_…</c>: the region in which the
/// object was born and its kind, so that any node can route without a look-up. An id that exists because of another
/// record is derived from that record's identity, so a repeated creation gives the same id.
/// </summary>
public static class Ids
{
    public const string Customer = "cu";
    public const string Contract = "ct";
    public const string Quote = "qt";
    public const string Project = "pr";
    public const string Invoice = "inv";
    public const string BillingRun = "run";
    public const string CreditMemo = "cm";
    public const string WorkFeed = "wf";
    public const string Revenue = "rev";
    public const string ExceptionCase = "case";
    public const string NumberSeries = "ns";
    public const string BulkAction = "bulk";
    public const string Intercompany = "ic";
    public const string Alert = "alert";
    public const string Policy = "pol";
    public const string OperatorLog = "log";

    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
    private const int Length = 26;

    /// <summary>The id of the object of this kind that the named record gives rise to; the same parts, the same id.</summary>
    public static string Derive(string region, string kind, params ReadOnlySpan<string> parts)
    {
        var text = new StringBuilder(kind);
        foreach (var part in parts) text.Append('\u001f').Append(part);
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString()), hash);
        Span<char> code = stackalloc char[Length];
        for (var i = 0; i < Length; i++) code[i] = Alphabet[hash[i] & 31];
        return $"{region}_{kind}_{code}";
    }

    /// <summary>The part between the underscores; throws <see cref="ArgumentException"/> for a text that is no id.</summary>
    public static string KindOf(string id) => Split(id).Kind;

    public static string RegionOf(string id) => Split(id).Region;

    public static bool Is(string? id, string kind) => id is not null && TrySplit(id, out var parts) && parts.Kind == kind;

    /// <summary>Whether the text has the form of an id, of whatever kind.</summary>
    public static bool IsAny(string id) => TrySplit(id, out _);

    private static (string Region, string Kind) Split(string id) =>
        TrySplit(id, out var parts) ? parts : throw new ArgumentException($"'{id}' is not an id of this system.", nameof(id));

    private static bool TrySplit(string id, out (string Region, string Kind) parts)
    {
        parts = default;
        var first = id.IndexOf('_');
        var second = first < 1 ? -1 : id.IndexOf('_', first + 1);
        if (second <= first + 1 || second == id.Length - 1) return false;
        parts = (id[..first], id[(first + 1)..second]);
        return true;
    }
}
