using System.Runtime.CompilerServices;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using Q2C.Gateway.Security;

namespace Q2C.Gateway.Mutations;

/// <summary>Who does something, under which of their keys, and what makes its repetition the same request.</summary>
internal sealed record OperatorRequest(string Actor, string Key, byte[] Fingerprint);

/// <summary>What operators do that no grain decides: functions of the database do it and record actor, key and reason.</summary>
public sealed class OperatorActions(GatewayDatabase database)
{
    /// <param name="content">What makes a repetition of the key the same request.</param>
    /// <param name="act">Answers with what the function said, <c>done</c> or <c>repeated</c>, <c>reused</c>, or why not.</param>
    /// <param name="refusal">Of an answer that says why not.</param>
    /// <param name="mutation">For the audit of what was denied, as <paramref name="subject"/> is.</param>
    internal static async Task<Sent> Act(
        ClaimsPrincipal user, string[] roles, string key, string reason, string content, Func<OperatorRequest, Task<string>> act,
        Func<string, object> refusal, [CallerMemberName] string mutation = "", string? subject = null)
    {
        if (CommandSender.Refusal(user, roles, key, mutation, subject) is { } refused) return refused;
        if (MutationErrors.WithoutReason(reason) is { } missing) return Sent.Refused(missing);
        var answer = await act(new(
            user.ToActor().Id, CommandSender.KeyOf(user, key), SHA256.HashData(Encoding.UTF8.GetBytes($"{content}\n{reason}"))));
        return answer switch
        {
            "done" or "repeated" => new(null, []),
            "reused" => Sent.Refused(MutationErrors.ReusedKey(key)),
            _ => Sent.Refused(refusal(answer)),
        };
    }

    internal async Task<string> Execute(string sql, CancellationToken cancel, params object[] values)
    {
        await using var command = database.Source.CreateCommand(sql);
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        return (string)(await command.ExecuteScalarAsync(cancel))!;
    }
}
