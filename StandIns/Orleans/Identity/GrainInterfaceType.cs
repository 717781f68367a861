namespace Orleans.Runtime;

/// <summary>The name of a grain interface as it stands in a call: its alias, else its full name.</summary>
[Immutable, GenerateSerializer]
public readonly struct GrainInterfaceType(string value) : IEquatable<GrainInterfaceType>
{
    public IdSpan Value { get; } = IdSpan.Create(value);

    public bool IsDefault => Value.IsDefault;

    public static GrainInterfaceType Create(string value) => new(value);

    public bool Equals(GrainInterfaceType other) => Value.Equals(other.Value);

    public override bool Equals(object? obj) => obj is GrainInterfaceType other && Equals(other);

    public override int GetHashCode() => Value.GetHashCode();

    public override string ToString() => Value.ToString();

    public static bool operator ==(GrainInterfaceType left, GrainInterfaceType right) => left.Equals(right);

    public static bool operator !=(GrainInterfaceType left, GrainInterfaceType right) => !left.Equals(right);
}
