using System.Text.Json;
using System.Text.Json.Nodes;
using HotChocolate.Execution;

namespace Q2C.StandIns.Tests;

public sealed class IntrospectionTests
{
    private const string Sdl = """"
        """The whole schema."""
        schema { query: Root mutation: Change }
        """Where reading starts."""
        type Root implements Named {
          """A name."""
          name(prefix: String = "a\"b" list: [Int!] = [1, 2] range: Range = { from: 1, unit: DAY }): String!
          old: Int @deprecated(reason: "Use `name`.")
          any: Thing
        }
        type Change { set(by: Selector!, note: String @deprecated): Boolean }
        interface Named { name(prefix: String = "a\"b" list: [Int!] = [1, 2] range: Range = { from: 1, unit: DAY }): String! }
        interface Node implements Named { name(prefix: String = "a\"b" list: [Int!] = [1, 2] range: Range = { from: 1, unit: DAY }): String! id: ID! }
        union Thing = Root | Leaf
        type Leaf { at: DateTime data: JSON }
        enum Unit { "One day." DAY WEEK @deprecated }
        input Range { from: Int! to: Int = 9 unit: Unit = WEEK }
        input Selector @oneOf { id: ID name: String }
        scalar DateTime @specifiedBy(url: "https://example.org/date-time")
        scalar JSON @specifiedBy(url: "https://example.org/json")
        """Marks."""
        directive @mark(level: Int! = 1) repeatable on FIELD_DEFINITION | QUERY
        """";

    [Fact]
    public async Task Clients_see_the_schema_as_it_is_written()
    {
        var executor = SchemaOnly.Executor(Sdl);
        var query = JsonSerializer.Deserialize<string>((await Node.Oracle.RunAsync("introspect.mjs", ["query"], []))[0])!;
        var result = (await executor.ExecuteAsync(query)).ExpectOperationResult();
        Assert.Null(result.Errors);
        var schemas = JsonElement.Parse((await Node.Oracle.RunAsync("introspect.mjs", [], [new JsonObject
        {
            ["sdl"] = Sdl,
            ["introspection"] = JsonNode.Parse(result.ToJson())!["data"]!.DeepClone(),
        }.ToJsonString()]))[0]);
        Assert.Equal(
            WithoutScalarDescriptions(schemas.GetProperty("written").GetString()!),
            WithoutScalarDescriptions(schemas.GetProperty("served").GetString()!));
    }

    [Fact]
    public void Printing_keeps_order_descriptions_and_directives()
    {
        const string Written = """"
            """The whole schema."""
            schema {
              query: Query
            }

            type Query {
              """
              First line.

                Third, indented.
              """
              zebra(
                """Which."""
                id: ID @deprecated(reason: "no")
                size: Int = 3
              ): String @mark(level: 2)
              apple(first: Int = 1, kinds: [Kind!] = [B, A]): [String!]! @deprecated
            }

            enum Kind {
              B
              """The letter."""
              A @deprecated(reason: "Use B.")
            }

            directive @mark(level: Int! = 1) repeatable on FIELD_DEFINITION | QUERY
            """";
        var printed = SchemaOnly.Executor(Written).Schema.ToString();
        Assert.Equal(printed, SchemaOnly.Executor(printed).Schema.ToString());
        Assert.Equal(Lines(Written), Lines(printed));
    }

    // Both forms of a one-line description mean the same.
    private static string[] Lines(string sdl) =>
        [.. sdl.Replace("\"\"\"", "\n\"\"\"\n").Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)];

    /// <summary>Scalars of the server bring descriptions that the document does not have.</summary>
    private static string WithoutScalarDescriptions(string sdl) => System.Text.RegularExpressions.Regex.Replace(
        sdl, "\"\"\"[^\"]*(\"[^\"]+\"[^\"]*)*\"\"\"\nscalar", "scalar");
}
