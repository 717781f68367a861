using System.Collections.Immutable;

namespace Q2C.Projects;

/// <summary>What a change order would change if it were made now; nothing is changed by asking.</summary>
/// <param name="Items">What would be billed differently, come anew, or go; in the order of the work.</param>
/// <param name="Lines">Of every line that is billed differently.</param>
[GenerateSerializer, Immutable, Alias("change-order-preview")]
public sealed record ChangeOrderPreview(ImmutableArray<ItemDifference> Items, ImmutableArray<LineDifference> Lines, Money Difference);

/// <param name="Before">Null for an item that comes anew: the reversal of an invoiced one, or its new price.</param>
/// <param name="After">Null for one that is no longer billed because nothing prices it: it waits for a person.</param>
[GenerateSerializer, Immutable, Alias("item-difference")]
public sealed record ItemDifference(
    string ItemId, string LineId, DateOnly Date, string Description, Money? Before, Money? After, string Explanation);

/// <param name="Before">Invoiced and open.</param>
[GenerateSerializer, Immutable, Alias("line-difference")]
public sealed record LineDifference(string LineId, Money Before, Money After);
