using System.Collections.Frozen;

namespace Q2C;

/// <summary>The active currencies of ISO 4217 and their number of minor digits.</summary>
public static class Currencies
{
    private const string TwoDigits =
        "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY " +
        "COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS " +
        "INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR " +
        "MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD " +
        "SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VES WST XCD YER ZAR ZMW ZWG";

    private const string NoDigits = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF";

    private const string ThreeDigits = "BHD IQD JOD KWD LYD OMR TND";

    private static readonly FrozenDictionary<string, int> DigitsByCode =
        Pairs(TwoDigits, 2).Concat(Pairs(NoDigits, 0)).Concat(Pairs(ThreeDigits, 3)).ToFrozenDictionary();

    public static bool IsKnown(string? code) => code is not null && DigitsByCode.ContainsKey(code);

    /// <summary>0, 2 or 3. Throws <see cref="ArgumentException"/> for a code that is not in ISO 4217.</summary>
    public static int Digits(string code) => DigitsByCode.TryGetValue(code, out var digits)
        ? digits
        : throw new ArgumentException($"'{code}' is not an active ISO 4217 currency code.", nameof(code));

    public static decimal MinorUnitsPerMajor(string code) => Digits(code) switch { 0 => 1m, 2 => 100m, _ => 1000m };

    private static IEnumerable<KeyValuePair<string, int>> Pairs(string codes, int digits) =>
        codes.Split(' ').Select(code => KeyValuePair.Create(code, digits));
}
