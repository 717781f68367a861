using System.Globalization;

namespace Q2C;

/// <summary>
/// Opaque to callers: which position each journal shard must have reached for a reader to see a change. A vector when
/// several grains were touched; written <c>eu.3.1207,eu.0.88</c>.
/// </summary>
public sealed record FreshnessToken(IReadOnlyDictionary<(string Region, int Shard), long> Positions)
{
    public static string For(string region, int shard, long seq) =>
        string.Create(CultureInfo.InvariantCulture, $"{region}.{shard}.{seq}");

    /// <summary>The token that covers all of these.</summary>
    public static string Combine(IEnumerable<string> tokens)
    {
        var positions = new SortedDictionary<(string, int), long>();
        foreach (var (shard, seq) in tokens.SelectMany(token => Parse(token).Positions))
            positions[shard] = Math.Max(seq, positions.GetValueOrDefault(shard));
        return string.Join(',', positions.Select(pair => For(pair.Key.Item1, pair.Key.Item2, pair.Value)));
    }

    /// <summary>Throws <see cref="FormatException"/> for a text that is no token.</summary>
    public static FreshnessToken Parse(string text)
    {
        var positions = new Dictionary<(string, int), long>();
        foreach (var part in text.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part.Split('.') is not [{ Length: > 0 } region, var shardText, var seqText]
                || !int.TryParse(shardText, NumberStyles.None, CultureInfo.InvariantCulture, out var shard)
                || !long.TryParse(seqText, NumberStyles.None, CultureInfo.InvariantCulture, out var seq))
                throw new FormatException($"'{text}' is not a freshness token of this system.");
            positions[(region, shard)] = Math.Max(seq, positions.GetValueOrDefault((region, shard)));
        }

        return new(positions);
    }
}
