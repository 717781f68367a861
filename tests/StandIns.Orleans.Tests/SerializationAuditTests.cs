using Orleans;

namespace Q2C.StandIns.Orleans.Tests;

public sealed class SerializationAuditTests
{
    private const string Here = "Q2C.StandIns.Orleans.Tests.SerializationAuditTests+";

    [GenerateSerializer, Alias("audit.good")]
    public sealed record Good(int Number, IReadOnlyList<Inner> Inner)
    {
        [Id(0)]
        public string? Text { get; init; }

        public int Doubled => 2 * Number;
    }

    [GenerateSerializer, Alias("audit.inner")]
    public readonly record struct Inner(decimal Amount);

    [GenerateSerializer, Alias("audit.base")]
    public abstract record Base
    {
        [Alias("audit.base")]
        public sealed record SameAlias : Base;
    }

    [GenerateSerializer]
    public sealed class Bad
    {
        [Id(0)]
        public int One { get; set; }

        [Id(0)]
        public int Two { get; set; }

        public int Three { get; set; }

        [Id(3)]
        public Dictionary<string, Unmarked[]>? Deep { get; set; }
    }

    public sealed class Unmarked;

    [Fact]
    public void Types_that_are_well_marked_bring_no_findings() =>
        Assert.Empty(SerializationAudit.RunFor([typeof(Good), typeof(Task<Good?>)]));

    [Fact]
    public void Each_missing_mark_is_named() => Assert.Equal(
        [
            $"{Here}Bad.Three: no [Id].",
            $"{Here}Bad.Two: [Id(0)] is taken.",
            $"{Here}Bad: no [Alias].",
            $"{Here}Unmarked ({Here}Bad.Deep): no [GenerateSerializer].",
            $"{Here}Unmarked: no [Alias].",
        ],
        SerializationAudit.RunFor([typeof(Bad)]));

    [Fact]
    public void Derived_types_are_found_and_aliases_must_differ() => Assert.Equal(
        [
            $"{Here}Base+SameAlias (given as {Here}Base): no [GenerateSerializer].",
            $"{Here}Base: shares the alias 'audit.base' with {Here}Base+SameAlias.",
        ],
        SerializationAudit.RunFor([typeof(Base)], typeof(Base).Assembly));

    [Fact]
    public void Interfaces_and_methods_need_an_alias() => Assert.Contains(
        "Q2C.StandIns.Orleans.Tests.IListener.Say: the method has no [Alias].",
        SerializationAudit.Run(typeof(IListener).Assembly));
}
