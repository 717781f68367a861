using Q2C.Grains.OperatorLogs;
using Q2C.OperatorLogs;
using static Q2C.Grains.Tests.DeciderSpec;

namespace Q2C.Grains.Tests.OperatorLogs;

public sealed class OperatorLogTests
{
    private static readonly OperatorAct Hold = new(
        "connection/netsuite@1", "connection/netsuite", "connection.hold", "nora", "Month end", null, """{"held":true}""", null, 1, Noon);

    [Fact]
    public void An_act_is_kept_as_it_was_told() => OperatorLog.Decider.Given().When(new RecordAct(Hold)).Then(new ActRecorded(Hold));

    [Fact]
    public void Nobody_has_an_act_of_somebody_else_recorded_in_their_own_name() => OperatorLog.Decider.Given()
        .When(new RecordAct(Hold with { By = "olga" })).ThenRefused("FORBIDDEN act.by");
}
