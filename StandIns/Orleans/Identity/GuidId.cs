namespace Orleans.Runtime;

/// <summary>The id of a stream subscription.</summary>
[Immutable, GenerateSerializer]
public sealed class GuidId : IEquatable<GuidId>
{
    [Id(0)]
    public readonly Guid Guid;

    private GuidId(Guid guid) => Guid = guid;

    public static GuidId GetGuidId(Guid guid) => new(guid);

    public static GuidId GetNewGuidId() => new(Guid.NewGuid());

    public bool Equals(GuidId? other) => other?.Guid == Guid;

    public override bool Equals(object? obj) => Equals(obj as GuidId);

    public override int GetHashCode() => Guid.GetHashCode();

    public override string ToString() => Guid.ToString();
}
