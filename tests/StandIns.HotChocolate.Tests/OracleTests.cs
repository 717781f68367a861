using System.Text.Json;
using System.Text.Json.Nodes;
using HotChocolate.Execution;
using HotChocolate.Language;
using HotChocolate.Validation;

namespace Q2C.StandIns.Tests;

/// <summary>graphql-js and this engine must agree on verdicts, error locations and results.</summary>
public sealed class OracleTests
{
    private const int Seed = 20260101;
    private const int Documents = 4000;
    private static readonly RequestExecutor s_executor = OracleSchema.Executor();

    [Fact]
    public async Task Random_documents_get_the_same_answers()
    {
        var cases = new List<Case>();
        for (var i = 0; i < Documents; i++)
        {
            var random = new Random(Seed + i);
            var generator = new DocumentGenerator(s_executor.Model, random, chaos: i % 4 * 0.35);
            var document = generator.Document();
            cases.Add(new Case($"seed {Seed + i}", i % 10 == 9 ? Break(document, random) : document, generator.Variables));
        }

        var counts = await CompareAsync(cases);
        Assert.Equal([], Rules.Where(r => counts.GetValueOrDefault(r) < 5));
        Assert.InRange(counts["valid"], Documents / 5, Documents);
        Assert.InRange(counts["syntax"], Documents / 50, Documents / 10);
    }

    [Fact]
    public async Task Written_documents_get_the_same_answers() =>
        await CompareAsync([.. OracleDocuments.All.Select(d => new Case(d.Document, d.Document, d.Variables))]);

    private static string[] Rules =>
    [
        "UniqueOperationNamesRule", "LoneAnonymousOperationRule", "SingleFieldSubscriptionsRule", "KnownTypeNamesRule",
        "VariablesAreInputTypesRule", "ScalarLeafsRule", "FieldsOnCorrectTypeRule", "KnownFragmentNamesRule",
        "NoUnusedFragmentsRule", "PossibleFragmentSpreadsRule", "NoFragmentCyclesRule", "NoUndefinedVariablesRule",
        "NoUnusedVariablesRule", "KnownDirectivesRule", "UniqueDirectivesPerLocationRule", "KnownArgumentNamesRule",
        "UniqueArgumentNamesRule", "ValuesOfCorrectTypeRule", "ProvidedRequiredArgumentsRule",
        "VariablesInAllowedPositionRule", "OverlappingFieldsCanBeMergedRule", "UniqueInputFieldNamesRule",
    ];

    private sealed record Case(string Name, string Document, string Variables);

    /// <summary>Compares all cases and counts how often each verdict occurred.</summary>
    private static async Task<Dictionary<string, int>> CompareAsync(IReadOnlyList<Case> cases)
    {
        var answers = await Node.Oracle.RunAsync("oracle.mjs", [], [.. cases.Select(c => new JsonObject
        {
            ["sdl"] = OracleSchema.Sdl,
            ["document"] = c.Document,
            ["variables"] = JsonNode.Parse(c.Variables),
        }.ToJsonString())]);
        var counts = new Dictionary<string, int>();
        var differences = new List<string>();
        for (var i = 0; i < cases.Count; i++)
        {
            var expected = Normalize(JsonNode.Parse(answers[i])!.AsObject());
            var answer = await AnswerAsync(cases[i]);
            var actual = Normalize(answer);
            if (expected != actual)
            {
                differences.Add($"{cases[i].Name}\n{cases[i].Document}\n{cases[i].Variables}\nexpected {expected}\nactual   {actual}\n");
            }

            foreach (var verdict in Verdicts(answer))
            {
                counts[verdict] = counts.GetValueOrDefault(verdict) + 1;
            }
        }

        Assert.True(differences.Count == 0, $"{differences.Count} differences\n{string.Join('\n', differences.Take(5))}");
        return counts;
    }

    private static IEnumerable<string> Verdicts(JsonObject answer) =>
        answer.ContainsKey("syntax") ? ["syntax"]
        : answer["rules"] is JsonArray rules ? rules.Select(r => r![0]!.GetValue<string>()).Distinct()
        : ["valid"];

    private static async Task<JsonObject> AnswerAsync(Case c)
    {
        DocumentNode document;
        try
        {
            document = Parser.Parse(c.Document);
        }
        catch (SyntaxException e)
        {
            return new JsonObject { ["syntax"] = Locations([e.Location]) };
        }

        var errors = DocumentValidator.Run(s_executor.Model, document, new ValidationOptions());
        if (errors.Count > 0)
        {
            return new JsonObject
            {
                ["rules"] = new JsonArray([.. errors.Select(e =>
                    (JsonNode)new JsonArray(e.Rule, Locations(e.Error.Locations ?? [])))]),
            };
        }

        if (document.Definitions.OfType<OperationDefinitionNode>().Any(o => o.Operation == OperationType.Subscription))
        {
            return new JsonObject { ["subscription"] = true };
        }

        var result = (OperationResult)await s_executor.ExecuteAsync(OperationRequestBuilder.New()
            .SetDocument(c.Document)
            .SetVariableValues(JsonSerializer.Deserialize<Dictionary<string, object?>>(c.Variables))
            .Build());
        return new JsonObject
        {
            ["result"] = new JsonObject
            {
                ["data"] = JsonNode.Parse(result.ToJson())!["data"]?.DeepClone(),
                ["errors"] = new JsonArray([.. (result.Errors ?? []).Select(e => (JsonNode)new JsonObject
                {
                    ["path"] = e.Path is null ? null : new JsonArray([.. e.Path.ToList().Select(p => (JsonNode)(p is int i ? i : (string)p))]),
                    ["locations"] = Locations(e.Locations ?? []),
                })]),
            },
        };
    }

    private static JsonArray Locations(IEnumerable<global::HotChocolate.Location> locations) =>
        new([.. locations.Select(l => (JsonNode)new JsonArray(l.Line, l.Column))]);

    /// <summary>The order of rules does not matter, nor that of errors; a request that failed has no data.</summary>
    private static string Normalize(JsonObject answer)
    {
        if (answer["rules"] is JsonArray rules)
        {
            var sorted = rules.Select(r => r!.ToJsonString()).Order(StringComparer.Ordinal);
            return $$"""{"rules":[{{string.Join(',', sorted)}}]}""";
        }

        if (answer["result"] is not JsonObject result)
        {
            return answer.ToJsonString();
        }

        var errors = result["errors"]!.AsArray().Select(e => e!.ToJsonString()).Order(StringComparer.Ordinal);
        var data = result["data"]?.ToJsonString() ?? "null";
        return $"{data} [{string.Join(",", errors)}]";
    }

    private static string Break(string document, Random random)
    {
        var position = random.Next(document.Length);
        return random.Next(3) switch
        {
            0 => document.Remove(position, 1),
            1 => document.Insert(position, "{}()[]:!$@&|\"'.#1-x\\"[random.Next(20)].ToString()),
            _ => document[..position],
        };
    }
}
