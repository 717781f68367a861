using System.Diagnostics;
using Q2C.OperatorLogs;

namespace Q2C.Grains.OperatorLogs;

/// <summary>How much was recorded. Snapshots are stored: change the decider's version with the shape.</summary>
public sealed record OperatorLogState(int Acts);

/// <summary>Keeps what it is told: the acts are decided where they happen, and are journaled here for the proof.</summary>
public static class OperatorLog
{
    public static Decider<OperatorLogState> Decider { get; } = new(new(0), Decide, Evolve) { Version = 1 };

    public static Decision Decide(OperatorLogState state, Command command, DecisionContext context) => command switch
    {
        RecordAct c when c.Act.By == context.Actor.Id => Decision.Accept(new ActRecorded(c.Act)),
        RecordAct c => Decision.Refuse(new Problem(
            ProblemCodes.Forbidden, "act.by", $"{context.Actor.Id} records an act of {c.Act.By}.", "Have it recorded in the name of whoever acted.")),
        _ => Decision.Unsupported(command),
    };

    public static OperatorLogState Evolve(OperatorLogState state, Event @event) => @event switch
    {
        ActRecorded => new(state.Acts + 1),
        _ => throw new UnreachableException($"{@event.GetType().Name} in a log of acts"),
    };
}
