using System.Text.Json.Nodes;

namespace Q2C.Silo.Connectors.AvaTax;

/// <summary>Requests about the transactions of one company. Invoices only: estimates have no record.</summary>
internal sealed class AvaTaxClient(VendorHttp http, string company)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);
    private static readonly (string, string)[] Identity = [("X-Avalara-Client", "Q2C; 1.0; REST; v2")];

    public Task<VendorReply> Estimate(JsonObject transaction, string correlation, CancellationToken cancel)
    {
        transaction["companyCode"] = company;
        transaction["type"] = "SalesOrder";
        return Post("api/v2/transactions/create", transaction, correlation, cancel);
    }

    public Task<VendorReply> Record(JsonObject transaction, string correlation, CancellationToken cancel)
    {
        transaction["companyCode"] = company;
        transaction["type"] = "SalesInvoice";
        transaction["commit"] = false;
        return Post("api/v2/transactions/createoradjust", new JsonObject
        {
            ["adjustmentReason"] = "Other",
            ["adjustmentDescription"] = "The draft of this invoice changed.",
            ["createTransactionModel"] = transaction,
        }, correlation, cancel);
    }

    public Task<VendorReply> Commit(string code, string correlation, CancellationToken cancel) =>
        Post($"{Address(code)}/commit?documentType=SalesInvoice", new JsonObject { ["commit"] = true }, correlation, cancel);

    public Task<VendorReply> Void(string code, string correlation, CancellationToken cancel) =>
        Post($"{Address(code)}/void?documentType=SalesInvoice", new JsonObject { ["code"] = "DocVoided" }, correlation, cancel);

    public Task<VendorReply> Get(string code, string correlation, CancellationToken cancel) =>
        Send(VendorRequest.Get($"{Address(code)}?documentType=SalesInvoice&$include=Lines,Details"), correlation, cancel);

    public Task<VendorReply> Ping(CancellationToken cancel) => Send(VendorRequest.Get("api/v2/utilities/ping"), "health", cancel);

    private Task<VendorReply> Post(string path, JsonObject body, string correlation, CancellationToken cancel) =>
        Send(VendorRequest.Json(HttpMethod.Post, path, body), correlation, cancel);

    // The credentials never change, so no request is sent a second time.
    private Task<VendorReply> Send(VendorRequest request, string correlation, CancellationToken cancel) =>
        http.Send(() => request with { Headers = Identity }, correlation, cancel, Timeout);

    private string Address(string code) =>
        $"api/v2/companies/{Uri.EscapeDataString(company)}/transactions/{Uri.EscapeDataString(code)}";
}
