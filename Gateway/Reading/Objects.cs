using Q2C.BillingRuns;
using Q2C.Connections;
using Q2C.Contracts;
using Q2C.CreditMemos;
using Q2C.Customers;
using Q2C.Gateway.Security;
using Q2C.Intercompany;
using Q2C.Invoices;
using Q2C.Projects;
using Q2C.Quotes;
using Q2C.Revenues;

namespace Q2C.Gateway.Reading;

/// <summary>
/// Single objects as their grains have them now. What the caller may not see is null, as what does not exist; so is an id
/// of another kind.
/// </summary>
public sealed class Objects(IClusterClient cluster, CurrentCaller caller, ReadModels readModels)
{
    public async Task<ContractView?> Contract(string id) =>
        Ids.Is(id, Ids.Contract) && await cluster.GetGrain<IContractGrain>(id).Read() is { } view
        && caller.Sight.Sees(id, view.LegalEntity, view.CustomerId) ? view : null;

    public async Task<QuoteView?> Quote(string id) =>
        Ids.Is(id, Ids.Quote) && await cluster.GetGrain<IQuoteGrain>(id).Read() is { } view
        && caller.Sight.Sees(id, view.Offer.LegalEntity, view.Offer.CustomerId) ? view : null;

    public async Task<ProjectView?> Project(string id) =>
        Ids.Is(id, Ids.Project) && await cluster.GetGrain<IProjectGrain>(id).Read() is { } view && Sees(view) ? view : null;

    /// <summary>Of a project that the caller sees.</summary>
    public async Task<ProjectEconomics?> Economics(string projectId, DateOnly on) =>
        await cluster.GetGrain<IProjectGrain>(projectId).ReadEconomics(on);

    internal bool Sees(ProjectView view) => caller.Sight.Sees(view.Id, view.Routing.LegalEntity, view.CustomerId);

    public async Task<InvoiceView?> Invoice(string id) =>
        Ids.Is(id, Ids.Invoice) && await cluster.GetGrain<IInvoiceGrain>(id).Read() is { } view
        && caller.Sight.Sees(id, view.Draft.Routing.LegalEntity, view.Draft.CustomerId) ? view : null;

    public async Task<CreditMemoView?> CreditMemo(string id) =>
        Ids.Is(id, Ids.CreditMemo) && await cluster.GetGrain<ICreditMemoGrain>(id).Read() is { } view
        && caller.Sight.Sees(id, view.Memo.Routing.LegalEntity, view.Memo.CustomerId) ? view : null;

    public async Task<BillingRunView?> BillingRun(string id) =>
        caller.Has(ReadPolicies.Billing) && Ids.Is(id, Ids.BillingRun) && await cluster.GetGrain<IBillingRunGrain>(id).Read() is { } view
        && caller.Sight.Sees(id, view.Run.LegalEntity, customerId: null) ? view : null;

    public async Task<CustomerView?> Customer(string id) =>
        Ids.Is(id, Ids.Customer) && await cluster.GetGrain<ICustomerGrain>(id).Read() is { } view
        && (caller.Sight.IsEverything || await readModels.Has("customer", id)) ? view : null;

    /// <summary>What a row of an object changed, for whoever was shown the row; null for what is no object.</summary>
    internal async Task<StateChange?> Change(string id, long version) =>
        Ids.IsAny(id) ? await cluster.Aggregate(id).Change(version) : null;

    /// <summary>Whether a command may be sent there: the caller sees the object, and would see what becomes of it.</summary>
    internal async Task<bool> Reaches(string id, Command command) => caller.Sight is var sight && (sight.IsEverything || command switch
    {
        StartBillingRun c => sight.Sees(id, c.LegalEntity, customerId: null),
        SubmitQuote c => sight.Sees(id, c.Offer.LegalEntity, c.Offer.CustomerId) && (await IsNew(id) || await Exists(id)),
        UpsertCustomer => await IsNew(id) || await Exists(id),
        CorrectContract { LegalEntity: { } entity } => sight.Sees(id, entity, sight.CustomerId) && await Exists(id),
        ReceivePayment c => sight.Sees(id, c.LegalEntity, id) && await Exists(id),
        ApplyCredit c => sight.Sees(id, c.LegalEntity, id) && await Exists(id),
        RefundCustomer c => sight.Sees(id, c.LegalEntity, id) && await Exists(id),
        ApproveRefund c => sight.Sees(id, c.LegalEntity, id) && await Exists(id),
        DeclineRefund c => sight.Sees(id, c.LegalEntity, id) && await Exists(id),

        // A customer's hold holds for all companies of the firm.
        HoldBilling or ReleaseBilling when Ids.Is(id, Ids.Customer) => sight.LegalEntities is null && await Exists(id),
        ProposeDunning c => sight.Sees(id, c.LegalEntity, id) && await Exists(id),
        ReportWork c => await Exists(c.ProjectId),
        LinkFeed c => await Exists(c.ProjectId),
        UnlinkFeed c => await Exists(c.ProjectId),
        _ => await Exists(id),
    });

    private async Task<bool> IsNew(string id) => Ids.KindOf(id) == Ids.Quote
        ? await cluster.GetGrain<IQuoteGrain>(id).Read() is null
        : await cluster.GetGrain<ICustomerGrain>(id).Read() is null;

    private async Task<bool> Exists(string id) => Ids.KindOf(id) switch
    {
        Ids.Contract => await Contract(id) is not null,
        Ids.Quote => await Quote(id) is not null,
        Ids.Project => await Project(id) is not null,
        Ids.Invoice => await Invoice(id) is not null,
        Ids.CreditMemo => await CreditMemo(id) is not null,
        Ids.BillingRun => await BillingRun(id) is not null,
        Ids.Intercompany => await cluster.GetGrain<IIntercompanyGrain>(id).Read() is { Document: var document }
            && (caller.Sight.Sees(id, document.Seller, customerId: null) || caller.Sight.Sees(id, document.Deliverer, customerId: null)),
        Ids.Customer => await Customer(id) is not null,
        Ids.Revenue => await cluster.GetGrain<IRevenueGrain>(id).Read() is { } view
            && caller.Sight.Sees(id, view.LegalEntity, customerId: null),
        _ => false,
    };
}
