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

[Alias("q2c.work-feed-grain")]
public interface IWorkFeedGrain : IAggregateGrain;
