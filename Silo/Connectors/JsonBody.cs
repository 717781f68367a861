using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace Q2C.Silo.Connectors;

/// <summary>A delivered body as JSON.</summary>
internal static class JsonBody
{
    /// <summary>False for a body that is none, with the place where it breaks.</summary>
    /// <param name="what">For people: <c>event</c>.</param>
    public static bool TryRead(
        ReadOnlyMemory<byte> body, string what, out JsonElement json, [NotNullWhen(false)] out ParseProblem? problem,
        string remedy = "Correct the body and retry.")
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            (json, problem) = (document.RootElement.Clone(), null);
            return true;
        }
        catch (JsonException wrong)
        {
            json = default;
            problem = new(
                new("BODY_NOT_JSON", "", $"The {what} is not JSON: {wrong.Message}", remedy), wrong.LineNumber + 1, wrong.BytePositionInLine + 1);
            return false;
        }
    }
}
