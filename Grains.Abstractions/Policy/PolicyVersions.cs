using System.Collections.Immutable;

namespace Q2C.Policies;

/// <summary>What people have decided about one version of a document. Whether an approved one is in force is a matter of time.</summary>
[GenerateSerializer, Alias("policy-stage")]
public enum PolicyStage { Draft, AwaitingApproval, Approved, Rejected, Withdrawn }

/// <summary>A document as the installation's files had it when Q2C first started: version 1. Only Q2C itself sends it.</summary>
/// <param name="Document">Its path in the policy folder without <c>.yaml</c>: <c>legal-entities</c>, <c>maps/netsuite/invoice.map</c>.</param>
[GenerateSerializer, Immutable, Alias("policy.seed.v1")]
public sealed record SeedPolicy(string Document, string Text) : Command;

/// <summary>A new version as a draft. Whoever sends it has had the text checked.</summary>
/// <param name="EffectiveFrom">From when on it is to hold; null for as soon as it is approved.</param>
[GenerateSerializer, Immutable, Alias("policy.propose.v1")]
public sealed record ProposePolicy(string Document, string Text, DateTimeOffset? EffectiveFrom, string Reason) : Command;

/// <summary>The draft is ready for a second person.</summary>
[GenerateSerializer, Immutable, Alias("policy.submit.v1")]
public sealed record SubmitPolicy(int Version, string Reason) : Command;

[GenerateSerializer, Immutable, Alias("policy.approve.v1")]
public sealed record ApprovePolicy(int Version, string? Note) : Command;

[GenerateSerializer, Immutable, Alias("policy.reject.v1")]
public sealed record RejectPolicy(int Version, string Reason) : Command;

/// <summary>A draft, or what waits for a second person, is given up.</summary>
[GenerateSerializer, Immutable, Alias("policy.withdraw.v1")]
public sealed record WithdrawPolicy(int Version, string Reason) : Command;

/// <summary>A version that was approved once holds again at once, and what was to hold later never does.</summary>
[GenerateSerializer, Immutable, Alias("policy.roll-back.v1")]
public sealed record RollBackPolicy(int Version, string Reason) : Command;

[GenerateSerializer, Immutable, Alias("policy.seeded.v1")]
public sealed record PolicySeeded(string Document, string Text, ExternalReference Reference, DateTimeOffset At) : Event, IReferences;

/// <param name="BasedOn">The newest approved version when it was proposed; 0 if there was none.</param>
[GenerateSerializer, Immutable, Alias("policy.proposed.v1")]
public sealed record PolicyProposed(
    int Version, string Document, string Text, int BasedOn, DateTimeOffset? EffectiveFrom, string Reason, string By,
    ExternalReference Reference, DateTimeOffset At) : Event, IReferences;

[GenerateSerializer, Immutable, Alias("policy.submitted.v1")]
public sealed record PolicySubmitted(int Version, string Reason, string By, DateTimeOffset At) : Event;

/// <param name="Replaces">The version that it takes the place of; null if it is the first.</param>
[GenerateSerializer, Immutable, Alias("policy.approved.v1")]
public sealed record PolicyApproved(
    int Version, DateTimeOffset EffectiveFrom, int? Replaces, string? Note, string By, DateTimeOffset At) : Event;

[GenerateSerializer, Immutable, Alias("policy.rejected.v1")]
public sealed record PolicyRejected(int Version, string Reason, string By, DateTimeOffset At) : Event;

[GenerateSerializer, Immutable, Alias("policy.withdrawn.v1")]
public sealed record PolicyWithdrawn(int Version, string Reason, string By, DateTimeOffset At) : Event;

/// <param name="Replaces">The versions that it takes the place of: the one in force, and those that were to follow.</param>
[GenerateSerializer, Immutable, Alias("policy.rolled-back.v1")]
public sealed record PolicyRolledBack(
    int Version, ImmutableArray<int> Replaces, string Reason, string By, DateTimeOffset At) : Event;

/// <summary>One policy document: its versions, who proposed and who approved each, and which one holds when.</summary>
[Alias("q2c.policy-grain")]
public interface IPolicyGrain : IAggregateGrain;

/// <summary>Names and ids of policy documents.</summary>
public static class PolicyNames
{
    /// <summary>The folder of mapping documents: <c>maps/{connection}/{name}.map</c>.</summary>
    public const string Maps = "maps/";

    /// <summary>Of the references by which the installation's documents are found.</summary>
    public const string System = "q2c";

    public const string Type = "policy";

    public static string IdOf(string region, string document) => Ids.Derive(region, Ids.Policy, document);

    /// <summary>The connection that a mapping document belongs to; null for one that holds for the whole installation.</summary>
    public static string? ConnectionOf(string document) =>
        document.Split('/') is ["maps", var connection, _] ? connection : null;
}
