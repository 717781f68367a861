using Q2C.Grains.Journal;
using Q2C.Silo.Connectors;

namespace Q2C.Chaos.Simulation;

/// <summary>One request as a vendor applied it.</summary>
/// <param name="Created">A record came into being; otherwise one that was there took on the content.</param>
internal sealed record Applied(string EffectId, int Generation, string Record, string Content, bool Created);

/// <summary>
/// A vendor with its records. It keeps what it applied, whatever became of the answer, and is as careful about repeats as
/// its <paramref name="guarantee"/> says.
/// </summary>
internal sealed class VendorSystem(string name, Guarantee guarantee, World world, Faults faults)
{
    /// <summary>A request may be applied this long after it came.</summary>
    public static readonly TimeSpan LongestProcessing = TimeSpan.FromMinutes(2);

    private readonly Dictionary<string, VendorRecord> _records = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _idempotent = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _contents = new(StringComparer.Ordinal);
    private int _numbers;

    public string Name => name;

    public Guarantee Guarantee => guarantee;

    public List<Applied> Log { get; } = [];

    public IReadOnlyDictionary<string, VendorRecord> Records => _records;

    /// <summary>Called when a record came into being or changed.</summary>
    public Action<Operation, VendorRecord> Changed { get; set; } = (_, _) => { };

    public DateTimeOffset DownUntil { get; set; } = DateTimeOffset.MinValue;

    public bool IsDown => world.UtcNow < DownUntil;

    /// <summary>Applies the request; the same request again meets what it made.</summary>
    public VendorRecord Apply(EffectRequest effect, int generation)
    {
        var (key, aspect) = (KeyOf(effect.Operation), effect.Operation.GetType().Name);
        var idempotency = effect.IdempotencyKey(generation);
        if (guarantee == Guarantee.VendorIdempotency && _idempotent.TryGetValue(idempotency, out var known)) return _records[known];

        var isNew = guarantee == Guarantee.NaturalKey ? !_records.ContainsKey(key) : !Updates(effect.Operation);
        // Without a natural key each creation is another record, under a number of its own.
        if (isNew && guarantee != Guarantee.NaturalKey && _records.ContainsKey(key)) key = $"{key}#{++_numbers}";
        if (!_records.TryGetValue(key, out var record)) _records[key] = record = new(key, $"{name}-{_records.Count + 1}");
        var content = ContentOf(effect);
        record.Aspects[aspect] = content;
        record.Operations[aspect] = effect.Operation;
        _idempotent[idempotency] = key;
        Log.Add(new(effect.Id, generation, key, content, isNew));
        world.Tell(name, $"applies {idempotency}: {key}{(isNew ? ", new" : "")}");
        Changed(effect.Operation, record);
        return record;
    }

    /// <summary>The record that carries this effect as it is now.</summary>
    public VendorRecord? Find(EffectRequest effect) =>
        _records.GetValueOrDefault(KeyOf(effect.Operation)) is { } record
        && record.Aspects.GetValueOrDefault(effect.Operation.GetType().Name) == ContentOf(effect) ? record : null;

    /// <summary>Some request made the record what this effect wants it to be.</summary>
    public bool Carried(EffectRequest effect) =>
        Log.Any(one => one.Record == KeyOf(effect.Operation) && one.Content == ContentOf(effect));

    public bool Strikes(double probability, string kind) => faults.Strikes(probability, $"{kind} ({name})");

    public Faults Faults => faults;

    private string ContentOf(EffectRequest effect)
    {
        if (!_contents.TryGetValue(effect.Id, out var content))
            _contents[effect.Id] = content = Convert.ToBase64String(WireFormat.Write(effect.Operation).Span);
        return content;
    }

    private bool Updates(Operation operation) =>
        operation is WithdrawPsaProject or ReportPsaBilling or EnsurePsaProject or EnsurePsaMilestone or EnsurePsaTask or EnsurePsaRole
        && _records.ContainsKey(KeyOf(operation)) && guarantee == Guarantee.FindBeforeCreate;

    private static string KeyOf(Operation operation) => operation switch
    {
        UpsertErpCustomer e => $"customer/{e.CustomerId}",
        UpsertErpContract e => $"order/{e.ContractId}",
        UpsertErpJob e => $"job/{e.ProjectId}",
        WithdrawErpRecord e => $"{e.Kind}/{e.ObjectId}",
        PostErpInvoice e => $"invoice/{e.Invoice.InvoiceId}",
        RecordErpPayment e => $"payment/{e.InvoiceId}/{e.PaymentId}",
        PostErpCreditMemo e => $"credit/{e.CreditMemo.CreditMemoId}",
        PostErpJournal e => $"journal/{e.EntryId}",
        EnsurePsaProject e => $"project/{e.ProjectId}",
        EnsurePsaMilestone e => $"milestone/{e.ProjectId}/{e.MilestoneId}",
        EnsurePsaTask e => $"task/{e.TaskId}",
        EnsurePsaRole e => $"role/{e.RoleId}",
        WithdrawPsaProject e => $"project/{e.ProjectId}",
        ReportPsaBilling e => $"billing/{e.ProjectId}/{e.InvoiceId}",
        RecordTax e => $"tax/{e.Request.DocumentId}",
        CommitTax e => $"tax/{e.InvoiceId}",
        VoidTax e => $"tax/{e.InvoiceId}",
        RecordTaxCredit e => $"tax/{e.CreditMemo.CreditMemoId}",
        ReportCrmStatus e => $"opportunity/{e.OpportunityId}",
        RequestPayment e => $"payment-request/{e.InvoiceId}",
        RefundPayment e => $"refund/{e.RefundId}",
        _ => throw new ArgumentOutOfRangeException(nameof(operation), operation, "No vendor here knows this."),
    };
}

internal sealed record VendorRecord(string Key, string Id)
{
    /// <summary>Kind of request → what the last one of it left.</summary>
    public Dictionary<string, string> Aspects { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, Operation> Operations { get; } = new(StringComparer.Ordinal);

    public T? Last<T>() where T : Operation => Operations.GetValueOrDefault(typeof(T).Name) as T;
}
