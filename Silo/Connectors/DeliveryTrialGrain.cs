using System.Text;
using Orleans.Concurrency;
using Q2C.Connections;
using Q2C.Grains.Journal;

namespace Q2C.Silo.Connectors;

/// <summary>Mapping reads and changes nothing, so a body can be tried: what comes of it is told and not sent.</summary>
[StatelessWorker, Reentrant]
internal sealed class DeliveryTrialGrain(
    ConnectorRegistry connectors, IGrainFactory grains, TimeProvider clock, ILogger<DeliveryTrialGrain> log) : Grain, IDeliveryTrialGrain
{
    public async Task<DeliveryTrial> Try(string feed, string key, string body)
    {
        var connection = this.GetPrimaryKeyString();
        if (connectors.Find(connection)?.Inbound is not { } map)
            return new([], [new(new(
                ProblemCodes.NotFound, "connection", $"No connection '{connection}' takes deliveries.",
                "Take the name from the list of connections."), null, null)], null);
        var delivery = new InboxDelivery(0, connection, feed, key, Encoding.UTF8.GetBytes(body), clock.GetUtcNow());
        return await Map(map, delivery) switch
        {
            InboundResult.Commands commands => new([.. await Task.WhenAll(commands.Items.Select(Plan))], [], null),
            InboundResult.Parked parked => new([], [.. parked.Problems.Select(problem => Placed(problem, body))], null),
            InboundResult.Waits waits => new([], [], waits.Reason),
            _ => throw new InvalidOperationException("A mapping ends in one of three ways."),
        };
    }

    private async Task<InboundResult> Map(IInboundMap map, InboxDelivery delivery)
    {
        try
        {
            return await map.Map(delivery, CancellationToken.None);
        }
        catch (Exception failure)
        {
            log.LogWarning(failure, "A body cannot be mapped for {Connection}", delivery.Connection);
            return InboxWorker.Unreadable(failure);
        }
    }

    private async Task<PlannedCommand> Plan(GrainCommand planned) => new(
        planned.Grain, WireFormat.NameOf(planned.Envelope.Command), Encoding.UTF8.GetString(WireFormat.Write(planned.Envelope.Command).Span),
        PlannedCommand.Moves(planned.Envelope.Command), await grains.Aggregate(planned.Grain).Preview(planned.Envelope));

    private static DeliveryProblem Placed(ParseProblem found, string body) =>
        found.Line is null && JsonPlace.Of(body, found.Problem.Path) is { } place
            ? new(found.Problem, place.Line, place.Column)
            : new(found.Problem, found.Line, found.Column);
}
