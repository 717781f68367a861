using System.Collections.Immutable;
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
            InboundResult.Commands commands => Planned([.. await Task.WhenAll(commands.Items.Select(Plan))]),
            InboundResult.Parked parked => new([], [.. parked.Problems.Select(problem => Placed(problem, body))], null),
            InboundResult.Waits waits => new([], [], waits.Reason),
            _ => throw new InvalidOperationException("A mapping ends in one of three ways."),
        };
    }

    public async Task<DeliveryTrial> TryCommands(string feed, string key, string body, string commands)
    {
        var original = await Try(feed, key, body);
        if (original is not { Document: { } document }) return original with { Commands = [] };
        var corrected = await Try(DeliveryFeeds.CorrectedCommands, key, commands);
        var kinds = original.Commands.Select(command => (command.Grain, command.Command)).ToHashSet();
        ImmutableArray<DeliveryProblem> others =
        [
            .. corrected.Commands.Index().Where(one => !kinds.Contains((one.Item.Grain, one.Item.Command))).Select(one => Foreign(one.Index, one.Item, commands)),
        ];
        return others.IsEmpty ? corrected with { Document = document } : new([], others, null, document);
    }

    private static DeliveryProblem Foreign(int i, PlannedCommand command, string commands)
    {
        var place = JsonPlace.Of(commands, $"[{i}]");
        return new(
            new(
                "COMMAND_NOT_BROUGHT", $"[{i}]", $"The delivery brings no {command.Command} for {command.Grain}.",
                "Correct what is in the commands that it brings, or leave some out."), place?.Line, place?.Column);
    }

    private static DeliveryTrial Planned(ImmutableArray<PlannedCommand> commands) =>
        new(commands, [], null, commands.IsEmpty ? null : CommandDocument.Write(commands));

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
