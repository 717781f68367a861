using System.Collections.Immutable;

namespace Q2C;

/// <summary>What a command would do if it came now. Nothing of it is recorded or asked for.</summary>
/// <param name="Events">The stored names of the events that would follow.</param>
[GenerateSerializer, Immutable, Alias("preview")]
public sealed record Preview(
    Outcome Outcome, ImmutableArray<Problem> Problems, ImmutableArray<string> Events, ImmutableArray<PlannedEffect> Effects);

/// <summary>A step outside that would be asked for.</summary>
/// <param name="Operation">Its stored name: <c>erp.invoice.post.v1</c>.</param>
[GenerateSerializer, Immutable, Alias("planned-effect")]
public sealed record PlannedEffect(string Connection, string Operation, string Subject);
