using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;
using HotChocolate.Language;

namespace HotChocolate;

/// <summary>
/// The name of one element of a schema, as the specification writes it: <c>Type</c>, <c>Type.member</c>,
/// <c>Type.field(argument:)</c>, <c>@directive</c>, <c>@directive(argument:)</c>.
/// </summary>
public readonly partial struct SchemaCoordinate : IEquatable<SchemaCoordinate>
{
    /// <summary>Throws <see cref="ArgumentException"/> for an argument of nothing and a member of a directive.</summary>
    public SchemaCoordinate(string name, string? memberName = null, string? argumentName = null, bool ofDirective = false)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (ofDirective && memberName is not null)
        {
            throw new ArgumentException("A directive has no members.", nameof(memberName));
        }

        if (!ofDirective && argumentName is not null && memberName is null)
        {
            throw new ArgumentException("An argument belongs to a field or to a directive.", nameof(argumentName));
        }

        (Name, MemberName, ArgumentName, OfDirective) = (name, memberName, argumentName, ofDirective);
    }

    public bool OfDirective { get; }

    public string Name { get; }

    /// <summary>A field, an input field or an enum value.</summary>
    public string? MemberName { get; }

    public string? ArgumentName { get; }

    /// <summary>Throws <see cref="SyntaxException"/> for what is none.</summary>
    public static SchemaCoordinate Parse(string s) => TryParse(s, out var coordinate)
        ? coordinate.Value
        : throw new SyntaxException($"`{s}` is not a schema coordinate.", new Location(1, 1));

    public static bool TryParse(string s, [NotNullWhen(true)] out SchemaCoordinate? coordinate)
    {
        var match = Form().Match(s);
        coordinate = match.Success
            ? new SchemaCoordinate(
                match.Groups["name"].Value, Part(match, "member"), Part(match, "argument"), match.Groups["directive"].Success)
            : null;
        return match.Success;
    }

    public bool Equals(SchemaCoordinate other) => ToString() == other.ToString();

    public override bool Equals(object? obj) => obj is SchemaCoordinate other && Equals(other);

    public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);

    public override string ToString() =>
        $"{(OfDirective ? "@" : "")}{Name}{(MemberName is null ? "" : $".{MemberName}")}{(ArgumentName is null ? "" : $"({ArgumentName}:)")}";

    public static bool operator ==(SchemaCoordinate left, SchemaCoordinate right) => left.Equals(right);

    public static bool operator !=(SchemaCoordinate left, SchemaCoordinate right) => !left.Equals(right);

    private static string? Part(Match match, string name) => match.Groups[name] is { Success: true, Value: var value } ? value : null;

    // Nothing is ignored in between: neither spaces nor commas.
    [GeneratedRegex(@"\A(?:(?<directive>@)(?<name>[A-Za-z_][A-Za-z_0-9]*)|(?<name>[A-Za-z_][A-Za-z_0-9]*)(?:\.(?<member>[A-Za-z_][A-Za-z_0-9]*))?)(?:(?(directive)|(?(member)|(?!)))\((?<argument>[A-Za-z_][A-Za-z_0-9]*):\))?\z")]
    private static partial Regex Form();
}
