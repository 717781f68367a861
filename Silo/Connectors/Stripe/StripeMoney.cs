namespace Q2C.Silo.Connectors.Stripe;

/// <summary>
/// Stripe counts in the smallest unit of the currency, with two exceptions to ISO 4217: ISK and UGX have no minor unit,
/// but are sent as if they had two digits (https://docs.stripe.com/currencies#special-cases).
/// </summary>
internal static class StripeMoney
{
    public static long ToStripe(Money money) => IsSentWithTwoDigits(money.Currency) ? money.Minor * 100 : money.Minor;

    /// <summary>Null for a currency that is not in ISO 4217 or an amount that it cannot hold.</summary>
    public static Money? From(long amount, string currency)
    {
        var code = currency.ToUpperInvariant();
        if (!Currencies.IsKnown(code)) return null;
        if (!IsSentWithTwoDigits(code)) return new(amount, code);
        return amount % 100 == 0 ? new(amount / 100, code) : null;
    }

    private static bool IsSentWithTwoDigits(string currency) => currency is "ISK" or "UGX";
}
