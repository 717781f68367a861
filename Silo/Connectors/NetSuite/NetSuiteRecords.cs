using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Q2C.Silo.Connectors.Mapping;

namespace Q2C.Silo.Connectors.NetSuite;

/// <summary>What one operation wants of NetSuite.</summary>
/// <param name="Sublist">The sublist that the body holds whole.</param>
/// <param name="Mark">The field of the body that tells this content from any other; null if there is none.</param>
/// <param name="Existing">True changes a record that is there; false creates or replaces one.</param>
internal sealed record NetSuiteRequest(
    string Record, string ExternalId, JsonObject Body, string? Sublist, string? Mark, bool Existing = false);

/// <summary>Operations as NetSuite records, by the mapping documents beside this file.</summary>
internal sealed partial class NetSuiteRecords(MapCatalog maps)
{
    private readonly OutboundMap<UpsertErpCustomer> _customer = maps.Outbound<UpsertErpCustomer>("customer");
    private readonly OutboundMap<UpsertErpContract> _contract = maps.Outbound<UpsertErpContract>("contract");
    private readonly OutboundMap<UpsertErpJob> _job = maps.Outbound<UpsertErpJob>("job");
    private readonly OutboundMap<PostErpInvoice> _invoice = maps.Outbound<PostErpInvoice>("invoice");
    private readonly OutboundMap<RecordErpPayment> _payment = maps.Outbound<RecordErpPayment>("payment");
    private readonly OutboundMap<PostErpCreditMemo> _creditMemo = maps.Outbound<PostErpCreditMemo>("credit-memo");
    private readonly OutboundMap<PostErpJournal> _journal = maps.Outbound<PostErpJournal>("journal");
    private readonly OutboundMap<WithdrawErpRecord> _withdraw = maps.Outbound<WithdrawErpRecord>("withdraw");
    private readonly OutboundMap<WithdrawErpRecord> _withdrawContract = maps.Outbound<WithdrawErpRecord>("withdraw-contract");

    public MapResult<NetSuiteRequest> For(Operation operation) => operation switch
    {
        UpsertErpCustomer o => Request("customer", o.CustomerId, _customer.Map(o), "addressBook", "custentity_q2c_customer"),
        UpsertErpContract o => Request("salesOrder", o.ContractId, _contract.Map(o), "item", "custbody_q2c_engagement"),
        UpsertErpJob o => Request("job", o.ProjectId, _job.Map(o), mark: "custentity_q2c_project"),
        PostErpInvoice o => Request("invoice", o.Invoice.InvoiceId, _invoice.Map(o), "item"),
        PostErpCreditMemo o => CreditMemo(o),
        RecordErpPayment o => Payment(o),
        PostErpJournal o => Journal(o),
        WithdrawErpRecord { Kind: ErpRecordKind.Contract } o =>
            Request("salesOrder", o.ObjectId, _withdrawContract.Map(o), existing: true),
        WithdrawErpRecord o => Request(
            o.Kind == ErpRecordKind.Job ? "job" : "customer", o.ObjectId, _withdraw.Map(o), existing: true),
        _ => throw new NotSupportedException($"NetSuite has no {operation.GetType().Name}."),
    };

    /// <summary>One payment may settle several invoices; each share is a record of its own.</summary>
    private MapResult<NetSuiteRequest> Payment(RecordErpPayment payment)
    {
        var mapped = _payment.Map(payment);
        // NetSuite takes no application of nothing.
        if (payment.Applied.IsZero) mapped.Value?.Remove("apply");
        return Request("customerPayment", $"{payment.PaymentId}-{payment.InvoiceId}", mapped, "apply");
    }

    /// <summary>A line has a debit or a credit; NetSuite takes no zero beside it.</summary>
    private MapResult<NetSuiteRequest> Journal(PostErpJournal journal)
    {
        var mapped = _journal.Map(journal);
        if (mapped.Value?["line"]?["items"] is JsonArray lines)
            for (var i = 0; i < lines.Count; i++) lines[i]!.AsObject().Remove(journal.Lines[i].Debit == 0 ? "debit" : "credit");
        return Request("journalEntry", journal.EntryId, mapped, "line");
    }

    private MapResult<NetSuiteRequest> CreditMemo(PostErpCreditMemo memo) =>
        Request("creditMemo", memo.CreditMemo.CreditMemoId, _creditMemo.Map(memo), "item,apply");

    private static MapResult<NetSuiteRequest> Request(
        string record, string id, MapResult<JsonObject> mapped, string? sublist = null, string? mark = null, bool existing = false)
    {
        if (mapped.Value is not { } body) return new(null, mapped.Problems);
        if (mark is not null && body[mark] is { } ours) body[mark] = $"{ours} {RecordComparison.Mark(body)}";
        else mark = null;
        return new(new(record, ExternalId(id), body, sublist, mark, existing), []);
    }

    /// <summary>The id itself if NetSuite takes it; else letters and digits that stand for it, always the same.</summary>
    internal static string ExternalId(string id) => Allowed().IsMatch(id)
        ? id
        : $"q2c-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(id)))[..40]}";

    [GeneratedRegex("^[A-Za-z0-9_-]{1,100}$")]
    private static partial Regex Allowed();
}
