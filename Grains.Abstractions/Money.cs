namespace Q2C;

/// <summary>
/// An exact amount in the minor units of its ISO 4217 currency (cents for EUR, yen for JPY): what documents and
/// postings hold. Arithmetic across currencies throws <see cref="CurrencyMismatchException"/>; overflow throws.
/// </summary>
[GenerateSerializer, Immutable, Alias("money")]
public readonly record struct Money(long Minor, string Currency) : IComparable<Money>
{
    public static Money Zero(string currency) => new(0, currency);

    /// <summary>The amount in major units, with the currency's own number of decimal places.</summary>
    public decimal Amount => (decimal)Minor / Currencies.MinorUnitsPerMajor(Currency);

    public bool IsZero => Minor == 0;

    /// <summary>The exact amount. Throws <see cref="ArgumentException"/> if it has more digits than the currency.</summary>
    public static Money Of(decimal amount, string currency)
    {
        var minor = amount * Currencies.MinorUnitsPerMajor(currency);
        return decimal.IsInteger(minor)
            ? new((long)minor, currency)
            : throw new ArgumentException($"{amount} has more decimal places than {currency} allows; round it first.");
    }

    /// <summary>The named step at which a calculated value becomes money.</summary>
    public static Money Round(decimal amount, string currency, Rounding rounding) =>
        new((long)rounding.ToInteger(amount * Currencies.MinorUnitsPerMajor(currency)), currency);

    public static Money operator +(Money a, Money b) => new(checked(a.Minor + b.MinorIn(a.Currency)), a.Currency);

    public static Money operator -(Money a, Money b) => new(checked(a.Minor - b.MinorIn(a.Currency)), a.Currency);

    public static Money operator -(Money a) => new(checked(-a.Minor), a.Currency);

    public static bool operator <(Money a, Money b) => a.CompareTo(b) < 0;

    public static bool operator >(Money a, Money b) => a.CompareTo(b) > 0;

    public static bool operator <=(Money a, Money b) => a.CompareTo(b) <= 0;

    public static bool operator >=(Money a, Money b) => a.CompareTo(b) >= 0;

    public static Money Min(Money a, Money b) => a <= b ? a : b;

    public static Money Max(Money a, Money b) => a >= b ? a : b;

    public int CompareTo(Money other) => Minor.CompareTo(other.MinorIn(Currency));

    /// <summary>For people: <c>12,000.00 EUR</c>.</summary>
    public override string ToString() => $"{Amount.ToString("N" + Currencies.Digits(Currency))} {Currency}";

    private long MinorIn(string currency) =>
        Currency == currency ? Minor : throw new CurrencyMismatchException(Currency, currency);
}

/// <summary>Two amounts of different currencies met in one calculation.</summary>
public sealed class CurrencyMismatchException(string one, string other)
    : InvalidOperationException($"{one} and {other} cannot be added or compared without a recorded exchange rate.");

/// <summary>How a calculated value becomes a whole number of minor units.</summary>
[GenerateSerializer, Alias("rounding")]
public enum Rounding
{
    /// <summary>Ties away from zero; the default of commercial documents.</summary>
    HalfUp,

    /// <summary>Ties to the even neighbour.</summary>
    HalfEven,

    /// <summary>Towards zero.</summary>
    Down,

    /// <summary>Ties towards zero.</summary>
    HalfDown,
}

public static class RoundingRule
{
    public static decimal ToInteger(this Rounding rounding, decimal value) => Round(rounding, value, 0);

    public static decimal Round(this Rounding rounding, decimal value, int digits) => rounding switch
    {
        Rounding.HalfUp => decimal.Round(value, digits, MidpointRounding.AwayFromZero),
        Rounding.HalfEven => decimal.Round(value, digits, MidpointRounding.ToEven),
        Rounding.Down => decimal.Round(value, digits, MidpointRounding.ToZero),
        Rounding.HalfDown => HalfDown(value, digits),
        _ => throw new ArgumentOutOfRangeException(nameof(rounding)),
    };

    private static decimal HalfDown(decimal value, int digits)
    {
        var down = decimal.Round(value, digits, MidpointRounding.ToZero);
        var half = 0.5m / (decimal)Math.Pow(10, digits);
        return Math.Abs(value - down) > half ? decimal.Round(value, digits, MidpointRounding.AwayFromZero) : down;
    }
}
