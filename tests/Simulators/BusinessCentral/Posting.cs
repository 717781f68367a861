using System.Text.Json.Nodes;
using Q2C.Simulators.Core;
using static Q2C.Simulators.BusinessCentral.BusinessCentralErrors;

namespace Q2C.Simulators.BusinessCentral;

/// <summary>Documents and journals, and what posting makes of them.</summary>
public sealed partial class BusinessCentralSimulator
{
    private const string Receivables = "1200";
    private const string Bank = "1800";
    private const string Vat = "3800";

    private static readonly Dictionary<string, decimal> VatPercent = new() { ["VAT19"] = 19m, ["VAT7"] = 7m, ["VAT0"] = 0m };

    private JsonObject CreateDocument(EntitySet set, JsonObject document, JsonObject body)
    {
        var isInvoice = set.Name == "salesInvoices";
        var customer = Customer(document) ?? throw Dialog("A \"customerNumber\" or a \"customerId\" must be provided.");
        if (customer["blocked"].Text() == "All")
            throw Dialog($"You cannot create this type of document when Customer {customer["number"]} is blocked with type All");
        document["customerId"] = customer["id"]!.DeepClone();
        document["customerNumber"] = customer["number"]!.DeepClone();
        document["currencyCode"] ??= customer["currencyCode"]?.DeepClone() ?? _options.Currency;
        document["number"] = $"{(isInvoice ? "S-INV" : "S-CR")}{Store.Next(set.Name):D6}";
        document["status"] = "Draft";
        document["externalDocumentNumber"] ??= "";
        if (!isInvoice) ResolveInvoice(document);
        if (body["dimensionSetLines"] is JsonArray dimensions) document["_dimensions"] = Dimensions(dimensions);
        document["id"] = $"{Guid.NewGuid()}";
        var lines = EntitySet.All[isInvoice ? "salesInvoiceLines" : "salesCreditMemoLines"];
        foreach (var line in (body[lines.Name] as JsonArray ?? []).OfType<JsonObject>())
        {
            var read = lines.Read(line);
            read["documentId"] = document["id"]!.DeepClone();
            Price(read);
            read["sequence"] = 10_000 * (LinesOf(lines, document).Count + 1);
            Put(lines.Name, read);
        }

        Total(document, LinesOf(lines, document));
        if (isInvoice) document["remainingAmount"] = document["totalAmountIncludingTax"]!.DeepClone();
        Put(set.Name, document);
        return document;
    }

    private void AddLine(EntitySet set, JsonObject line, string documentId)
    {
        var owner = EntitySet.All[ParentOf(set)!];
        var document = Find(owner, documentId);
        if (document["status"].Text() != "Draft") throw Dialog("The action can be applied to a draft document only.");
        Price(line);
        line["sequence"] ??= 10_000 * (LinesOf(set, document).Count + 1);
        var changed = document.Copy();
        Total(changed, [.. LinesOf(set, document), line]);
        Put(owner.Name, changed);
    }

    private void RemoveLines(EntitySet set, JsonObject document)
    {
        var lines = EntitySet.All[set.Name == "salesInvoices" ? "salesInvoiceLines" : "salesCreditMemoLines"];
        foreach (var line in LinesOf(lines, document)) Store.Remove(lines.Name, line["id"].Text()!);
    }

    private Answer Post(Call call, string set, string id)
    {
        if (set == "journals") PostBatch(id);
        else PostDocument(EntitySet.All[set], Find(EntitySet.All[set], id));
        return new(204);
    }

    /// <summary>The posted document keeps the draft's id and gets a number of its own.</summary>
    private void PostDocument(EntitySet set, JsonObject draft)
    {
        var isInvoice = set.Name == "salesInvoices";
        var noun = isInvoice ? "invoice" : "credit memo";
        if (draft["status"].Text() != "Draft") throw Dialog($"The action can be applied to a draft {noun} only.");
        var lines = LinesOf(EntitySet.All[isInvoice ? "salesInvoiceLines" : "salesCreditMemoLines"], draft);
        if (lines.Count == 0) throw Dialog($"Please add at least one line item to the {noun}.");
        RequireOpenPeriod(draft["postingDate"].Text());
        var posted = draft.Copy();
        posted["number"] = $"{(isInvoice ? "PS-INV" : "PS-CR")}{100_000 + Store.Next("posted/" + set.Name)}";
        posted["status"] = "Open";
        var (net, tax) = (draft["totalAmountExcludingTax"].Number()!.Value, draft["totalTaxAmount"].Number()!.Value);
        var sign = isInvoice ? 1 : -1;
        Enter(posted["number"].Text()!, draft["postingDate"].Text()!, isInvoice ? "Invoice" : "Credit Memo",
        [
            (Receivables, sign * (net + tax)), (Vat, -sign * tax),
            .. lines.Select(line => (line["lineObjectNumber"].Text()!, -sign * line["amountExcludingTax"].Number()!.Value)),
        ]);
        if (isInvoice) posted["remainingAmount"] = net + tax;
        Put(set.Name, posted);
        if (!isInvoice && draft["invoiceId"].Text() is { } invoice) Settle(invoice, net + tax);
    }

