using System.Collections.Immutable;
using GreenDonut;
using Q2C.Gateway.Reading;
using Q2C.Invoices;

namespace Q2C.Gateway.Resolvers;

/// <summary>An invoice, from its grain or from the read models.</summary>
/// <param name="LineList">Read when it is asked for, and so are the payments: lists show many invoices without them.</param>
public sealed record InvoiceNode(
    string Id, string? Number, InvoiceStatus Status, string CustomerId, string CustomerName, string ContractId, string ProjectId,
    string BillingRunId, string LegalEntity, string Currency, DateOnly Date, DateOnly? DueDate, Money Net, Money? Tax,
    Money? Total, Money? Outstanding, string PreparedBy, Func<ImmutableArray<InvoiceLineNode>> LineList,
    Func<ImmutableArray<PaymentNode>> PaymentList, Money? Credited = null, Money? WrittenOff = null, bool Disputed = false,
    bool TaxEstimated = false, string? ErpNumber = null, DateOnly? ReviewUntil = null, Money? Bill = null,
    AppliedRate? Exchange = null, Money? Priced = null)
{
    public bool IsCredit => Net.Minor < 0;

    public ImmutableArray<InvoiceLineNode> Lines => LineList();

    public ImmutableArray<PaymentNode> Payments => PaymentList();

    public static InvoiceNode Of(InvoiceView view) => new(
        view.Id, view.Number, view.Status, view.Draft.CustomerId, view.Draft.Customer.Name, view.Draft.ContractId,
        view.Draft.ProjectId, view.Draft.RunId, view.Draft.Routing.LegalEntity, view.Draft.Currency, view.Draft.Date,
        view.DueDate, view.Draft.Net, view.Tax, view.Total, view.Outstanding, view.Draft.PreparedBy,
        () => InvoiceLineNode.Of(view.Draft.Lines, view.TaxLines),
        () => [.. view.Payments.Select(payment => new PaymentNode(
            payment.PaymentId, payment.Connection, payment.Date, payment.Amount, payment.Reference, payment.Foreign?.Paid,
            view.Gains?.TryGetValue(payment.PaymentId, out var gain) == true ? gain : null))],
        view.Credited, view.WrittenOff, view.Disputed, view.TaxEstimated, view.ErpNumber, view.ReviewUntil, view.Draft.Bill,
        view.Draft.Exchange, view.Draft.Exchange is null ? null : view.Draft.Priced);
}

public sealed record InvoiceLineNode(
    string Id, string ContractLineId, string Service, string Description, decimal Quantity, decimal Rate, Money Net, Money? Tax,
    IEnumerable<string> ItemIds, IEnumerable<LineAdjustment> Adjustments)
{
    public static ImmutableArray<InvoiceLineNode> Of(ImmutableArray<InvoiceLine> lines, ImmutableArray<TaxAnswerLine> tax) =>
        [.. lines.Select(line => new InvoiceLineNode(
            line.Id, line.ContractLineId, line.Service, line.Description, line.Quantity, line.Rate, line.Net,
            tax.IsDefault ? null : tax.FirstOrDefault(answer => answer.LineId == line.Id)?.Tax,
            line.Items.Select(item => item.ItemId), line.Adjustments is { } adjustments ? adjustments : []))];
}

/// <param name="Foreign">What was received, where it was in another currency.</param>
/// <param name="Gain">Realised on it.</param>
public sealed record PaymentNode(
    string Id, string Connection, DateOnly Date, Money Amount, string Reference, Money? Foreign = null, Money? Gain = null);

public sealed record InvoiceFilter(
    IReadOnlyList<InvoiceStatus>? Status, string? CustomerId, string? ContractId, string? ProjectId, string? BillingRunId,
    string? LegalEntity, string? Currency, string? Number, DateRange? Date, DateRange? Due, string? Search);

public enum InvoiceOrderField { DraftedAt, Date, DueDate, CustomerName }

