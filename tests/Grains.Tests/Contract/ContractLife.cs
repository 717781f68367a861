using Q2C.Contracts;
using Q2C.Grains.Contracts;
using static Q2C.Grains.Tests.Contracts.Samples;

namespace Q2C.Grains.Tests.Contracts;

/// <summary>A random life of a contract: fast, because it keeps the state instead of folding the history each time.</summary>
internal sealed class ContractLife
{
    private static readonly DecisionContext Context = new(ContractId, "key", Olga, DeciderSpec.Noon, Samples.Policies);

    private readonly List<Event> _history = [];

    public ContractLife((byte Which, byte What)[] moves)
    {
        Do(Quote);
        foreach (var (which, what) in moves) Move(which, what);
    }

    public ContractState State { get; private set; } = Contract.Decider.Initial;

    public IReadOnlyList<Event> History => _history;

    public Engagement Engagement => ((ContractState.Existing)State).Engagement;

    public ContractStatus Status => Contract.Render(State, 1)!.Status;

    /// <summary>Retries what needs a person and accepts what waits, until the contract has this status.</summary>
    public void DriveTo(ContractStatus status)
    {
        while (Status != status)
        {
            if (Engagement.Errands.Items.FirstOrDefault(item => !Errands.ResolvesItself(item)) is { } item)
                Do(new RetryStep(item.Id, "again"));
            else
                Do(new ReportEffect(
                    Engagement.Errands.ByKey.Values.First(errand => errand.Status == ErrandStatus.Waiting).EffectId, Done()));
        }
    }

    public void Do(Command command)
    {
        var decision = Contract.Decide(State, command, Context);
        Assert.Empty(decision.Problems);
        foreach (var @event in decision.Events)
        {
            State = Contract.Evolve(State, @event);
            _history.Add(@event);
        }

        Assert.Empty(Contract.Next(State, Context));
    }

    private void Move(byte which, byte what)
    {
        if (what % 7 == 6 && Engagement.Errands.Items is [var item, ..] && !Errands.ResolvesItself(item))
        {
            Do(new RetryStep(item.Id, "again"));
            return;
        }

        var asked = _history.OfType<IAsksEffect>().Select(e => e.Effect.Id).ToArray();
        Do(new ReportEffect(asked[^(1 + (which % Math.Min(asked.Length, 4)))], (what % 5) switch
        {
            0 or 1 => Done($"ext-{which}"),
            2 => Refused(which % 2 == 0 ? ErrorClass.Business : ErrorClass.Permanent),
            3 => Away(),
            _ => new EffectOutcome.Unknown("Timed out."),
        }));
    }
}
