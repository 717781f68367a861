using HotChocolate.Execution;
using Microsoft.Extensions.DependencyInjection;

namespace Q2C.StandIns.Tests;

/// <summary>What is compiled after many uses answers as what is completed field by field, in good and in bad.</summary>
public sealed class DirectWritingTests
{
    private const string Sdl = """
        type Query { items: [Item!] loose: [Item] item: Item }
        type Item {
          id: ID! name: String! note: String count: Int! big: Long ratio: Float price: Decimal! at: DateTime! day: Date
          key: UUID! isOpen: Boolean! color: Color! maybe: Color tags: [String!]! grid: [[Int]!] part: Part! parts: [Part!]
          numbers: [Int!] broken: String explodes: String slow: String
        }
        type Part { name: String! size: Int whole: Item }
        enum Color { RED DARK_BLUE }
        """;

    private const string Everything =
        "{ __typename id name note count big ratio price at day key isOpen color maybe tags grid numbers part { __typename name size } parts { name } }";

    public enum Color
    {
        Red,
        DarkBlue,
        Unknown,
    }

    public sealed record Part(string? Name, int? Size)
    {
        public Item? Whole => null;
    }

    public sealed record Item(
        int Id, string? Name, string? Note, long Count, long? Big, double? Ratio, decimal Price, DateTimeOffset At, DateOnly? Day, Guid Key,
        bool IsOpen, Color Color, Color? Maybe, IReadOnlyList<string?> Tags, int?[][]? Grid, Part? Part, IEnumerable<Part?>? Parts,
        List<int>? Numbers)
    {
        public string? Broken => Id % 3 == 0 ? throw new InvalidOperationException("broken") : "whole";

        public string Explodes => throw new InvalidOperationException("explodes");

        public Task<string> Slow => Task.FromResult("slow");
    }

    public sealed class Query(List<Item?> items)
    {
        public IEnumerable<Item?> Items => items.Select(i => i);

        public List<Item?> Loose => items;

        public Item? Item => items[0];
    }

    private static async Task<(IRequestExecutor Executor, List<Item?> Items)> StartAsync()
    {
        var items = new List<Item?>();
        var executor = await new ServiceCollection().AddGraphQLServer(disableDefaultSecurity: true)
            .AddDocumentFromString(Sdl).AddResolver("Query", "items", _ => new Query(items).Items)
            .AddResolver("Query", "loose", _ => new Query(items).Loose).AddResolver("Query", "item", _ => new Query(items).Item)
            .BindRuntimeType<Item>("Item").BindRuntimeType<Part>("Part").BindRuntimeType<Color>("Color")
            .BuildRequestExecutorAsync();
        return (executor, items);
    }

    private static async Task<string> AskAsync(IRequestExecutor executor, string document, bool written)
    {
        var request = OperationRequestBuilder.New().SetDocument(document).Build(written);
        await using var result = (IOperationResult)await executor.ExecuteAsync(request);
        return result.ToJson(withIndentations: false);
    }

    /// <param name="oddity">One in this many values is one that the schema does not allow.</param>
    private static Item Make(Random random, int oddity)
    {
        bool Odd() => random.Next(oddity) == 0;
        string Text() => string.Concat(Enumerable.Range(0, random.Next(5)).Select(_ => "aé\"\\<&\n😀".EnumerateRunes().ElementAt(random.Next(8))));
        Part? NewPart() => Odd() ? null : new Part(Odd() ? null : Text(), Odd() ? null : random.Next());
        return new(
            random.Next(), Odd() ? null : Text(), random.Next(2) == 0 ? null : Text(), Odd() ? long.MaxValue : random.Next(),
            random.Next(2) == 0 ? null : random.NextInt64(), random.Next(3) == 0 ? null : Odd() ? double.NaN : random.NextDouble(),
            random.Next() / 100m, DateTimeOffset.UnixEpoch.AddMilliseconds(random.NextInt64(1L << 40)).ToOffset(TimeSpan.FromHours(random.Next(3))),
            random.Next(2) == 0 ? null : DateOnly.FromDayNumber(random.Next(700_000)), Guid.NewGuid(), random.Next(2) == 0,
            Odd() ? Color.Unknown : Color.DarkBlue, random.Next(2) == 0 ? null : Color.Red, [.. Enumerable.Range(0, random.Next(3)).Select(_ => Odd() ? null : Text())],
            random.Next(2) == 0 ? null : [[1, null], []], NewPart(), random.Next(2) == 0 ? null : Enumerable.Range(0, random.Next(3)).Select(_ => NewPart()).ToList(),
            random.Next(2) == 0 ? null : [1, 2]);
    }

    [Theory]
    [InlineData("{ items " + Everything + " }")]
    [InlineData("{ loose " + Everything + " }")]
    [InlineData("{ item " + Everything + " items { id explodes } loose { name } }")]
    [InlineData("{ items { id broken part { name whole { id } } } loose { count slow } }")]
    public async Task Both_ways_give_the_same_answer(string document)
    {
        const int Seed = 4;
        var random = new Random(Seed);
        var (executor, items) = await StartAsync();
        for (var round = 0; round < 300; round++)
        {
            items.Clear();
            items.AddRange(Enumerable.Range(0, random.Next(1, 6)).Select(_ => random.Next(60) == 0 ? null : Make(random, oddity: 2000)));
            Assert.Equal(await AskAsync(executor, document, written: false), await AskAsync(executor, document, written: true));
        }
    }

    [Fact]
    public async Task After_many_uses_nothing_is_made_for_a_field()
    {
        var (executor, items) = await StartAsync();
        items.AddRange(Enumerable.Range(0, 100).Select(i => Make(new Random(i), int.MaxValue)));
        const string Document = "{ items { name price at isOpen part { name } } }";
        var before = await MeasureAsync(written: false);
        Assert.InRange(await MeasureAsync(written: true), 0, before / 4);

        // Bytes of one request; what the garbage collector and other threads do does not count.
        async Task<long> MeasureAsync(bool written)
        {
            var request = OperationRequestBuilder.New().SetDocument(Document).Build(written);
            for (var i = 0; i < 300; i++)
            {
                await using var _ = await executor.ExecuteAsync(request);
            }

            var start = GC.GetAllocatedBytesForCurrentThread();
            await using var result = await executor.ExecuteAsync(request);
            return GC.GetAllocatedBytesForCurrentThread() - start;
        }
    }
}