internal sealed record InvoiceRow(
    string Id, InvoiceStatus Status, string? Number, string RunId, string ProjectId, string ContractId, string CustomerId,
    string CustomerName, string LegalEntity, string Currency, DateOnly Date, DateOnly? DueDate, long NetMinor, long? TaxMinor,
    long? TotalMinor, long? OutstandingMinor, string PreparedBy, Json<ImmutableArray<InvoiceLine>> Lines,
    Json<ImmutableArray<TaxAnswerLine>> TaxLines, Json<ImmutableArray<PaymentRow>> Payments,
    long CreditedMinor = 0, long WrittenOffMinor = 0, bool Disputed = false, bool TaxEstimated = false, string? ErpNumber = null,
    DateOnly? ReviewUntil = null, Money? Bill = null, AppliedRate? Exchange = null, Money? Priced = null)
{
    public InvoiceNode Node => new(
        Id, Number, Status, CustomerId, CustomerName, ContractId, ProjectId, RunId, LegalEntity, Currency, Date, DueDate,
        new(NetMinor, Currency), Amount(TaxMinor), Amount(TotalMinor), Amount(OutstandingMinor), PreparedBy,
        ReadLines, ReadPayments, OutstandingMinor is null ? null : Amount(CreditedMinor),
        OutstandingMinor is null ? null : Amount(WrittenOffMinor), Disputed, TaxEstimated, ErpNumber, ReviewUntil, Bill, Exchange, Priced);

    private Money? Amount(long? minor) => minor is { } known ? new Money(known, Currency) : null;

    private ImmutableArray<InvoiceLineNode> ReadLines() => InvoiceLineNode.Of(Lines.Value, TaxLines.Value);

    private ImmutableArray<PaymentNode> ReadPayments() =>
    [
        .. Payments.Value.Select(payment => new PaymentNode(
            payment.PaymentId, payment.Connection, payment.Date, payment.Amount, payment.Reference, payment.Foreign, payment.Gain)),
    ];
}

internal sealed record PaymentRow(
    string PaymentId, string Connection, DateOnly Date, string Reference, Money Amount, Money? Foreign = null, Money? Gain = null);

internal static class InvoiceLists
{
    private static readonly Listing Newest = new("invoice", "drafted_at", "timestamptz", Descending: true);

    public static async Task<Page<InvoiceNode>> Page(
        ReadModels readModels, PageRequest request, Criteria filter, OrderBy<InvoiceOrderField>? orderBy, CancellationToken cancel) =>
        (await readModels.Page<InvoiceRow>(Newest.By(orderBy, Column), request, filter, cancel)).Select(row => row.Node);

    public static async Task<Page<InvoiceNode>> Below(
        NestedPages pages, string column, string parent, PageRequest request, InvoiceFilter? filter,
        OrderBy<InvoiceOrderField>? orderBy, CancellationToken cancel) => (await pages.Load<InvoiceRow>(
        Newest.By(orderBy, Column), request, Of(filter), column, parent, cancel)).Select(row => row.Node);

    public static Criteria Of(InvoiceFilter? filter) => new Criteria()
        .OneOf("status", filter?.Status).Equal("customer_id", filter?.CustomerId).Equal("contract_id", filter?.ContractId)
        .Equal("project_id", filter?.ProjectId).Equal("run_id", filter?.BillingRunId).Equal("legal_entity", filter?.LegalEntity)
        .Equal("currency", filter?.Currency).Equal("number", filter?.Number).Within("date", filter?.Date)
        .Within("due_date", filter?.Due).Search(filter?.Search, "number", "customer_name");

    private static (string, string) Column(InvoiceOrderField field) => field switch
    {
        InvoiceOrderField.Date => ("date", "date"),
        InvoiceOrderField.DueDate => ("coalesce(due_date, 'infinity'::date)", "date"),
        InvoiceOrderField.CustomerName => ("customer_name", "text"),
        _ => (Newest.Sort, Newest.SortType),
    };
}

public sealed class InvoiceQueries(Objects objects, ReadModels readModels)
{
    public async Task<InvoiceNode?> GetInvoice(string id) =>
        await objects.Invoice(id) is { } view ? InvoiceNode.Of(view) : null;

    public async Task<Page<InvoiceNode>> GetInvoices(
        InvoiceFilter? filter, OrderBy<InvoiceOrderField>? orderBy, int? first, string? after, int? last, string? before,
        string? atLeast, CancellationToken cancel)
    {
        await readModels.Reach(atLeast, cancel);
        return await InvoiceLists.Page(
            readModels, PageRequest.Of(first, after, last, before), InvoiceLists.Of(filter), orderBy, cancel);
    }
}

