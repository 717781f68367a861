using Q2C.Policies;
using Q2C.Revenues;

namespace Q2C.Grains.Revenues;

/// <summary>Days on which entries may be booked.</summary>
internal static class PostingDates
{
    public static bool IsClosed(DateOnly day, BooksPolicy books) => day <= books.ClosedThrough;

    /// <summary>The day itself, or the same place (first or last day) of the first month that is open.</summary>
    public static DateOnly Open(DateOnly day, BooksPolicy books, RecogniseOn on = RecogniseOn.PeriodEnd)
    {
        if (!IsClosed(day, books)) return day;
        var first = books.ClosedThrough!.Value.AddDays(1);
        return on == RecogniseOn.PeriodStart ? first : RecognitionSchedule.EndOfMonth(first);
    }
}