    private void PostBatch(string id)
    {
        var payments = Store.All("customerPayments").Where(line => line["journalId"].Text() == id).ToList();
        var entries = Store.All("journalLines").Where(line => line["journalId"].Text() == id).ToList();
        if (payments.Count + entries.Count == 0) throw Dialog("There is nothing to post.");
        foreach (var line in payments) PostPayment(line);
        foreach (var document in entries.GroupBy(line => line["documentNumber"].Text()!))
        {
            var sum = document.Sum(line => line["amount"].Number() ?? 0m);
            if (sum != 0) throw Dialog($"Document No. {document.Key} is out of balance by {-sum}. Please check that Posting Date, Document Type, Document No. and Amount are correct for each line.");
            RequireOpenPeriod(document.First()["postingDate"].Text());
            Enter(document.Key, document.First()["postingDate"].Text()!, " ",
                [.. document.Select(line => (line["accountNumber"].Text()!, line["amount"].Number()!.Value))]);
        }

        foreach (var line in payments) Store.Remove("customerPayments", line["id"].Text()!);
        foreach (var line in entries) Store.Remove("journalLines", line["id"].Text()!);
    }

    private void PostPayment(JsonObject line)
    {
        RequireOpenPeriod(line["postingDate"].Text());
        var batch = Find(EntitySet.All["customerPaymentJournals"], line["journalId"].Text()!);
        var balancing = Store.All("accounts").FirstOrDefault(account => account["id"].Text() == batch["balancingAccountId"].Text())
            ?? throw Refused("Application_FieldValidationException", "Bal. Account No. must have a value in Gen. Journal Line. It cannot be zero or empty.");
        var amount = line["amount"].Number()!.Value;
        if (amount >= 0) throw Dialog("The \"amount\" should be a negative number.");
        Enter(line["documentNumber"].Text()!, line["postingDate"].Text()!, "Payment", [(Receivables, amount), (balancing["number"].Text()!, -amount)]);
        if (line["appliesToInvoiceId"].Text() is { } invoice) Settle(invoice, -amount);
    }

    private void Enter(string number, string date, string type, IReadOnlyList<(string Account, decimal Amount)> lines)
    {
        foreach (var (account, amount) in lines.Where(line => line.Amount != 0))
            Put("generalLedgerEntries", new()
            {
                ["postingDate"] = date, ["documentNumber"] = number, ["documentType"] = type, ["accountNumber"] = account,
                ["description"] = $"{type} {number}", ["debitAmount"] = Math.Max(amount, 0), ["creditAmount"] = Math.Max(-amount, 0),
            });
    }

    /// <summary>What is more than the invoice needs stays open on the customer.</summary>
    private void Settle(string invoiceId, decimal amount)
    {
        var invoice = Find(EntitySet.All["salesInvoices"], invoiceId).Copy();
        var left = Math.Max(0, invoice["remainingAmount"].Number()!.Value - amount);
        invoice["remainingAmount"] = left;
        invoice["status"] = left == 0 ? "Paid" : "Open";
        Put("salesInvoices", invoice);
    }

    private void RequireOpenPeriod(string? date)
    {
        if (date is null || DateOnly.Parse(date) < _postingFrom)
            throw Dialog($"The Posting Date {date} is not within your range of allowed posting dates.");
    }

    private JsonObject? Customer(JsonObject document) => document["customerNumber"].Text() is { Length: > 0 } number
        ? Store.All("customers").FirstOrDefault(each => each["number"].Text() == number) ?? throw Dialog("The sell-to customer cannot be found.")
        : document["customerId"].Text() is { } id ? Store.Find("customers", id) ?? throw Dialog("The sell-to customer cannot be found.") : null;

