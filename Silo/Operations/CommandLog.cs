using System.Collections.Immutable;

namespace Q2C.Silo.Operations;

/// <summary>Logs which commands a grain refused or failed on, with what they belong to and never with what they hold.</summary>
internal sealed class CommandLog(ILogger<CommandLog> log) : IIncomingGrainCallFilter
{
    public async Task Invoke(IIncomingGrainCallContext context)
    {
        var commands = Commands(context);
        try
        {
            await context.Invoke();
        }
        catch (Exception failure) when (commands is [var first, ..])
        {
            using var scope = log.BeginScope(LogScope.Of(first));
            log.LogError(failure, "{Grain} failed on {Count} commands", context.TargetId, commands.Length);
            throw;
        }

        foreach (var (command, receipt) in commands.Zip(Receipts(context)))
        {
            if (!receipt.IsRefused) continue;
            using var scope = log.BeginScope(LogScope.Of(command));
            log.LogInformation("{Grain} refused {Command}: {Problems}", context.TargetId, command.Command.GetType().Name,
                string.Join(", ", receipt.Problems.Select(problem => problem.Code)));
        }
    }

    private static ImmutableArray<CommandEnvelope> Commands(IIncomingGrainCallContext context) =>
        context.Request.GetArgumentCount() == 0 ? [] : context.Request.GetArgument(0) switch
        {
            CommandEnvelope one => [one],
            ImmutableArray<CommandEnvelope> many => many,
            _ => [],
        };

    private static ImmutableArray<Receipt> Receipts(IIncomingGrainCallContext context) => context.Result switch
    {
        Receipt one => [one],
        ImmutableArray<Receipt> many => many,
        _ => [],
    };
}
