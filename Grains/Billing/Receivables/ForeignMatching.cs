namespace Q2C.Grains.Billing.Receivables;

/// <summary>An amount of a foreign currency with what it is worth in the books of the company.</summary>
internal readonly record struct Booked(Money Company, Money Foreign)
{
    public static Booked At(Money foreign, string company, decimal rate, Rounding rounding = Rounding.HalfUp) =>
        new(Money.Round(foreign.Amount * rate, company, rounding), foreign);
}

/// <param name="Company">What is matched of the receivable and of the payment, the smaller of both.</param>
/// <param name="Gain">Positive for a realised gain, negative for a loss.</param>
internal sealed record ForeignMatch(Money Company, Money Foreign, Money Gain, Booked ReceivableLeft, Booked PaymentLeft);

/// <summary>
/// A receivable and money for it, booked at different rates, are matched by the foreign amount. What both are worth in the
/// books differs: the difference is a realised gain or loss.
/// </summary>
internal static class ForeignMatching
{
    public static ForeignMatch Match(Booked receivable, Booked payment, Rounding rounding = Rounding.HalfUp)
    {
        var foreign = Money.Min(receivable.Foreign, payment.Foreign);
        var (owed, paid) = (Part(receivable, foreign, rounding), Part(payment, foreign, rounding));
        return new(
            Money.Min(owed, paid), foreign, paid - owed,
            new(receivable.Company - owed, receivable.Foreign - foreign), new(payment.Company - paid, payment.Foreign - foreign));
    }

    /// <summary>The last part takes what is left, so that nothing stays behind when the foreign amount is settled.</summary>
    private static Money Part(Booked booked, Money foreign, Rounding rounding) => foreign == booked.Foreign
        ? booked.Company
        : Money.Round(booked.Company.Amount * foreign.Amount / booked.Foreign.Amount, booked.Company.Currency, rounding);
}
