using Q2C.Grains.Journal;

namespace Q2C.Silo.Journal;

/// <summary>What can be wrong with a run by itself is found before it shares a transaction with others.</summary>
internal static class RunCheck
{
    private const int MaxIdLength = 128;
    private const int MaxReferenceLength = 512;
    private const int FingerprintLength = 32;

    /// <summary>Throws <see cref="ArgumentException"/> with the member and the reason.</summary>
    public static void Check(JournalRun run, JournalOptions options)
    {
        Text("Grain", run.Grain, MaxIdLength);
        Require(!run.Entries.IsDefaultOrEmpty, "Entries", "is empty");
        Require(run.Entries.Length <= options.MaxRunRows, "Entries", $"has more than {options.MaxRunRows} rows");
        Require(run.ExpectedVersion >= 0, "ExpectedVersion", "is negative");

        var keys = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < run.Entries.Length; i++)
        {
            var entry = run.Entries[i];
            Require(entry.Version == run.ExpectedVersion + 1 + i, $"Entries[{i}].Version", "does not follow the one before");
            Require(keys.Add(entry.Key), $"Entries[{i}].Key", "is in the run already");
            Check(entry, i, options);
        }
    }

    private static void Check(JournalEntry entry, int i, JournalOptions options)
    {
        Text($"Entries[{i}].Key", entry.Key, CommandEnvelope.MaxKeyLength);
        Text($"Entries[{i}].Correlation", entry.Correlation, MaxReferenceLength, canBeEmpty: true);
        Text($"Entries[{i}].Causation", entry.Causation ?? "", MaxReferenceLength, canBeEmpty: true);
        Text($"Entries[{i}].Actor", entry.Actor, MaxReferenceLength);
        Require(entry.Fingerprint.Length == FingerprintLength, $"Entries[{i}].Fingerprint", $"has not {FingerprintLength} bytes");
        Require(entry.Body.Length <= options.MaxBodyBytes, $"Entries[{i}].Body", $"is longer than {options.MaxBodyBytes} bytes");
        if (entry.Principal is not null) Text($"Entries[{i}].Principal", entry.Principal, MaxReferenceLength);
        foreach (var reference in entry.References.OrEmpty())
        {
            Text($"Entries[{i}].References.System", reference.System, MaxReferenceLength);
            Text($"Entries[{i}].References.Type", reference.Type, MaxReferenceLength);
            Text($"Entries[{i}].References.Id", reference.Id, MaxReferenceLength);
        }

        foreach (var due in entry.Due.OrEmpty())
            Text($"Entries[{i}].Due.Key", due.Key, CommandEnvelope.MaxKeyLength - DueKeys.Prefix.Length);
    }

    private static void Text(string member, string text, int maxLength, bool canBeEmpty = false)
    {
        Require(canBeEmpty || text.Length > 0, member, "is empty");
        Require(text.Length <= maxLength, member, $"is longer than {maxLength} characters");
        Require(!text.Contains('\0'), member, "has a NUL character, which PostgreSQL cannot store");
    }

    private static void Require(bool holds, string member, string reason)
    {
        if (!holds) throw new ArgumentException($"The run cannot be journaled: {member} {reason}.");
    }
}
