using System.Collections.Immutable;
using Q2C.Projects;

namespace Q2C.Connections;

/// <summary>
/// What a connection reported about one project of its system: the journaled source of that project's deliveries.
/// One feed per connection and external project.
/// </summary>
/// <param name="ProjectId">Ours.</param>
[GenerateSerializer, Immutable, Alias("feed.report-work.v1")]
public sealed record ReportWork(string Connection, string ExternalProject, string ProjectId, ImmutableArray<WorkRecord> Records) : Command;

[GenerateSerializer, Immutable, Alias("feed.work-reported.v1")]
public sealed record WorkReported(string Connection, string ProjectId, ImmutableArray<WorkRecord> Records, DateTimeOffset At)
    : Event, IDelivered
{
    public ImmutableArray<string> To => [ProjectId];
}

/// <summary>What is worked in a project of a connected system is work of ours: the system is told so.</summary>
/// <param name="Connection">A connection to a system of work management.</param>
/// <param name="ExternalProject">That system's key of its project.</param>
[GenerateSerializer, Immutable, Alias("feed.link.v1")]
public sealed record LinkFeed(string Connection, string ExternalProject, string ProjectId, string ContractId, string Name, string Reason) : Command;

/// <summary>Takes a link back. What was reported stays; what is logged from then on is nobody's.</summary>
[GenerateSerializer, Immutable, Alias("feed.unlink.v1")]
public sealed record UnlinkFeed(string ProjectId, string Reason) : Command;

[GenerateSerializer, Immutable, Alias("feed.link-asked.v1")]
public sealed record FeedLinkAsked(LinkFeed Link, EffectRequest Effect, DateTimeOffset At) : Event, IAsksEffect;

[GenerateSerializer, Immutable, Alias("feed.unlink-asked.v1")]
public sealed record FeedUnlinkAsked(string Reason, EffectRequest Effect, DateTimeOffset At) : Event, IAsksEffect;

[GenerateSerializer, Immutable, Alias("feed.step-confirmed.v1")]
public sealed record FeedStepConfirmed(string EffectId, string ExternalId, DateTimeOffset At) : Event;

[Alias("q2c.work-feed-grain")]
public interface IWorkFeedGrain : IAggregateGrain;
