using Npgsql;
using Q2C.Connections;
using Q2C.Projects;

namespace Q2C.Silo.ReadModels;

internal sealed record WorkSourceRow(string Connection, string SourceId, string Feed, string ProjectId);

/// <summary>Where each record of work was reported to last. One that was taken back stays where it was.</summary>
internal sealed class WorkSourcesModel : IReadModel
{
    private const string Upsert =
        """
        insert into q2c_read.work_source as known (connection, source_id, feed, project_id)
        select connection, source_id, feed, project_id from jsonb_populate_recordset(null::q2c_read.work_source, $1)
        order by connection, source_id
        on conflict (connection, source_id) do update set feed = excluded.feed, project_id = excluded.project_id
        where known.feed <> excluded.feed
        """;

    /// <summary>None: connectors ask while a rebuild runs, and what is applied again changes nothing.</summary>
    public IReadOnlyList<string> Tables => [];

    public async ValueTask Apply(NpgsqlConnection connection, NpgsqlTransaction transaction, Batch batch, CancellationToken cancel)
    {
        var rows = batch.Facts.SelectMany(Rows).GroupBy(row => (row.Connection, row.SourceId)).Select(same => same.Last()).ToList();
        if (rows.Count == 0) return;
        await using var command = new NpgsqlCommand(Upsert, connection, transaction) { Parameters = { ReadModelJson.Parameter(rows) } };
        await command.ExecuteNonQueryAsync(cancel);
    }

    private static IEnumerable<WorkSourceRow> Rows(Fact fact) => fact.Event is WorkReported e
        ? e.Records.Where(record => record is not WorkRecord.Retracted)
            .Select(record => new WorkSourceRow(e.Connection, record.SourceId, fact.Grain, e.ProjectId))
        : [];
}
