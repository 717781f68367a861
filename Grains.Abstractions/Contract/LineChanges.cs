namespace Q2C.Contracts;

/// <summary>
/// Stops billing a recurring line for a while. Like every change of a line it is a change order: a new version of the terms,
/// effective on its day; what is billed of the days after it is credited.
/// </summary>
/// <param name="From">The first day that is not billed.</param>
/// <param name="Until">The first day that is billed again; null until it is resumed.</param>
[GenerateSerializer, Immutable, Alias("contract.suspend-line.v1")]
public sealed record SuspendLine(int BasedOnVersion, string LineId, DateOnly From, DateOnly? Until, string Reason) : Command;

/// <param name="From">The first day that is billed again.</param>
[GenerateSerializer, Immutable, Alias("contract.resume-line.v1")]
public sealed record ResumeLine(int BasedOnVersion, string LineId, DateOnly From, string Reason) : Command;

/// <summary>Ends a line that is billed by the period.</summary>
/// <param name="DayCounts">True: the day is the last that is billed; false: the first that is not.</param>
/// <param name="Settlement">Null is what the line says.</param>
[GenerateSerializer, Immutable, Alias("contract.terminate-line.v1")]
public sealed record TerminateLine(
    int BasedOnVersion, string LineId, DateOnly Day, bool DayCounts, EndSettlement? Settlement, string Reason) : Command;

/// <summary>Another quantity of a recurring line.</summary>
/// <param name="From">The first day of the new quantity.</param>
[GenerateSerializer, Immutable, Alias("contract.change-quantity.v1")]
public sealed record ChangeQuantity(int BasedOnVersion, string LineId, decimal Quantity, DateOnly From, string Reason) : Command;
