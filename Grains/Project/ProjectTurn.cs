using System.Collections.Immutable;
using Q2C.Grains.Billing;

namespace Q2C.Grains.Projects;

/// <summary>What one command brings about, one event after another, and the state that they lead to.</summary>
internal sealed class ProjectTurn(ProjectState state, DecisionContext context)
{
    private readonly ProjectState _before = state;
    private readonly ImmutableArray<Event>.Builder _events = ImmutableArray.CreateBuilder<Event>();
    private readonly HashSet<PoolKey> _pools = [];
    private readonly SortedSet<WorkKey> _moved = [];

    public ProjectState State { get; private set; } = state;

    public DecisionContext Context => context;

    public DateTimeOffset Now => context.Now;

    public void Add(Event happened)
    {
        var @event = WorkCost.Stated(State, happened, context);
        var caps = State.Caps;
        _events.Add(@event);
        State = ProjectEvolution.Evolve(State, @event);
        if (ReferenceEquals(caps, State.Caps)) return;
        for (var moves = State.Caps.Moves; moves is not null; moves = moves.Earlier)
        {
            _pools.UnionWith(moves.Pools);
            _moved.UnionWith(moves.Entries);
        }
    }

    /// <summary>Open work that may be billed differently since it was asked last, in its order; what is not open any more is left out.</summary>
    public ImmutableArray<WorkKey> TakeMoved()
    {
        if (_moved.Count == 0) return [];
        ImmutableArray<WorkKey> moved = [.. _moved.Where(State.IsOpen)];
        _moved.Clear();
        return moved;
    }

    /// <summary>All that happened, with a warning for each cap that came close by it.</summary>
    public Decision Finish()
    {
        var pools = ReferenceEquals(_before.Book, State.Book) ? _pools : null;
        MinimumBook.Follow(this, pools ?? [.. State.Caps.Pools.Keys]);
        foreach (var warning in CapWarnings.Between(_before, State, pools, Now).ToArray()) Add(warning);
        return Decision.Accept(_events.ToImmutable());
    }
}
