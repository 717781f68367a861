using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Q2C.Invoices;

/// <summary>When an invoice is to be paid.</summary>
/// <param name="Parts">Instalments in order; their percents sum to 100. One part of 100 percent for a single due date.</param>
/// <param name="Discount">For those who pay early; null for none.</param>
[GenerateSerializer, Immutable, Alias("payment-terms")]
public sealed record PaymentTerms(ImmutableArray<PaymentTerm> Parts, EarlyPaymentDiscount? Discount = null)
{
    public static PaymentTerms Days(int days) => new([new(100, new DueRule.Days(days))]);

    /// <summary>The parts of the total with their due dates; the last part takes what rounding leaves.</summary>
    public ImmutableArray<Instalment> Instalments(Money total, DateOnly date)
    {
        var parts = ImmutableArray.CreateBuilder<Instalment>(Parts.Length);
        var left = total;
        for (var i = 0; i < Parts.Length; i++)
        {
            var amount = i == Parts.Length - 1
                ? left
                : Money.Round(total.Amount * Parts[i].Percent / 100, total.Currency, Rounding.HalfUp);
            parts.Add(new(Parts[i].Due.On(date), amount));
            left -= amount;
        }

        return parts.ToImmutable();
    }
}

/// <param name="Percent">Of the total.</param>
[GenerateSerializer, Immutable, Alias("payment-term")]
public sealed record PaymentTerm(decimal Percent, DueRule Due);

/// <param name="Due">The last day of all for what is held back: it is due when it is released.</param>
[GenerateSerializer, Immutable, Alias("instalment")]
public sealed record Instalment(DateOnly Due, Money Amount);

/// <summary>A percentage less for payment within so many days of the invoice's date.</summary>
[GenerateSerializer, Immutable, Alias("early-payment-discount")]
public sealed record EarlyPaymentDiscount(decimal Percent, int Days, EarlyDiscountTax Tax = EarlyDiscountTax.Reduced);

/// <summary>What an early-payment discount does to the tax of the invoice.</summary>
[GenerateSerializer, Alias("early-discount-tax")]
public enum EarlyDiscountTax
{
    /// <summary>The discount is a percentage of the total; net and tax fall alike.</summary>
    Reduced,

    /// <summary>The discount is a percentage of the net amount; the tax is owed in full.</summary>
    Kept,
}

/// <summary>A due date as a function of the invoice's date.</summary>
[GenerateSerializer, Alias("due-rule")]
[JsonPolymorphic(TypeDiscriminatorPropertyName = "rule")]
[JsonDerivedType(typeof(Days), "days")]
[JsonDerivedType(typeof(EndOfMonth), "end-of-month")]
[JsonDerivedType(typeof(DayOfMonth), "day-of-month")]
public abstract record DueRule
{
    private DueRule() { }

    public abstract DateOnly On(DateOnly date);

    /// <summary>So many days after the invoice's date.</summary>
    [GenerateSerializer, Immutable, Alias("due.days")]
    public sealed record Days(int Count) : DueRule
    {
        public override DateOnly On(DateOnly date) => date.AddDays(Count);
    }

    /// <summary>So many days after the end of the month of the invoice's date; 0 for its last day, 1 for the first of the next.</summary>
    [GenerateSerializer, Immutable, Alias("due.end-of-month")]
    public sealed record EndOfMonth(int DaysAfter) : DueRule
    {
        public override DateOnly On(DateOnly date) => LastDay(date).AddDays(DaysAfter);
    }

    /// <summary>The first such day of a month that is at least so many days after the invoice's date.</summary>
    /// <param name="Day">1 to 31; in a shorter month its last day.</param>
    [GenerateSerializer, Immutable, Alias("due.day-of-month")]
    public sealed record DayOfMonth(int Day, int AtLeastDays) : DueRule
    {
        public override DateOnly On(DateOnly date)
        {
            var earliest = date.AddDays(AtLeastDays);
            var same = In(earliest);
            return same >= earliest ? same : In(LastDay(earliest).AddDays(1));
        }

        private DateOnly In(DateOnly month) => new(month.Year, month.Month, Math.Min(Day, LastDay(month).Day));
    }

    private static DateOnly LastDay(DateOnly date) => new(date.Year, date.Month, DateTime.DaysInMonth(date.Year, date.Month));
}
