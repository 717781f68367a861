using System.Text.Json.Nodes;

namespace Q2C.Silo.Connectors.AvaTax;

/// <summary>Requests about the transactions of one company. Invoices and returns only: estimates have no record.</summary>
internal sealed class AvaTaxClient(VendorHttp http, string company)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);
    public const string Invoice = "SalesInvoice";
    public const string Return = "ReturnInvoice";

    private static readonly (string, string)[] Identity = [("X-Avalara-Client", "Q2C; 1.0; REST; v2")];

    public Task<VendorReply> Estimate(JsonObject transaction, string correlation, CancellationToken cancel)
    {
        transaction["companyCode"] = company;
        transaction["type"] = "SalesOrder";
        return Post("api/v2/transactions/create", transaction, correlation, cancel);
    }

    /// <summary>Not reportable yet. The same code again adjusts the document that is there.</summary>
    public Task<VendorReply> Record(JsonObject transaction, string correlation, CancellationToken cancel) =>
        CreateOrAdjust(transaction, Invoice, commit: false, correlation, cancel);

    /// <summary>Reportable at once.</summary>
    public Task<VendorReply> RecordReturn(JsonObject transaction, string correlation, CancellationToken cancel) =>
        CreateOrAdjust(transaction, Return, commit: true, correlation, cancel);

    public Task<VendorReply> Commit(string code, string correlation, CancellationToken cancel) =>
        Post($"{Address(code)}/commit?documentType={Invoice}", new JsonObject { ["commit"] = true }, correlation, cancel);

    public Task<VendorReply> Void(string code, string correlation, CancellationToken cancel) =>
        Post($"{Address(code)}/void?documentType={Invoice}", new JsonObject { ["code"] = "DocVoided" }, correlation, cancel);

    public Task<VendorReply> Get(string code, string type, string correlation, CancellationToken cancel) =>
        Send(VendorRequest.Get($"{Address(code)}?documentType={type}&$include=Lines,Details"), correlation, cancel);

    public Task<VendorReply> Ping(CancellationToken cancel) => Send(VendorRequest.Get("api/v2/utilities/ping"), "health", cancel);

    private Task<VendorReply> CreateOrAdjust(
        JsonObject transaction, string type, bool commit, string correlation, CancellationToken cancel)
    {
        transaction["companyCode"] = company;
        transaction["type"] = type;
        transaction["commit"] = commit;
        return Post("api/v2/transactions/createoradjust", new JsonObject
        {
            ["adjustmentReason"] = "Other",
            ["adjustmentDescription"] = "What Q2C has of this document changed.",
            ["createTransactionModel"] = transaction,
        }, correlation, cancel);
    }

    private Task<VendorReply> Post(string path, JsonObject body, string correlation, CancellationToken cancel) =>
        Send(VendorRequest.Json(HttpMethod.Post, path, body), correlation, cancel);

    // The credentials never change, so no request is sent a second time.
    private Task<VendorReply> Send(VendorRequest request, string correlation, CancellationToken cancel) =>
        http.Send(() => request with { Headers = Identity }, correlation, cancel, Timeout);

    private string Address(string code) =>
        $"api/v2/companies/{Uri.EscapeDataString(company)}/transactions/{Uri.EscapeDataString(code)}";
}
