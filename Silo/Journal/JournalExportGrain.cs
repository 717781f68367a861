using Npgsql;
using Orleans.Concurrency;
using Q2C.OperatorLogs;

namespace Q2C.Silo.Journal;

[StatelessWorker, Reentrant]
internal sealed class JournalExportGrain(NpgsqlDataSource database, JournalOptions options) : Grain, IJournalExportGrain
{
    public Task<ExportPart> Read(ExportSelection selection, string? place) =>
        JournalExport.Part(database, options.Region, selection, place, CancellationToken.None);
}
