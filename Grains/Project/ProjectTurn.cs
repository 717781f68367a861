using System.Collections.Immutable;

namespace Q2C.Grains.Projects;

/// <summary>What one command brings about, one event after another, and the state that they lead to.</summary>
internal sealed class ProjectTurn(ProjectState state, DecisionContext context)
{
    private readonly ProjectState _before = state;
    private readonly ImmutableArray<Event>.Builder _events = ImmutableArray.CreateBuilder<Event>();

    public ProjectState State { get; private set; } = state;

    public DecisionContext Context => context;

    public DateTimeOffset Now => context.Now;

    public void Add(Event @event)
    {
        _events.Add(@event);
        State = ProjectEvolution.Evolve(State, @event);
    }

    /// <summary>All that happened, with a warning for each cap that came close by it.</summary>
    public Decision Finish()
    {
        foreach (var warning in CapWarnings.Between(_before, State, Now)) Add(warning);
        return Decision.Accept(_events.ToImmutable());
    }
}
