using Q2C.Alerts;
using Q2C.BillingRuns;
using Q2C.BulkActions;
using Q2C.Connections;
using Q2C.Contracts;
using Q2C.CreditMemos;
using Q2C.Customers;
using Q2C.ExceptionCases;
using Q2C.Intercompany;
using Q2C.Invoices;
using Q2C.Numbering;
using Q2C.OperatorLogs;
using Q2C.Policies;
using Q2C.Projects;
using Q2C.Quotes;
using Q2C.Revenues;

namespace Q2C;

public static class AggregateRouting
{
    /// <summary>The grain of this id, whatever its kind. Throws <see cref="ArgumentException"/> for an id of no known kind.</summary>
    public static IAggregateGrain Aggregate(this IGrainFactory grains, string id) => Ids.KindOf(id) switch
    {
        Ids.Customer => grains.GetGrain<ICustomerGrain>(id),
        Ids.Contract => grains.GetGrain<IContractGrain>(id),
        Ids.Quote => grains.GetGrain<IQuoteGrain>(id),
        Ids.Project => grains.GetGrain<IProjectGrain>(id),
        Ids.Invoice => grains.GetGrain<IInvoiceGrain>(id),
        Ids.CreditMemo => grains.GetGrain<ICreditMemoGrain>(id),
        Ids.BillingRun => grains.GetGrain<IBillingRunGrain>(id),
        Ids.Revenue => grains.GetGrain<IRevenueGrain>(id),
        Ids.Alert => grains.GetGrain<IAlertGrain>(id),
        Ids.BulkAction => grains.GetGrain<IBulkActionGrain>(id),
        Ids.ExceptionCase => grains.GetGrain<IExceptionCaseGrain>(id),
        Ids.Intercompany => grains.GetGrain<IIntercompanyGrain>(id),
        Ids.NumberSeries => grains.GetGrain<INumberSeriesGrain>(id),
        Ids.OperatorLog => grains.GetGrain<IOperatorLogGrain>(id),
        Ids.Policy => grains.GetGrain<IPolicyGrain>(id),
        Ids.WorkFeed => grains.GetGrain<IWorkFeedGrain>(id),
        var kind => throw new ArgumentException($"'{id}' names an object of unknown kind '{kind}'.", nameof(id)),
    };
}
