using System.Text;
using System.Text.Json;
using Q2C.StandIns.Tests;

namespace Q2C.Gateway.Tests.GraphQL;

/// <summary>What graphql-js finds different between a released schema and the one that follows.</summary>
/// <param name="Breaking">What a client of the released schema could stumble over; what was deprecated for 90 days is none.</param>
/// <param name="Changes">Everything, in English.</param>
/// <param name="Vague">Deprecated elements whose reason is not <c>2026-03-31: use …</c>.</param>
/// <param name="Undescribed">Elements of the later schema without a description.</param>
internal sealed record SchemaDifference(string[] Breaking, string[] Changes, string[] Vague, string[] Undescribed)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public static async Task<SchemaDifference> Between(string released, string current, DateOnly today) =>
        (await Between([(released, current)], today)).Single();

    public static async Task<IReadOnlyList<SchemaDifference>> Between(IEnumerable<(string Released, string Current)> schemas, DateOnly today)
    {
        var lines = await Node.Oracle.RunAsync("differences.mjs", [],
            [.. schemas.Select(pair => JsonSerializer.Serialize(new { released = pair.Released, current = pair.Current, today }, Json))]);
        return [.. lines.Select(line => JsonSerializer.Deserialize<SchemaDifference>(line, Json)!)];
    }

    /// <summary>The section of the changelog.</summary>
    public string Section(DateOnly day)
    {
        var section = new StringBuilder($"## {day:yyyy-MM-dd}\n\n");
        foreach (var change in Changes) section.Append($"- {change}\n");
        return section.Append('\n').ToString();
    }
}
