namespace HotChocolate;

/// <summary>A place in a document; line and column count from 1.</summary>
public readonly struct Location(int line, int column) : IComparable<Location>, IEquatable<Location>
{
    public int Line { get; } = line;
    public int Column { get; } = column;

    public int CompareTo(Location other) =>
        Line == other.Line ? Column.CompareTo(other.Column) : Line.CompareTo(other.Line);

    public bool Equals(Location other) => CompareTo(other) == 0;

    public override bool Equals(object? obj) => obj is Location other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(Line, Column);

    public static bool operator ==(Location left, Location right) => left.Equals(right);

    public static bool operator !=(Location left, Location right) => !left.Equals(right);

    public override string ToString() => $"({Line},{Column})";
}