public sealed class InvoiceFields
{
    public async Task<Money?> GetOutstanding(
        [Parent] InvoiceNode invoice, DateOnly? asOf, InvoiceOutstandingAsOf history, CancellationToken cancel) =>
        asOf is { } day ? (await history.LoadAsync((invoice.Id, day), cancel))?.Amount : invoice.Outstanding;

    public Task<CustomerNode?> GetCustomer([Parent] InvoiceNode invoice, CustomerById customers, CancellationToken cancel) =>
        CustomerFields.Lookup(customers, invoice.CustomerId, cancel);

    public Task<ContractNode> GetContract([Parent] InvoiceNode invoice, ContractById contracts, CancellationToken cancel) =>
        contracts.LoadRequiredAsync(invoice.ContractId, cancel);

    public async Task<IEnumerable<CreditMemoNode>> GetCreditMemos(
        [Parent] InvoiceNode invoice, CreditMemosOfInvoice memos, CancellationToken cancel) =>
        await memos.LoadAsync(invoice.Id, cancel) ?? [];

    public Task<IEnumerable<BillingHoldNode>> GetHolds([Parent] InvoiceNode invoice, HoldsOfObject holds, CancellationToken cancel) =>
        holds.Of(invoice.Id, cancel);

    public async Task<IEnumerable<IntercompanyNode>> GetIntercompanyDocuments(
        [Parent] InvoiceNode invoice, IntercompanyOfInvoice documents, CancellationToken cancel) =>
        await documents.LoadAsync(invoice.Id, cancel) ?? [];

    public async Task<IEnumerable<ApprovalNode>> GetApprovals(
        [Parent] InvoiceNode invoice, OpenApprovals approvals, CancellationToken cancel) =>
        await approvals.LoadAsync(invoice.Id, cancel) ?? [];

    public async Task<IEnumerable<ExceptionNode>> GetExceptions(
        [Parent] InvoiceNode invoice, OpenExceptions exceptions, CancellationToken cancel) =>
        await exceptions.LoadAsync(invoice.Id, cancel) ?? [];
}

/// <summary>Invoices of a request, read together.</summary>
public sealed class InvoiceById(ReadModels readModels, IBatchScheduler scheduler, DataLoaderOptions options)
    : BatchDataLoader<string, InvoiceNode>(scheduler, options)
{
    protected override async Task<IReadOnlyDictionary<string, InvoiceNode>> LoadBatchAsync(
        IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
        (await readModels.FindMany<InvoiceRow>("invoice", keys, cancellationToken)).ToDictionary(row => row.Id, row => row.Node);
}

/// <summary>What was owed for an invoice at the end of a day, as it was known then.</summary>
public sealed record OutstandingInvoice(string InvoiceId, DateOnly Day, string Currency, long OutstandingMinor)
{
    internal Money Amount => new(OutstandingMinor, Currency);
}

/// <summary>The past of the invoices of a request, read together. Before its issue an invoice is owed nothing for.</summary>
public sealed class InvoiceOutstandingAsOf(ReadModels readModels, IBatchScheduler scheduler, DataLoaderOptions options)
    : BatchDataLoader<(string Invoice, DateOnly Day), OutstandingInvoice>(scheduler, options)
{
    private const string Known =
        """
        select jsonb_build_object('invoice_id', asked.invoice_id, 'day', asked.day, 'currency', known.currency,
            'outstanding_minor', known.outstanding_minor)::text
        from unnest($1::text[], $2::date[]) asked(invoice_id, day)
        cross join lateral (
            select r.currency, r.outstanding_minor from q2c_read.receivable r
            where r.invoice_id = asked.invoice_id and r.at < (asked.day + 1)::timestamp at time zone 'utc'
            order by r.version desc limit 1) known
        """;

    protected override async Task<IReadOnlyDictionary<(string Invoice, DateOnly Day), OutstandingInvoice>> LoadBatchAsync(
        IReadOnlyList<(string Invoice, DateOnly Day)> keys, CancellationToken cancellationToken) =>
        (await readModels.Query<OutstandingInvoice>(
            Known, cancellationToken, keys.Select(key => key.Invoice).ToArray(), keys.Select(key => key.Day).ToArray()))
        .ToDictionary(row => (row.InvoiceId, row.Day));
}
