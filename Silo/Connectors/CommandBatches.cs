using System.Collections.Immutable;

namespace Q2C.Silo.Connectors;

/// <summary>
/// The commands of many deliveries as few calls: those of one grain go together, as long as the order within each grain
/// and within each delivery stays.
/// </summary>
internal static class CommandBatches
{
    public const int MaxPerCall = 200;

    public static IReadOnlyList<CommandBatch> Of(IEnumerable<(long Delivery, ImmutableArray<GrainCommand> Commands)> deliveries)
    {
        var batches = new List<CommandBatch>();
        var lastOfGrain = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (delivery, commands) in deliveries)
        {
            var reached = 0;
            foreach (var command in commands)
            {
                if (!lastOfGrain.TryGetValue(command.Grain, out var place) || place < reached
                    || batches[place].Commands.Count >= MaxPerCall)
                {
                    place = batches.Count;
                    batches.Add(new(command.Grain, []));
                    lastOfGrain[command.Grain] = place;
                }

                batches[place].Commands.Add((delivery, command.Envelope));
                reached = place;
            }
        }

        return batches;
    }
}

internal sealed record CommandBatch(string Grain, List<(long Delivery, CommandEnvelope Envelope)> Commands);
