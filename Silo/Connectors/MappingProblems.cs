using System.Collections.Immutable;

namespace Q2C.Silo.Connectors;

/// <summary>A record that its mapping document cannot turn into the vendor's is refused before anything is sent.</summary>
public static class MappingProblems
{
    public static SendResult.Refused ToRefusal(ImmutableArray<Problem> problems) => new(
        problems[0].Code,
        string.Join(' ', problems.Select(problem => problem.Message)),
        problems[0].Remedy,
        ErrorClass.Business);
}
