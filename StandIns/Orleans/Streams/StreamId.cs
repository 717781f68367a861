namespace Orleans.Runtime;

/// <summary>A stream's namespace and key.</summary>
[Immutable, GenerateSerializer]
public readonly struct StreamId : IEquatable<StreamId>, IComparable<StreamId>
{
    [Id(0)]
    private readonly string? streamNamespace;

    [Id(1)]
    private readonly string? key;

    private StreamId(string? streamNamespace, string key) => (this.streamNamespace, this.key) = (streamNamespace, key);

    public static StreamId Create(string? ns, string key)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        return new(ns, key);
    }

    public static StreamId Create(string? ns, Guid key) => new(ns, key.ToString("N"));

    public static StreamId Create(string? ns, long key) => new(ns, key.ToString("X"));

    public string GetKeyAsString() => key ?? "";

    public string? GetNamespace() => streamNamespace;

    public int CompareTo(StreamId other)
    {
        var byNamespace = string.CompareOrdinal(streamNamespace, other.streamNamespace);
        return byNamespace != 0 ? byNamespace : string.CompareOrdinal(key, other.key);
    }

    public bool Equals(StreamId other) =>
        string.Equals(key, other.key, StringComparison.Ordinal) &&
        string.Equals(streamNamespace, other.streamNamespace, StringComparison.Ordinal);

    public override bool Equals(object? obj) => obj is StreamId other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(streamNamespace, key);

    public override string ToString() => $"{streamNamespace}/{key}";

    public static bool operator ==(StreamId s1, StreamId s2) => s1.Equals(s2);

    public static bool operator !=(StreamId s1, StreamId s2) => !s1.Equals(s2);
}
