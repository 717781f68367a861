using Q2C.Grains.Journal;

namespace Q2C.Grains.Tests;

public sealed class MemoryJournalTests : JournalCompliance
{
    protected override IJournal Journal { get; } = new MemoryJournal();
}
