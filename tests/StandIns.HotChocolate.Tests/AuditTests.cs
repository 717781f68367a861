using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;

namespace Q2C.StandIns.Tests;

/// <summary>The server audits of the npm package graphql-http.</summary>
public sealed class AuditTests
{
    private const int Audits = 61;

    [Fact]
    public async Task The_endpoint_passes_every_audit()
    {
        await using var server = await HttpServer.StartAsync(b => b
            .DisableIntrospection(false)
            .AddDocumentFromString("type Query { hello: String } type Mutation { hello: String }")
            .AddResolver("Query", "hello", _ => "world")
            .AddResolver("Mutation", "hello", _ => "world"));
        var lines = await Node.Oracle.RunAsync("audits.mjs", [server.Url], []);
        var results = lines.Select(l => JsonElement.Parse(l)).ToList();
        var failures = results.Where(r => r.GetProperty("status").GetString() != "ok")
            .Select(r => $"{r.GetProperty("id")} {r.GetProperty("name")}: {r.GetProperty("reason")}");
        Assert.True(!failures.Any(), string.Join('\n', failures));
        Assert.Equal(Audits, results.Count);
    }
}
