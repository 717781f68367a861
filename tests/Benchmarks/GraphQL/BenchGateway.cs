using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Q2C.Gateway;
using Q2C.Silo.Journal;

namespace Q2C.Benchmarks.GraphQL;

/// <summary>The gateway as it is delivered, in one process with a silo; only the limit on how often one caller may ask is off.</summary>
internal static class BenchGateway
{
    public static async Task<int> Run(int port, string postgres, CancellationToken cancel)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ConnectionStrings:Postgres"] = postgres,
            ["Q2C:Limits:PerSecond"] = "0",
            [$"Q2C:ApiKeys:{Candidate.Key}:Sha256"] = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(Candidate.Key))),
            [$"Q2C:ApiKeys:{Candidate.Key}:Expires"] = "2099-01-01T00:00:00Z",
            [$"Q2C:ApiKeys:{Candidate.Key}:Roles:0"] = "finance",
            [$"Q2C:ApiKeys:{Candidate.Key}:Scopes:0"] = "q2c.read",
        });
        BenchSilo.Add(builder, new JournalOptions { ConnectionString = postgres });
        builder.Services.AddGateway(builder.Configuration);
        return await BenchGraphQLServer.Serve(builder.Build(), app => app.MapGateway(), cancel);
    }
}
