using System.Text.Json.Nodes;
using Q2C.Simulators.Core;
using static Q2C.Simulators.NetSuite.NetSuiteErrors;

namespace Q2C.Simulators.NetSuite;

/// <summary>What NetSuite computes: totals of documents, what is applied to an invoice, balance of a journal.</summary>
internal static class Ledger
{
    public static void Compute(Store store, string type, JsonObject record)
    {
        if (record["item"] is JsonArray lines) Total(record, lines);
        if (type == "journalEntry") RequireBalance(record);
        if (type == "invoice") Settle(store, record);
        if (type is "customerPayment" or "creditMemo") ComputeApplied(store, type, record);
    }

    /// <summary>Recomputes the invoices that a payment or credit applies, or no longer applies, to.</summary>
    public static void Propagate(Store store, JsonObject? before, JsonObject after)
    {
        var touched = new[] { before, after }.OfType<JsonObject>().SelectMany(Applications).Select(each => each.Invoice).Distinct();
        foreach (var invoice in touched.ToList())
            store.Update("invoice", invoice, each => Settle(store, each));
    }

    private static void Total(JsonObject record, JsonArray lines)
    {
        var tax = 0m;
        var subtotal = 0m;
        foreach (var line in lines.OfType<JsonObject>())
        {
            line["amount"] ??= (line["quantity"].Number() ?? 1m) * (line["rate"].Number() ?? 0m);
            subtotal += line["amount"].Number() ?? 0m;
            tax += line["tax1Amt"].Number() ?? 0m;
        }
        if (record["taxDetailsOverride"].Flag() is true && record["taxDetails"] is JsonArray details)
            tax = details.Sum(detail => detail?["taxAmount"].Number() ?? 0m);
        record["subtotal"] = subtotal;
        record["taxTotal"] = tax;
        record["total"] = subtotal + tax;
    }

    private static void RequireBalance(JsonObject journal)
    {
        var lines = journal["line"] as JsonArray ?? [];
        var debit = lines.Sum(line => line?["debit"].Number() ?? 0m);
        var credit = lines.Sum(line => line?["credit"].Number() ?? 0m);
        if (debit != credit)
            throw Invalid($"The amounts in a journal entry must balance: debits {debit}, credits {credit}.", "line");
    }

    private static void Settle(Store store, JsonObject invoice)
    {
        var id = invoice["id"].Text()!;
        var paid = store.All("customerPayment").Concat(store.All("creditMemo"))
            .SelectMany(Applications).Where(each => each.Invoice == id).Sum(each => each.Amount);
        var total = invoice["total"].Number() ?? 0m;
        if (paid > total)
            throw Invalid($"The amount applied to invoice {invoice["tranId"].Text()} exceeds its total of {total}.", "apply");
        invoice["amountPaid"] = paid;
        invoice["amountRemaining"] = total - paid;
        invoice["status"] = paid == total
            ? new JsonObject { ["id"] = "B", ["refName"] = "Paid In Full" }
            : new JsonObject { ["id"] = "A", ["refName"] = "Open" };
    }

    private static void ComputeApplied(Store store, string type, JsonObject record)
    {
        if (record["apply"] is JsonArray lines) Default(store, lines, record);
        var available = record[type == "customerPayment" ? "payment" : "total"].Number() ?? 0m;
        var applied = Applications(record).Sum(each => each.Amount);
        if (applied > available)
            throw Invalid($"The amount applied, {applied}, exceeds the amount of the {type}, {available}.", "apply");
        record["applied"] = applied;
        record["unapplied"] = available - applied;
        if (type == "customerPayment") record["total"] = available;
    }

    /// <summary>A line without an amount applies as much as the invoice still needs.</summary>
    private static void Default(Store store, JsonArray lines, JsonObject record)
    {
        foreach (var line in lines.OfType<JsonObject>().Where(line => line["amount"] is null))
        {
            var due = store.Find("invoice", line["doc"]!["id"].Text()!)!["amountRemaining"].Number() ?? 0m;
            line["amount"] = Math.Min(due, record["payment"].Number() ?? due);
        }
    }

    private static IEnumerable<(string Invoice, decimal Amount)> Applications(JsonObject record) =>
        (record["apply"] as JsonArray ?? []).OfType<JsonObject>()
            .Where(line => line["apply"].Flag() is not false)
            .Select(line => (line["doc"]!["id"].Text()!, line["amount"].Number() ?? 0m));
}
