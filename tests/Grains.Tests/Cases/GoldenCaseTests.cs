using System.Reflection;
using System.Text.Json;

namespace Q2C.Grains.Tests.Cases;

/// <summary>No case lies here untold, and what is answered differently says why.</summary>
public sealed class GoldenCaseTests
{
    [Fact]
    public void Every_case_is_told_by_the_test_of_its_name() => Assert.Empty(GoldenCase.Ids.Except(
        from type in typeof(GoldenCase).Assembly.GetTypes()
        from method in type.GetMethods(BindingFlags.Instance | BindingFlags.Public)
        where method.IsDefined(typeof(FactAttribute))
        select method.Name.ToLowerInvariant().Replace('_', '-')));

    [Fact]
    public void Every_difference_is_of_a_case_that_is_here_and_has_its_reason()
    {
        Assert.Empty(GoldenCase.Differences.EnumerateObject().Select(of => of.Name).Except(GoldenCase.Ids));
        Assert.DoesNotContain(
            GoldenCase.Differences.EnumerateObject().SelectMany(of => of.Value.EnumerateObject()),
            leaf => (leaf.Value.ValueKind == JsonValueKind.String ? leaf.Value : leaf.Value.GetProperty("why")).GetString() is not { Length: > 20 });
    }
}
