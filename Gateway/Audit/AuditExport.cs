using System.Security.Claims;
using Microsoft.AspNetCore.Mvc;
using Q2C.Gateway.Security;
using Q2C.OperatorLogs;

namespace Q2C.Gateway.Audit;

/// <summary>
/// The audit as a file that proves itself (<c>q2c verify --export</c>): the rows that were asked for, and of all others the
/// digest. For whoever reads the audit and sees everything.
/// </summary>
internal static class AuditExport
{
    private const string Path = "/audit/export";

    public static void MapAuditExport(this IEndpointRouteBuilder endpoints) => endpoints.MapGet(Path, Export).RequireAuthorization();

    private static async Task Export(
        HttpContext http, ClaimsPrincipal user, [FromServices] IClusterClient cluster, string? subject, string? actor, DateTimeOffset? from, DateTimeOffset? until)
    {
        var roles = ReadPolicies.Readers[ReadPolicies.Audit];
        if (!user.HasScope(Scopes.Read) || !roles.Any(user.ToActor().Has) || !Sight.Of(user).IsEverything)
        {
            const string Message = "The audit is exported by auditors, operators and administrators who see everything.";
            Denials.Note(user, "exportAudit", subject, Path, Message);
            http.Response.StatusCode = StatusCodes.Status403Forbidden;
            await http.Response.WriteAsJsonAsync(new { errors = new[] { new { message = Message, extensions = new { code = ProblemCodes.Forbidden } } } });
            return;
        }

        http.Response.ContentType = "application/jsonl; charset=utf-8";
        http.Response.Headers.ContentDisposition = "attachment; filename=\"q2c-audit.jsonl\"";
        http.Response.Headers.CacheControl = "no-store";
        var selection = new ExportSelection(subject, actor, from, until);
        var journal = cluster.GetGrain<IJournalExportGrain>(user.ToActor().Id);
        string? place = null;
        do
        {
            var part = await journal.Read(selection, place);
            await http.Response.WriteAsync(part.Lines, http.RequestAborted);
            place = part.Next;
        }
        while (place is not null);
    }
}
