using System.Collections.Immutable;

namespace Q2C.Contracts;

/// <summary>The most that may be billed: in money, in hours, or in both, whichever is used up first.</summary>
/// <param name="Per">The cap begins anew with each of these; null is the life of the line.</param>
/// <param name="AtCap">What becomes of work beyond it; null is <see cref="Contracts.AtCap.Stop"/>.</param>
/// <param name="WarnAtPercent">Of the cap; null warns at 80 and at 100 percent.</param>
[GenerateSerializer, Immutable, Alias("not-to-exceed")]
public sealed record NotToExceed(
    Money? Amount, decimal? Hours = null, CapPeriod? Per = null, AtCap? AtCap = null, ImmutableArray<int>? WarnAtPercent = null);

/// <summary>One cap over several lines.</summary>
/// <param name="Phase">The lines of this phase; null is every line of the contract.</param>
[GenerateSerializer, Immutable, Alias("shared-cap")]
public sealed record SharedCap(string Name, string? Phase, NotToExceed Limit);

[GenerateSerializer, Alias("cap-period")]
public enum CapPeriod { Month, Quarter, Year }

/// <summary>What becomes of work beyond a cap.</summary>
[GenerateSerializer, Alias("at-cap")]
public enum AtCap
{
    /// <summary>It waits, flagged, and is billed if a change order raises the cap.</summary>
    Stop,

    /// <summary>It is written down when the work is invoiced and never billed.</summary>
    WriteDown,

    /// <summary>It waits until somebody approves to bill beyond the cap.</summary>
    BillWithApproval,

    /// <summary>A record that does not fit is refused when it arrives.</summary>
    Refuse,
}
