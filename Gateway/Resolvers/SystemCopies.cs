using System.Collections.Frozen;
using Q2C.Gateway.Reading;

namespace Q2C.Gateway.Resolvers;

public enum CopyStatus { InStep, OnItsWay, Refused }

/// <summary>What another system has of an engagement.</summary>
/// <param name="Record">What kind of record: <c>erp.customer</c>.</param>
/// <param name="Subject">Our object.</param>
/// <param name="Since">When it was last brought into this state.</param>
/// <param name="Link">Where people see the record there; null unless the connection says how.</param>
public sealed record SystemCopy(
    string System, string Record, string Subject, CopyStatus Status, string? ExternalId, string? Link, DateTimeOffset Since,
    string? Problem);

internal sealed record CopyRow(
    string Connection, string Record, string Subject, string Status, string? ExternalId, DateTimeOffset At, string? Message);

/// <summary>How an external id becomes a link: <c>Q2C:Connections:{name}:Links:{record}</c>, with <c>{id}</c> in it.</summary>
public sealed class RecordLinks
{
    private const string Placeholder = "{id}";

    private readonly FrozenDictionary<(string, string), string> _templates;

    /// <summary>Throws <see cref="InvalidOperationException"/> for a template that is no https address with the placeholder.</summary>
    public RecordLinks(IConfiguration configuration) => _templates = configuration.GetSection("Q2C:Connections").GetChildren()
        .SelectMany(connection => connection.GetSection("Links").GetChildren().Select(link =>
            (Key: (connection.Key, link.Key), Template: Checked(link))))
        .ToFrozenDictionary(link => link.Key, link => link.Template);

    public string? Of(string connection, string record, string? externalId) =>
        externalId is not null && _templates.TryGetValue((connection, record), out var template)
            ? template.Replace(Placeholder, Uri.EscapeDataString(externalId), StringComparison.Ordinal)
            : null;

    private static string Checked(IConfigurationSection link) =>
        link.Value is { } template && template.Contains(Placeholder, StringComparison.Ordinal)
        && Uri.TryCreate(template.Replace(Placeholder, "x", StringComparison.Ordinal), UriKind.Absolute, out var address)
        && address.Scheme is "https" or "http"
            ? link.Value!
            : throw new InvalidOperationException($"{link.Path} must be an http(s) address with {Placeholder} in it, found '{link.Value}'.");
}

public sealed class SystemCopyFields(ReadModels readModels, RecordLinks links)
{
    /// <summary>Of each record the last effect, with the external id of the last that was accepted.</summary>
    private const string Copies =
        """
        with sent as (
            select e.connection, e.subject, e.status, e.external_id, e.created_at, e.updated_at, e.outcome,
                   split_part(e.operation, '.', 1) || '.' || split_part(e.operation, '.', 2) as record
            from q2c_read.effect e where e.contract_id = $1
        )
        select jsonb_build_object(
            'connection', s.connection, 'record', s.record, 'subject', s.subject, 'status', s.status, 'external_id', (
                select k.external_id from sent k
                where (k.connection, k.record, k.subject) = (s.connection, s.record, s.subject) and k.external_id is not null
                order by k.created_at desc limit 1),
            'at', s.updated_at, 'message', s.outcome ->> 'message')::text
        from (select distinct on (connection, record, subject) * from sent order by connection, record, subject, created_at desc) s
        order by s.created_at, s.connection, s.record, s.subject
        """;

    public async Task<IEnumerable<SystemCopy>> GetCopies([Parent] EngagementNode engagement, CancellationToken cancel) =>
        (await readModels.Query<CopyRow>(Copies, cancel, engagement.ContractId)).Select(row => new SystemCopy(
            row.Connection, row.Record, row.Subject,
            row.Status switch { "accepted" => CopyStatus.InStep, "refused" or "parked" => CopyStatus.Refused, _ => CopyStatus.OnItsWay },
            row.ExternalId, links.Of(row.Connection, row.Record, row.ExternalId), row.At, row.Status == "accepted" ? null : row.Message));
}
