namespace Q2C.Grains.Tests;

public sealed class MoneyTests
{
    [Theory]
    [InlineData(12.34, "EUR", 1234)]
    [InlineData(1234, "JPY", 1234)]
    [InlineData(1.234, "KWD", 1234)]
    public void An_amount_is_held_in_minor_units_of_its_currency(decimal amount, string currency, long minor)
    {
        Assert.Equal(new Money(minor, currency), Money.Of(amount, currency));
        Assert.Equal(amount, Money.Of(amount, currency).Amount);
    }

    [Fact]
    public void An_amount_with_more_digits_than_the_currency_is_refused() =>
        Assert.Throws<ArgumentException>(() => Money.Of(0.005m, "EUR"));

    [Theory]
    [InlineData(0.125, Rounding.HalfUp, 13)]
    [InlineData(-0.125, Rounding.HalfUp, -13)]
    [InlineData(0.125, Rounding.HalfEven, 12)]
    [InlineData(0.129, Rounding.Down, 12)]
    public void Rounding_is_a_named_step(decimal amount, Rounding rounding, long minor) =>
        Assert.Equal(new Money(minor, "EUR"), Money.Round(amount, "EUR", rounding));

    [Fact]
    public void Currencies_do_not_mix() =>
        Assert.Throws<CurrencyMismatchException>(() => Money.Of(1, "EUR") + Money.Of(1, "USD"));

    [Fact]
    public void An_overflow_is_an_error_and_not_a_number() =>
        Assert.Throws<OverflowException>(() => new Money(long.MaxValue, "EUR") + new Money(1, "EUR"));
}
