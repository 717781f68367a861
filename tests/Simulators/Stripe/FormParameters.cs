using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Primitives;

namespace Q2C.Simulators.Stripe;

/// <summary>A form with bracketed names, from which an endpoint takes what it knows; the rest is refused.</summary>
internal sealed class FormParameters(IEnumerable<KeyValuePair<string, StringValues>> form)
{
    private readonly Dictionary<string, StringValues> _left = form.ToDictionary(pair => pair.Key, pair => pair.Value);

    public string? Text(string name) => _left.Remove(name, out var value) ? value.ToString() : null;

    public string Required(string name) => Text(name) is { Length: > 0 } text ? text : throw StripeErrors.Missing(name);

    public long? Integer(string name)
    {
        if (Text(name) is not { } text) return null;
        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw StripeErrors.Invalid("parameter_invalid_integer", $"Invalid integer: {text}", name);
    }

    public bool? Flag(string name) => Text(name) switch
    {
        null => null,
        "true" => true,
        "false" => false,
        var text => throw StripeErrors.Invalid(null, $"Invalid boolean: {text}", name),
    };

    /// <summary>The entries "name[key]"; an empty value stands for removal of the key.</summary>
    public JsonObject Hash(string name)
    {
        var hash = new JsonObject();
        foreach (var key in _left.Keys.Where(key => key.StartsWith(name + "[", StringComparison.Ordinal)).ToList())
        {
            if (!key.EndsWith(']')) continue;
            _left.Remove(key, out var value);
            hash[key[(name.Length + 1)..^1]] = value.ToString();
        }
        return hash;
    }

    public IReadOnlyList<string> List(string name) =>
    [
        .. _left.Keys.Where(key => key.StartsWith(name + "[", StringComparison.Ordinal)).ToList()
            .SelectMany(key => _left.Remove(key, out var values) ? values.ToArray() : [])
            .OfType<string>(),
    ];

    public void Done()
    {
        if (_left.Keys.FirstOrDefault() is { } unknown) throw StripeErrors.Unknown(unknown);
    }
}
