namespace Q2C.Silo.Connectors.BusinessCentral;

/// <summary>
/// Business Central knows neither idempotency keys nor external ids. Customers and projects have numbers that we choose;
/// documents and journals are searched before they are made, one writer per connection.
/// </summary>
internal sealed class BusinessCentralConnector(
    ConnectionSettings settings, BusinessCentralClient client, Masters masters, Documents documents, Journals journals) : IConnector
{
    public string Connection => settings.Name;

    /// <summary>Eight minutes in the queue and eight at work are the limits of one request.</summary>
    public TimeSpan LongestProcessing { get; } = settings.Seconds("longestProcessingSeconds", TimeSpan.FromMinutes(16));

    public Guarantee GuaranteeOf(Operation operation) => operation switch
    {
        UpsertErpCustomer or UpsertErpContract or UpsertErpJob or WithdrawErpRecord => Guarantee.NaturalKey,
        PostErpInvoice or PostErpCreditMemo or RecordErpPayment or PostErpJournal => Guarantee.FindBeforeCreate,
        _ => throw new NotSupportedException($"Business Central has no {operation.GetType().Name}."),
    };

    public Task<SendResult> Send(EffectRequest effect, int generation, CancellationToken cancel) => effect.Operation switch
    {
        UpsertErpCustomer o => masters.Send(o, effect.Id, cancel),
        UpsertErpContract o => masters.Send(o, effect.Id, cancel),
        UpsertErpJob o => masters.Send(o, effect.Id, cancel),
        WithdrawErpRecord o => masters.Send(o, effect.Id, cancel),
        PostErpInvoice o => documents.Send(o, effect.Id, cancel),
        PostErpCreditMemo o => documents.Send(o, effect.Id, cancel),
        RecordErpPayment o => journals.Send(o, documents, effect.Id, cancel),
        PostErpJournal o => journals.Send(o, effect.Id, cancel),
        var other => throw new NotSupportedException($"Business Central has no {other.GetType().Name}."),
    };

    public Task<LookUpResult> LookUp(EffectRequest effect, int generation, CancellationToken cancel) => effect.Operation switch
    {
        UpsertErpCustomer o => masters.LookUp(o, effect.Id, cancel),
        UpsertErpContract o => masters.LookUp(o, effect.Id, cancel),
        UpsertErpJob o => masters.LookUp(o, effect.Id, cancel),
        WithdrawErpRecord o => masters.LookUp(o, effect.Id, cancel),
        PostErpInvoice o => documents.LookUp(Documents.Invoices, o.Invoice.InvoiceId, effect.Id, cancel),
        PostErpCreditMemo o => documents.LookUp(Documents.CreditMemos, o.CreditMemo.CreditMemoId, effect.Id, cancel),
        RecordErpPayment o => journals.LookUp(Journals.IdOf(o), effect.Id, cancel),
        PostErpJournal o => journals.LookUp(o.EntryId, effect.Id, cancel),
        var other => throw new NotSupportedException($"Business Central has no {other.GetType().Name}."),
    };

    public async Task<HealthReport> CheckHealth(CancellationToken cancel) => await client.OpenCompany(cancel) switch
    {
        VendorReply.Answered { Status: 200 } company => new(true, $"Business Central answers for the company {company.Text("displayName") ?? company.Text("name")}."),
        VendorReply.Answered { Status: 404 } => new(false, "Business Central does not know the company. Check companyId and the environment in the address."),
        VendorReply.Answered { Status: 403 } => new(false, "Business Central knows the application and lets it do nothing. Give it a permission set."),
        var reply when BusinessCentralErrors.Read(reply) is SendResult.Unavailable away => new(false, away.Message),
        var reply => new(false, reply.ToLookUpUnavailable().Message),
    };
}
