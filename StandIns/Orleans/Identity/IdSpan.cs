namespace Orleans.Runtime;

/// <summary>The text of a key or a type name inside an id. Ordinal.</summary>
[Immutable, GenerateSerializer]
public readonly struct IdSpan : IEquatable<IdSpan>, IComparable<IdSpan>
{
    private readonly string? text;

    private IdSpan(string text) => this.text = text;

    public bool IsDefault => string.IsNullOrEmpty(text);

    public static IdSpan Create(string id) => new(id);

    public int CompareTo(IdSpan other) => string.CompareOrdinal(text, other.text);

    public bool Equals(IdSpan obj) => string.Equals(text, obj.text, StringComparison.Ordinal);

    public override bool Equals(object? obj) => obj is IdSpan other && Equals(other);

    public override int GetHashCode() => text is null ? 0 : text.GetHashCode(StringComparison.Ordinal);

    public override string ToString() => text ?? "";

    public static bool operator ==(IdSpan left, IdSpan right) => left.Equals(right);

    public static bool operator !=(IdSpan left, IdSpan right) => !left.Equals(right);
}