    private void ResolveInvoice(JsonObject memo)
    {
        if (memo["invoiceId"].Text() is not { } id)
        {
            if (memo["invoiceNumber"].Text() is not { Length: > 0 } number) return;
            id = Store.All("salesInvoices").FirstOrDefault(each => each["number"].Text() == number)?["id"].Text() ?? "";
        }

        var invoice = Store.Find("salesInvoices", id);
        if (invoice is null || invoice["status"].Text() == "Draft") throw Dialog("The \"invoiceId\" does not match to an Invoice.");
        memo["invoiceId"] = id;
        memo["invoiceNumber"] = invoice["number"]!.DeepClone();
    }

    private JsonArray Dimensions(JsonArray lines)
    {
        foreach (var line in lines.OfType<JsonObject>())
        {
            var dimension = Store.All("dimensions").FirstOrDefault(each => each["code"].Text() == line["code"].Text()?.ToUpperInvariant())
                ?? throw Dialog("The dimension does not exist.");
            if (!Store.All("dimensionValues").Any(each => each["dimensionId"].Text() == dimension["id"].Text() && each["code"].Text() == line["valueCode"].Text()))
                throw Refused("Internal_RecordNotFound", $"The Dimension Value does not exist. Identification fields and values: Dimension Code='{line["code"]}',Code='{line["valueCode"]}'");
        }

        return lines.DeepClone().AsArray();
    }

    private void Price(JsonObject line)
    {
        if (line["lineType"].Text() != "Account")
            throw Refused("Unknown", $"'{line["lineType"]}' is not an option. The existing options are: Account");
        RequireAccount(line["lineObjectNumber"].Text());
        if (line["taxCode"].Text() is not { } tax || !VatPercent.TryGetValue(tax, out var percent))
            throw Refused("Internal_InvalidTableRelation",
                $"The field VAT Prod. Posting Group of table Sales Line contains a value ({line["taxCode"]}) that cannot be found in the related table (VAT Product Posting Group).");
        foreach (var name in new[] { "quantity", "unitPrice" })
            if (line[name].Number() is { } number && decimal.Round(number, 5) != number)
                throw Refused("BadRequest", $"The value {number} of {name} has more decimal places than 5.");
        line["taxPercent"] = percent;
        line["amountExcludingTax"] = Round((line["quantity"].Number() ?? 0m) * (line["unitPrice"].Number() ?? 0m)) - (line["discountAmount"].Number() ?? 0m);
    }

    /// <summary>VAT is calculated once for all lines of one rate.</summary>
    private static void Total(JsonObject document, IReadOnlyCollection<JsonObject> lines)
    {
        var net = lines.Sum(line => line["amountExcludingTax"].Number()!.Value);
        var tax = lines.GroupBy(line => line["taxPercent"].Number()!.Value)
            .Sum(rate => Round(rate.Sum(line => line["amountExcludingTax"].Number()!.Value) * rate.Key / 100));
        document["totalAmountExcludingTax"] = net;
        document["totalTaxAmount"] = tax;
        document["totalAmountIncludingTax"] = net + tax;
    }

    private void CheckBatch(EntitySet set, JsonObject batch)
    {
        if (batch["code"].Text() is not { Length: > 0 } code) throw Refused("BadRequest_RequiredParamNotProvided", "Field 'code' must not be blank or empty.");
        if (Store.All(set.Name).Any(each => each["code"].Text() == code))
            throw Refused("Internal_EntityWithSameKeyExists", $"The Gen. Journal Batch already exists. Identification fields and values: Name='{code}'");
    }

    private void CheckJournalLine(EntitySet set, JsonObject line)
    {
        Find(EntitySet.All[ParentOf(set)!], line["journalId"].Text()!);
        if (set.Name == "journalLines")
        {
            RequireAccount(line["accountNumber"].Text());
            return;
        }

        if (Store.All("customers").FirstOrDefault(each => each["number"].Text() == line["customerNumber"].Text()) is null)
            throw Dialog("The \"customerNumber\" does not match to a Customer.");
        if (line["appliesToInvoiceId"].Text() is { } id && (Store.Find("salesInvoices", id) is not { } invoice || invoice["status"].Text() == "Draft"))
            throw Dialog("The \"appliesToInvoiceId\" should be the ID of an Open, Paid, Corrective, or Canceled Invoice.");
    }

    private void RequireAccount(string? number)
    {
        if (!Store.All("accounts").Any(each => each["number"].Text() == number))
            throw Dialog("The \"accountNumber\" does not match to an Account.");
    }

    private List<JsonObject> LinesOf(EntitySet set, JsonObject document) =>
        [.. Store.All(set.Name).Where(line => line["documentId"].Text() == document["id"].Text())];

    private static decimal Round(decimal amount) => decimal.Round(amount, 2, MidpointRounding.AwayFromZero);
}
