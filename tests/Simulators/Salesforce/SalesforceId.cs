namespace Q2C.Simulators.Salesforce;

/// <summary>Record ids: 15 case-sensitive characters and a suffix of 3 that makes them safe without case.</summary>
public static class SalesforceId
{
    private const string Digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private const string Suffixes = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";

    public static string Of(string prefix, long number)
    {
        var tail = "";
        for (; number > 0; number /= Digits.Length) tail = Digits[(int)(number % Digits.Length)] + tail;
        return To18(prefix + "Q2C" + tail.PadLeft(9, '0'));
    }

    /// <summary>The 18-character form of a 15-character id; other texts come back as they are.</summary>
    public static string To18(string id) => id.Length != 15
        ? id
        : id + string.Concat(id.Chunk(5).Select(part =>
            Suffixes[part.Select((letter, bit) => char.IsAsciiLetterUpper(letter) ? 1 << bit : 0).Sum()]));
}
