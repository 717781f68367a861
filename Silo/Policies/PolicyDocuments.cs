using System.Collections.Immutable;
using Q2C.Policies;

namespace Q2C.Silo.Policies;

/// <summary>One document of a set.</summary>
/// <param name="File">Where people find it, for errors.</param>
/// <param name="Version">0 for one that is no version yet.</param>
public sealed record PolicyText(string File, string Text, int Version);

/// <summary>Every policy document of the installation, read and checked as a whole.</summary>
/// <param name="Set">What the deciders see.</param>
/// <param name="Limits">By connection; a connection without one has <see cref="ConnectionLimits.Default"/>.</param>
public sealed record PolicyDocuments(PolicySet Set, ImmutableDictionary<string, ConnectionLimits> Limits)
{
    /// <summary>By name; those of connections are checked by their vendors.</summary>
    public ImmutableSortedDictionary<string, PolicyText> Texts { get; init; } = ImmutableSortedDictionary<string, PolicyText>.Empty;

    /// <summary>By code or category.</summary>
    public ImmutableDictionary<string, ExceptionClass> ExceptionClasses { get; init; } = ImmutableDictionary<string, ExceptionClass>.Empty;

    public ConnectionLimits LimitsOf(string connection) => Limits.GetValueOrDefault(connection, ConnectionLimits.Default);

    /// <summary>The documents of one connection, by their name in its folder.</summary>
    public IEnumerable<KeyValuePair<string, PolicyText>> TextsOf(string connection) => Texts
        .Where(text => PolicyNames.ConnectionOf(text.Key) == connection)
        .Select(text => KeyValuePair.Create(text.Key[(text.Key.LastIndexOf('/') + 1)..], text.Value));
}

/// <summary>The policies in force, in memory: all that works with policies looks here, and never at a database.</summary>
public sealed class PoliciesInForce(PolicyDocuments documents) : Q2C.Grains.IPolicySource
{
    private volatile PolicyDocuments _documents = documents;

    public PolicyDocuments Documents => _documents;

    public PolicySet Current => _documents.Set;

    internal void Replace(PolicyDocuments documents) => _documents = documents;
}

/// <summary>How hard a connection may be worked.</summary>
/// <param name="Concurrency">Requests at a time.</param>
/// <param name="PerSecond">Requests per second, on average.</param>
/// <param name="Burst">Requests that may go at once after a pause.</param>
/// <param name="FirstRetry">The pause after the first failure; it doubles up to <paramref name="LongestRetry"/>.</param>
/// <param name="BreakAfter">Failures in a row that stop the connection for <paramref name="BreakFor"/>.</param>
public sealed record ConnectionLimits(
    int Concurrency, decimal PerSecond, int Burst, TimeSpan FirstRetry, TimeSpan LongestRetry, int BreakAfter, TimeSpan BreakFor)
{
    public static ConnectionLimits Default { get; } = new(
        Concurrency: 4, PerSecond: 10, Burst: 10, FirstRetry: TimeSpan.FromSeconds(1), LongestRetry: TimeSpan.FromMinutes(15),
        BreakAfter: 8, BreakFor: TimeSpan.FromSeconds(30));
}
