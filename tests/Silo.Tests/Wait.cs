using System.Runtime.CompilerServices;
using Npgsql;

namespace Q2C.Silo.Tests;

internal static class Wait
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>Returns when the condition holds; fails with its text when it does not in time.</summary>
    public static async Task Until(
        Func<Task<bool>> condition, [CallerArgumentExpression(nameof(condition))] string? text = null)
    {
        using var timeout = new CancellationTokenSource(Limit);
        while (!await condition())
        {
            if (timeout.IsCancellationRequested) Assert.Fail($"Did not come true in {Limit.TotalSeconds} s: {text}");
            await Task.Delay(10);
        }
    }

    public static Task Until(Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string? text = null) =>
        Until(() => Task.FromResult(condition()), text);
}

internal static class Sql
{
    public static async Task<T> Scalar<T>(this NpgsqlDataSource database, string sql)
    {
        await using var command = database.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public static async Task<int> Execute(this NpgsqlDataSource database, string sql)
    {
        await using var command = database.CreateCommand(sql);
        return await command.ExecuteNonQueryAsync();
    }
}
