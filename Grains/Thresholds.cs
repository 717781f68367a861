namespace Q2C.Grains;

/// <summary>Four eyes: who asks for something above a threshold of its legal entity does not approve it.</summary>
internal static class Thresholds
{
    private const string ApproverIsPreparer = "APPROVER_IS_PREPARER";

    /// <summary>What cannot be compared, being of another currency, is above.</summary>
    public static bool IsAbove(Money amount, Money? threshold) =>
        threshold is not { } limit || limit.Currency != amount.Currency || amount > limit;

    public static IEnumerable<Problem> NeedsAnother(Actor actor, string askedBy, string what)
    {
        if (actor.Id == askedBy)
            yield return new(ApproverIsPreparer, "", $"{actor.Id} asked for this {what} and cannot approve it too.", "Let a second person approve it.");
    }
}
