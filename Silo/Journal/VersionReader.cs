using System.Threading.Channels;
using Npgsql;

namespace Q2C.Silo.Journal;

/// <summary>
/// Newest versions of grains. Questions that arrive while a query runs share the next one, so an answer is never older
/// than its question.
/// </summary>
internal sealed class VersionReader : IAsyncDisposable
{
    private const int MaxBatch = 1_000;

    private readonly NpgsqlDataSource _database;
    private readonly Channel<Question> _questions =
        Channel.CreateUnbounded<Question>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Task _loop;

    public VersionReader(NpgsqlDataSource database)
    {
        _database = database;
        _loop = Task.Run(Work);
    }

    public async ValueTask<long> Read(string grain, CancellationToken cancel)
    {
        var question = new Question(grain);
        await _questions.Writer.WriteAsync(question, cancel);
        return await question.Answer.Task.WaitAsync(cancel);
    }

    public async ValueTask DisposeAsync()
    {
        _questions.Writer.TryComplete();
        await _loop;
    }

    private async Task Work()
    {
        var batch = new List<Question>();
        while (await _questions.Reader.WaitToReadAsync())
        {
            batch.Clear();
            while (batch.Count < MaxBatch && _questions.Reader.TryRead(out var question)) batch.Add(question);
            try
            {
                var versions = await Query([.. batch.Select(question => question.Grain)]);
                for (var i = 0; i < batch.Count; i++) batch[i].Answer.TrySetResult(versions[i]);
            }
            catch (Exception failure)
            {
                foreach (var question in batch) question.Answer.TrySetException(failure);
            }
        }
    }

    private async Task<long[]> Query(string[] grains)
    {
        await using var command = _database.CreateCommand(
            """
            select array_agg(coalesce(
                (select j.version from q2c.journal j where j.grain = asked.grain order by j.version desc limit 1), 0)
                order by asked.position)
            from unnest($1) with ordinality as asked(grain, position)
            """);
        command.Parameters.Add(new() { Value = grains });
        return (long[])(await command.ExecuteScalarAsync())!;
    }

    private sealed record Question(string Grain)
    {
        public TaskCompletionSource<long> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
