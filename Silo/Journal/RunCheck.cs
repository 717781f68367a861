using Q2C.Grains.Journal;

namespace Q2C.Silo.Journal;

/// <summary>What can be wrong with a run by itself is found before it shares a transaction with others.</summary>
internal static class RunCheck
{
    private const int MaxIdLength = 128;
    private const int MaxTextLength = 512;
    private const int FingerprintLength = 32;

    /// <summary>Throws <see cref="ArgumentException"/> with the member and the reason.</summary>
    public static void Check(JournalRun run, JournalOptions options)
    {
        Text("", "Grain", run.Grain, 1, MaxIdLength);
        if (run.Entries.IsDefaultOrEmpty) throw Wrong("", "Entries", "is empty");
        if (run.Entries.Length > options.MaxRunRows) throw Wrong("", "Entries", $"has more than {options.MaxRunRows} rows");
        if (run.ExpectedVersion < 0) throw Wrong("", "ExpectedVersion", "is negative");

        var keys = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < run.Entries.Length; i++)
        {
            var entry = run.Entries[i];
            var at = i == 0 ? "Entries[0]." : $"Entries[{i}].";
            if (entry.Version != run.ExpectedVersion + 1 + i) throw Wrong(at, "Version", "does not follow the one before");
            if (!keys.Add(entry.Key)) throw Wrong(at, "Key", "is in the run already");
            Check(at, entry, options);
        }
    }

    private static void Check(string at, JournalEntry entry, JournalOptions options)
    {
        Text(at, "Key", entry.Key, 1, CommandEnvelope.MaxKeyLength);
        Text(at, "Correlation", entry.Correlation, 0, MaxTextLength);
        Text(at, "Causation", entry.Causation ?? "", 0, MaxTextLength);
        Text(at, "Actor", entry.Actor, 1, MaxTextLength);
        Text(at, "Principal", entry.Principal ?? "none", 1, MaxTextLength);
        if (entry.Fingerprint.Length != FingerprintLength) throw Wrong(at, "Fingerprint", $"has not {FingerprintLength} bytes");
        if (entry.Body.Length > options.MaxBodyBytes) throw Wrong(at, "Body", $"is longer than {options.MaxBodyBytes} bytes");
        foreach (var reference in entry.References.OrEmpty())
        {
            Text(at, "References.System", reference.System, 1, MaxTextLength);
            Text(at, "References.Type", reference.Type, 1, MaxTextLength);
            Text(at, "References.Id", reference.Id, 1, MaxTextLength);
        }

        foreach (var due in entry.Due.OrEmpty())
            Text(at, "Due.Key", due.Key, 1, CommandEnvelope.MaxKeyLength - DueKeys.Prefix.Length);
    }

    private static void Text(string at, string member, string text, int minLength, int maxLength)
    {
        if (text.Length < minLength) throw Wrong(at, member, "is empty");
        if (text.Length > maxLength) throw Wrong(at, member, $"is longer than {maxLength} characters");
        if (text.Contains('\0')) throw Wrong(at, member, "has a NUL character, which PostgreSQL cannot store");
    }

    private static ArgumentException Wrong(string at, string member, string reason) =>
        new($"The run cannot be journaled: {at}{member} {reason}.");
}
