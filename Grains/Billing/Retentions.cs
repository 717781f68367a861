using Q2C.Contracts;

namespace Q2C.Grains.Billing;

/// <summary>What a customer holds back of an invoice.</summary>
internal static class Retentions
{
    private const decimal Percent = 100;

    /// <summary>Never more than the invoice.</summary>
    public static Money Of(Retention terms, Money net, Money total, Rounding rounding)
    {
        var zero = Money.Zero(total.Currency);
        var held = terms switch
        {
            { Amount: { } amount } => amount,
            { Of: RetentionBase.Total } => Money.Round(total.Amount * terms.Percent!.Value / Percent, total.Currency, rounding),
            _ => Money.Round(net.Amount * terms.Percent!.Value / Percent, net.Currency, rounding),
        };
        return Money.Max(zero, Money.Min(held, total));
    }
}
