using Q2C.Contracts;
using Q2C.Grains.Contracts;

namespace Q2C.Grains.Tests.Contracts;

/// <summary>Plays the outside world to a contract: answers what it asked.</summary>
internal static class ContractStory
{
    public static readonly Given<ContractState> New = Contract.Decider.Given().In(Samples.ContractId).Under(Samples.Policies).By(Samples.Olga);

    public static readonly Given<ContractState> Accepted = New.When(Samples.Quote).Accepted();

    public static readonly Given<ContractState> Active = Accepted.AnswerAll();

    public static When<ContractState> Report(this Given<ContractState> given, string effect, EffectOutcome? outcome = null) =>
        given.When(new ReportEffect($"{Samples.ContractId}/{effect}", outcome ?? Samples.Done($"ext-{effect}")));

    /// <summary>Accepts every effect that waits for an answer, until none is left.</summary>
    public static Given<ContractState> AnswerAll(this Given<ContractState> given)
    {
        while (given.Waiting() is [var first, ..]) given = given.Report(first).Accepted();
        return given;
    }

    /// <summary>Accepts in order until this effect waits for its answer.</summary>
    public static Given<ContractState> AnswerUntil(this Given<ContractState> given, string effect)
    {
        while (!given.Waiting().Contains(effect)) given = given.Report(given.Waiting()[0]).Accepted();
        return given;
    }

    /// <summary>The effects without a final answer, without the contract's id, in the order in which they were asked.</summary>
    public static IReadOnlyList<string> Waiting(this Given<ContractState> given)
    {
        var waiting = given.Engagement().Errands.ByKey.Values
            .Where(errand => errand.Status == ErrandStatus.Waiting).Select(errand => errand.EffectId).ToHashSet();
        return [.. given.Asked().Where(effect => waiting.Contains($"{Samples.ContractId}/{effect}"))];
    }

    public static IEnumerable<string> Asked(this Given<ContractState> given) =>
        given.History.OfType<IAsksEffect>().Select(asked => asked.Effect.Id[(Samples.ContractId.Length + 1)..]);

    public static Engagement Engagement(this Given<ContractState> given) => ((ContractState.Existing)given.State).Engagement;

    public static ContractView View(this Given<ContractState> given) => Contract.Render(given.State, given.History.Length)!;

    public static StepStatus Step(this Given<ContractState> given, ActivationStep step) =>
        given.View().Steps.Single(view => view.Step == step).Status;

    public static string[] Names(this IEnumerable<Event> events) => [.. events.Select(@event => @event.GetType().Name)];
}
