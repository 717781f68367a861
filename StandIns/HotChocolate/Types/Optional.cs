namespace HotChocolate;

/// <summary>An input that may have been left out, which is different from null.</summary>
public readonly struct Optional<T> : IEquatable<Optional<T>>, IOptional
{
    public Optional(T? value)
    {
        Value = value;
        HasValue = true;
    }

    public T? Value { get; }

    object? IOptional.Value => Value;

    public bool HasValue { get; }

    public bool IsEmpty => !HasValue;

    public static Optional<T> Empty() => default;

    public static implicit operator Optional<T>(T value) => new(value);

    public static implicit operator T?(Optional<T> optional) => optional.Value;

    public bool Equals(Optional<T> other) =>
        HasValue == other.HasValue && EqualityComparer<T>.Default.Equals(Value, other.Value);

    public override bool Equals(object? obj) => obj is Optional<T> other ? Equals(other) : IsEmpty && obj is null;

    public override int GetHashCode() => HasValue ? Value?.GetHashCode() ?? 0 : 0;

    public static bool operator ==(Optional<T> left, Optional<T> right) => left.Equals(right);

    public static bool operator !=(Optional<T> left, Optional<T> right) => !left.Equals(right);

    public override string ToString() => HasValue ? Value?.ToString() ?? "null" : "unspecified";
}

public interface IOptional
{
    object? Value { get; }

    bool HasValue { get; }

    bool IsEmpty { get; }
}
