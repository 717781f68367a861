using System.Collections.Immutable;
using Q2C.Customers;

namespace Q2C.Connections;

/// <summary>Tries what a connection would make of a body, without sending anything. Keyed by the connection's name; holds nothing.</summary>
[Alias("q2c.delivery-trial-grain")]
public interface IDeliveryTrialGrain : IGrainWithStringKey
{
    /// <param name="key">The delivery's own; what reads back from the vendor reads under it.</param>
    [Alias("try")]
    Task<DeliveryTrial> Try(string feed, string key, string body);

    /// <summary>
    /// The same for commands that somebody corrected (<see cref="DeliveryTrial.Document"/>): only of the objects and kinds that
    /// the body brings.
    /// </summary>
    [Alias("try-commands")]
    Task<DeliveryTrial> TryCommands(string feed, string key, string body, string commands);
}

/// <summary>Feeds that are not a connection's own.</summary>
public static class DeliveryFeeds
{
    /// <summary>The body is the commands themselves.</summary>
    public const string CorrectedCommands = "corrected-commands";
}

/// <summary>What would come of a body.</summary>
/// <param name="Commands">In order; none while there are problems, or when the delivery is of no interest.</param>
/// <param name="Problems">Why it cannot be mapped.</param>
/// <param name="Waits">Why it cannot be said now: the vendor is away, a record that it refers to has not come.</param>
/// <param name="Document">The commands that the body brings, as a document that can be corrected; null while there are none.</param>
[GenerateSerializer, Immutable, Alias("delivery-trial")]
public sealed record DeliveryTrial(
    ImmutableArray<PlannedCommand> Commands, ImmutableArray<DeliveryProblem> Problems, string? Waits, string? Document = null)
{
    /// <summary>Why a second person has to look at it before it is sent; null if nobody has to.</summary>
    public string? ApprovalNeeded => (Waits, Commands.FirstOrDefault(command => command.MovesMoney)) switch
    {
        ({ } why, _) => $"What comes of it cannot be said now. {why}",
        (_, { } command) => $"Money moves: {command.Command} to {command.Grain}.",
        _ => null,
    };
}

/// <param name="Grain">The object that it would be sent to.</param>
/// <param name="Command">Its stored name: <c>invoice.record-payment.v1</c>.</param>
/// <param name="Content">As it would be stored, as JSON.</param>
/// <param name="Preview">What it would do if it came now, alone.</param>
[GenerateSerializer, Immutable, Alias("planned-command")]
public sealed record PlannedCommand(string Grain, string Command, string Content, bool MovesMoney, Preview Preview)
{
    /// <summary>What prices, bills, posts or pays; everything does that does more than name, address or link.</summary>
    public static bool Moves(Command command) => command is not (UpsertCustomer or LinkFeed or UnlinkFeed);
}

/// <param name="Line">From 1; null where the problem is at no place of the body. So is <paramref name="Column"/>.</param>
[GenerateSerializer, Immutable, Alias("delivery-problem")]
public sealed record DeliveryProblem(Problem Problem, long? Line, long? Column);
