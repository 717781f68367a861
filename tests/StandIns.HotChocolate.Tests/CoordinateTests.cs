using System.Text.Json;
using HotChocolate;

namespace Q2C.StandIns.Tests;

/// <summary>Schema coordinates, with graphql-js as oracle.</summary>
public sealed class CoordinateTests
{
    private static readonly string[] Parts = ["A", "_b1", ".", "(", ":)", "@", " ", "a:", ")", "é", ",", "1", "\n", ""];

    private static IEnumerable<string> Texts()
    {
        string[] written =
        [
            "Type", "Type.field", "Type.field(arg:)", "@directive", "@directive(arg:)", "Enum.VALUE", "Input.field", "__Type.name",
            "Type(arg:)", "@directive.field", "Type.field(arg)", "Type.field(arg:", "Type.", ".field", "Type..field", "Type.field.more",
            "Type .field", " Type", "Type\n", "Type.field( arg:)", "Type.field(arg :)", "@", "", "Type.field()", "Type.field(a:)(b:)",
        ];
        var random = new Random(7);
        return written.Concat(Enumerable.Range(0, 500)
            .Select(_ => string.Concat(Enumerable.Range(0, random.Next(1, 7)).Select(_ => Parts[random.Next(Parts.Length)]))));
    }

    [Fact]
    public async Task Coordinates_are_read_as_graphql_js_reads_them()
    {
        var texts = Texts().Distinct().ToList();
        var expected = await Node.Oracle.RunAsync("coordinates.mjs", [], [.. texts.Select(t => JsonSerializer.Serialize(t))]);

        var read = texts.Select(text => SchemaCoordinate.TryParse(text, out var c)
            ? JsonSerializer.Serialize(new object?[] { c.Value.OfDirective, c.Value.Name, c.Value.MemberName, c.Value.ArgumentName })
            : "null");
        Assert.Equal(texts.Zip(expected), texts.Zip(read));
        Assert.All(texts, text => Assert.True(!SchemaCoordinate.TryParse(text, out var c) || c.Value.ToString() == text));
    }
}
