using System.Collections.Immutable;
using Q2C.Grains.Journal;

namespace Q2C.Silo.Journal;

/// <summary>What a journal row has to say to other grains.</summary>
internal static class DeliveryReader
{
    /// <summary>One delivery per grain that the row addresses.</summary>
    public static IEnumerable<Delivery> All(RecordedRow row, RowBody body) => body.Events.OfType<IDelivered>()
        .SelectMany(@event => @event.To.OrEmpty())
        .Distinct(StringComparer.Ordinal)
        .Select(target => For(target, row, body)!);

    /// <summary>Null if the row has nothing for this grain.</summary>
    public static Delivery? For(string target, RecordedRow row, RowBody body)
    {
        ImmutableArray<Event> events =
            [.. body.Events.Where(@event => @event is IDelivered delivered && delivered.To.OrEmpty().Contains(target))];
        return events.IsEmpty
            ? null
            : new(
                new StreamSource(row.Grain, row.Version, body.PreviousByTarget.GetValueOrDefault(target)), target,
                row.Correlation, row.RecordTime, events);
    }
}
