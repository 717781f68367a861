using System.Text;

namespace Q2C.Chaos.Fuzz;

/// <summary>Bad input made of good input, the same for the same seed.</summary>
internal sealed class Mutations(Random random)
{
    private static readonly string[] Nasty =
    [
        "\0", "\ud800", "\\ud800", "\\u0000", "\u202e", "'", "\"", "\\", "]]>", "{{", "}", "[", "-1", "1e999", "-0", "0.1e-400", "9223372036854775808",
        "99999999999999999999999999999", "NaN", "null", "true", "[]", "{}", "\"\"", "9999-12-31", "0000-00-00", "2026-02-30T25:61:61Z", "\t", "\r\n", "%00", "../..",
    ];

    public Random Random => random;

    /// <summary>One to four changes of a text.</summary>
    public string Text(string good)
    {
        var text = good;
        for (var times = random.Next(1, 5); times > 0; times--) text = Once(text);
        return text;
    }

    /// <summary>The same of bytes; they may be no text any more.</summary>
    public byte[] Bytes(string good)
    {
        var bytes = Encoding.UTF8.GetBytes(Text(good));
        switch (random.Next(6))
        {
            case 0:
                return Encoding.Unicode.GetBytes(good);
            case 1:
                return Encoding.Latin1.GetBytes("\u00fc" + good);
            case 2:
                for (var times = random.Next(1, 9); times > 0 && bytes.Length > 0; times--) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
                return bytes;
            case 3:
                return bytes[..random.Next(bytes.Length + 1)];
            default:
                return bytes;
        }
    }

    /// <summary>JSON that has nothing to do with what is expected, or nearly.</summary>
    public string Json(IReadOnlyList<string> names, int depth = 0) => random.Next(depth > 5 ? 6 : 10) switch
    {
        0 => "null",
        1 => random.Next(2) == 0 ? "true" : "false",
        2 => Pick(["0", "-1", "1.5", "1e999", "12345678901234567890", "0.000000000000000000000000000001"]),
        3 or 4 => Quoted(Pick(Nasty)),
        5 => Quoted(Pick(["", "2026-03-01", "2026-03-01T00:00:00Z", "EUR", "eu_inv_x", "http://127.0.0.1:1/next", new string('x', 5_000)])),
        6 or 7 => $"[{string.Join(',', Enumerable.Range(0, random.Next(4)).Select(_ => Json(names, depth + 1)))}]",
        _ => $"{{{string.Join(',', Enumerable.Range(0, random.Next(8)).Select(_ => $"{Quoted(Pick(names))}:{Json(names, depth + 1)}"))}}}",
    };

    public T Pick<T>(IReadOnlyList<T> of) => of[random.Next(of.Count)];

    /// <summary>So deep that whoever walks it by recursion falls.</summary>
    public static string Deep(int levels) => new string('[', levels) + new string(']', levels);

    private string Once(string text)
    {
        var at = random.Next(text.Length + 1);
        var length = Math.Min(text.Length - at, random.Next(1, 24));
        return random.Next(7) switch
        {
            0 => text.Remove(at, length),
            1 => text.Insert(at, Pick(Nasty)),
            2 => text[..at] + Pick(Nasty) + text[(at + length)..],
            3 => text.Insert(at, text.Substring(at, length)),
            4 => text[..at],
            5 => text.Insert(at, new string(text.Length > 0 ? text[Math.Min(at, text.Length - 1)] : 'x', random.Next(2_000))),
            _ => text.Insert(at, string.Concat(Enumerable.Repeat(text.Substring(at, length), random.Next(1, 60)))),
        };
    }

    /// <summary>Quoted as JSON, but for what cannot be: that stays as it is.</summary>
    private static string Quoted(string text) => $"\"{text.Replace("\"", "\\\"").Replace("\0", "\\u0000").Replace("\t", "\\t").Replace("\r\n", "\\r\\n")}\"";
}
