using Q2C.Gateway.Reading;

namespace Q2C.Gateway.Resolvers;

/// <summary>What one kind of a vendor's records looks like.</summary>
public sealed record PayloadContractNode(string Id, string Connection, string RecordKind, int Records, DateTimeOffset? LearntAt, int Changes);

public enum PayloadFieldState { Known, New, Missing }

public sealed record PayloadFieldNode(
    string Id, string Connection, string RecordKind, string Field, bool Relied, bool Optional, PayloadFieldState State, DateTimeOffset FirstSeenAt,
    DateTimeOffset? NoticedAt, string? AcceptedBy, DateTimeOffset? AcceptedAt, string? Reason);

public sealed class PayloadContractQueries(ReadModels readModels)
{
    public async Task<IReadOnlyList<PayloadContractNode>> GetPayloadContracts(string? connection, bool? changed, CancellationToken cancel)
    {
        var criteria = new Criteria().Equal("connection", connection).Where(changed == true, "changes > 0").Where(changed == false, "changes = 0");
        return await readModels.Query<PayloadContractNode>(
            $"select row_to_json(t)::text from q2c_read.payload_contract t where {criteria.Sql} order by connection, record_kind", cancel, [.. criteria.Values]);
    }
}

public sealed class PayloadContractFields(ReadModels readModels)
{
    public Task<IReadOnlyList<PayloadFieldNode>> GetFields([Parent] PayloadContractNode contract, bool? changed, CancellationToken cancel)
    {
        var criteria = new Criteria().Equal("contract_id", contract.Id)
            .Where(changed == true, "state <> 'known'").Where(changed == false, "state = 'known'");
        return readModels.Query<PayloadFieldNode>(
            $"select row_to_json(t)::text from q2c_read.payload_field t where {criteria.Sql} order by field", cancel, [.. criteria.Values]);
    }
}
