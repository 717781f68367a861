using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Q2C.Silo.Policies;

/// <summary>
/// A mapping of a YAML document, read strictly: what is missing, of the wrong kind or not asked for becomes an error
/// with its position, and reading goes on so that all errors show at once.
/// </summary>
public sealed class YamlMap
{
    private readonly YamlMappingNode _node;
    private readonly DocumentErrors _errors;
    private readonly SortedSet<string> _asked = new(StringComparer.Ordinal);

    private YamlMap(string file, YamlMappingNode node, DocumentErrors errors) => (File, _node, _errors) = (file, node, errors);

    public string File { get; }

    public Mark Position => _node.Start;

    /// <summary>The one document of a file; null, with an error, if it is not a mapping or not YAML.</summary>
    public static YamlMap? Parse(string file, TextReader text, DocumentErrors errors)
    {
        var stream = new YamlStream();
        try
        {
            stream.Load(text);
        }
        catch (YamlException error)
        {
            errors.Add(file, error.Start, error.InnerException?.Message ?? error.Message);
            return null;
        }
        catch (Exception error) when (error is InvalidOperationException or ArgumentException)
        {
            // What the parser says to some documents that are none.
            errors.Add(file, new Mark(0, 1, 1), "This is no YAML.");
            return null;
        }

        if (stream.Documents is [{ RootNode: YamlMappingNode root }]) return new(file, root, errors);
        errors.Add(file, new Mark(0, 1, 1), "Expected one document with named settings.");
        return null;
    }

    public IEnumerable<string> Keys => _node.Children.Keys.Select(NameOf);

    public bool Has(string key) => Find(key) is not null;

    public string Text(string key) => OptionalText(key) ?? Missing(key, "");

    public string? OptionalText(string key)
    {
        switch (Find(key))
        {
            case null: return null;
            case YamlScalarNode { Style: ScalarStyle.Plain, Value: "" or "~" or "null" }: return null;
            case YamlScalarNode { Value: { } value }: return value;
            case { } other:
                _errors.Add(File, other.Start, $"'{key}' must be a single value.");
                return "";
        }
    }

    public int WholeNumber(string key) => Read(key, 0, text =>
        int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var value) ? value : null, "a whole number");

    public decimal Number(string key) => Read(key, 0m, text =>
        decimal.TryParse(text, NumberStyles.Number & ~NumberStyles.AllowThousands, CultureInfo.InvariantCulture, out var value)
            ? value : null, "a number such as 10000.00");

    /// <summary>An amount of the currency, not below zero.</summary>
    public Money Threshold(string key, string currency)
    {
        var amount = Number(key);
        if (!Currencies.IsKnown(currency)) return default;
        try
        {
            if (amount < 0) Error(key, $"'{key}' must not be negative.");
            return Money.Of(amount, currency);
        }
        catch (Exception error) when (error is ArgumentException or OverflowException)
        {
            Error(key, $"'{key}': {error.Message}");
            return default;
        }
    }

    /// <summary>Null if the key is not there.</summary>
    public DateOnly? OptionalDay(string key) => !Has(key) ? null : Read<DateOnly>(key, default, text =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var value) ? value : null,
        "a day such as 2026-03-31");

    public bool Flag(string key, bool otherwise) => !Has(key) ? otherwise : Read(key, otherwise, text =>
        text switch { "true" => true, "false" => false, _ => null }, "true or false");

    /// <summary>One of the names of <typeparamref name="T"/>, written in kebab case.</summary>
    public T Choice<T>(string key, T otherwise) where T : struct, Enum => Read(key, otherwise, text =>
        Enum.TryParse<T>(text.Replace("-", ""), ignoreCase: true, out var value) && !char.IsAsciiDigit(text[0]) ? value : null,
        $"one of {string.Join(", ", Enum.GetNames<T>().Select(Kebab))}");

    public YamlMap? Map(string key) => OptionalMap(key) ?? Missing<YamlMap?>(key, null);

    public YamlMap? OptionalMap(string key)
    {
        switch (Find(key))
        {
            case null: return null;
            case YamlMappingNode node: return new(File, node, _errors);
            case { } other:
                _errors.Add(File, other.Start, $"'{key}' must be a group of named settings.");
                return null;
        }
    }

    /// <summary>A list of groups; empty if the key is not there.</summary>
    public IReadOnlyList<YamlMap> Maps(string key)
    {
        switch (Find(key))
        {
            case null: return [];
            case YamlSequenceNode list when list.Children.All(child => child is YamlMappingNode):
                return [.. list.Children.Select(child => new YamlMap(File, (YamlMappingNode)child, _errors))];
            case { } other:
                _errors.Add(File, other.Start, $"'{key}' must be a list of groups.");
                return [];
        }
    }

    /// <summary>Every name and its group, for a mapping whose names are data.</summary>
    public IEnumerable<(string Name, YamlMap Group)> Groups()
    {
        foreach (var (key, value) in _node.Children)
        {
            var name = NameOf(key);
            _asked.Add(name);
            if (value is YamlMappingNode node) yield return (name, new(File, node, _errors));
            else _errors.Add(File, value.Start, $"'{name}' must be a group of named settings.");
        }
    }

    /// <summary>Names and values; empty if the key is not there.</summary>
    public IReadOnlyDictionary<string, string> Texts(string key)
    {
        if (OptionalMap(key) is not { } map) return new Dictionary<string, string>();
        return map._node.Children.Keys.Select(NameOf).ToDictionary(name => name, map.Text, StringComparer.Ordinal);
    }

    /// <summary>Reports every key that nobody asked for. Call it when all has been read.</summary>
    public void Done()
    {
        foreach (var key in _node.Children.Keys.Where(key => !_asked.Contains(NameOf(key))))
            _errors.Add(File, key.Start, $"'{NameOf(key)}' is not known here; known are {string.Join(", ", _asked)}.");
    }

    public void Error(string key, string message) => _errors.Add(File, Find(key)?.Start ?? Position, message);

    public Mark PositionOf(string key) => Find(key)?.Start ?? Position;

    private T Read<T>(string key, T otherwise, Func<string, T?> read, string expected) where T : struct
    {
        var text = OptionalText(key);
        if (text is null) return Missing(key, otherwise);
        if (text.Length > 0 && read(text) is { } value) return value;
        Error(key, $"'{key}' must be {expected}, found '{text}'.");
        return otherwise;
    }

    private T Missing<T>(string key, T otherwise)
    {
        _errors.Add(File, Position, $"'{key}' is missing.");
        return otherwise;
    }

    private YamlNode? Find(string key)
    {
        _asked.Add(key);
        return _node.Children.TryGetValue(new YamlScalarNode(key), out var value) ? value : null;
    }

    private static string NameOf(YamlNode key) => (key as YamlScalarNode)?.Value ?? key.ToString();

    internal static string Kebab(string name) =>
        string.Concat(name.Select((c, i) => char.IsUpper(c) ? (i > 0 ? "-" : "") + char.ToLowerInvariant(c) : c.ToString()));
}
