using System.Text.Json.Nodes;
using Q2C.Simulators.Core;
using static Q2C.Simulators.Stripe.StripeErrors;

namespace Q2C.Simulators.Stripe;

public sealed partial class StripeSimulator
{
    private const int DefaultPage = 10;
    private const int LargestPage = 100;
    private static readonly TimeSpan EventRetention = TimeSpan.FromDays(30);
    private static readonly string[] PlainCustomerFields = ["name", "email", "phone", "description"];

    private Answer CreateCustomer(Call call)
    {
        var form = new FormParameters(call.Form());
        var customer = new JsonObject
        {
            ["id"] = NewId("cus", Customers),
            ["object"] = Customers,
            ["created"] = Now.ToUnixTimeSeconds(),
            ["balance"] = 0,
            ["currency"] = null,
            ["delinquent"] = false,
            ["livemode"] = false,
            ["metadata"] = new JsonObject(),
            ["address"] = null,
            ["name"] = null,
            ["email"] = null,
            ["phone"] = null,
            ["description"] = null,
            ["tax_exempt"] = "none",
        };
        Fill(customer, form);
        Save(Customers, customer);
        Emit("customer.created", customer, call);
        return Answer.Json(200, customer.Copy());
    }

    private Answer UpdateCustomer(Call call)
    {
        var customer = Find(Customers, call["id"]).Copy();
        Fill(customer, new FormParameters(call.Form()));
        Save(Customers, customer);
        Emit("customer.updated", customer, call);
        return Answer.Json(200, customer.Copy());
    }

    private static void Fill(JsonObject customer, FormParameters form)
    {
        foreach (var field in PlainCustomerFields)
            if (form.Text(field) is { } text) customer[field] = text.Length == 0 ? null : text;
        if (form.Text("tax_exempt") is { } exempt) customer["tax_exempt"] = exempt;
        if (form.Hash("address") is { Count: > 0 } address) customer["address"] = address;
        Merge(customer, form.Hash("metadata"));
        form.Done();
    }

    private Answer CreateIntent(Call call)
    {
        var form = new FormParameters(call.Form());
        var amount = form.Integer("amount") ?? throw Missing("amount");
        var intent = NewIntent(amount, form.Required("currency"));
        if (form.Text("customer") is { } customer)
            intent["customer"] = Store.Find(Customers, customer) is null
                ? throw NoSuch("customer", customer, "customer", 400)
                : customer;
        FillIntent(intent, form);
        var confirm = form.Flag("confirm") ?? false;
        var method = form.Text("payment_method");
        form.Done();
        Save(Intents, intent);
        Emit("payment_intent.created", intent, call);
        return confirm ? Confirm(intent, method, call) : Answer.Json(200, intent.Copy());
    }

    private JsonObject NewIntent(long amount, string currency)
    {
        if (amount < 1) throw Invalid("parameter_invalid_integer", "This value must be greater than or equal to 1.", "amount");
        var id = NewId("pi", Intents);
        return new JsonObject
        {
            ["id"] = id,
            ["object"] = Intents,
            ["amount"] = amount,
            ["amount_capturable"] = 0,
            ["amount_received"] = 0,
            ["automatic_payment_methods"] = null,
            ["canceled_at"] = null,
            ["cancellation_reason"] = null,
            ["capture_method"] = "automatic",
            ["client_secret"] = $"{id}_secret_simulator",
            ["confirmation_method"] = "automatic",
            ["created"] = Now.ToUnixTimeSeconds(),
            ["currency"] = currency.ToLowerInvariant(),
            ["customer"] = null,
            ["description"] = null,
            ["last_payment_error"] = null,
            ["latest_charge"] = null,
            ["livemode"] = false,
            ["metadata"] = new JsonObject(),
            ["next_action"] = null,
            ["payment_method"] = null,
            ["payment_method_types"] = new JsonArray("card"),
            ["receipt_email"] = null,
            ["status"] = "requires_payment_method",
        };
    }

    private static void FillIntent(JsonObject intent, FormParameters form)
    {
        if (form.Text("description") is { } description) intent["description"] = description;
        if (form.Text("receipt_email") is { } email) intent["receipt_email"] = email;
        if (form.List("payment_method_types") is { Count: > 0 } types)
            intent["payment_method_types"] = types.Select(type => (JsonNode?)type).ToJsonArray();
        if (form.Hash("automatic_payment_methods") is { Count: > 0 } automatic)
            intent["automatic_payment_methods"] = new JsonObject { ["enabled"] = automatic["enabled"].Flag() ?? false };
        Merge(intent, form.Hash("metadata"));
    }

    private Answer UpdateIntent(Call call)
    {
        var intent = Find(Intents, call["id"]).Copy();
        var form = new FormParameters(call.Form());
        if (form.Integer("amount") is { } amount)
        {
            Expect(intent, "requires_payment_method", "requires_confirmation");
            intent["amount"] = amount;
        }
        FillIntent(intent, form);
        form.Done();
        Save(Intents, intent);
        return Answer.Json(200, intent.Copy());
    }

    private Answer ConfirmIntent(Call call)
    {
        var intent = Find(Intents, call["id"]).Copy();
        var form = new FormParameters(call.Form());
        var method = form.Text("payment_method");
        form.Done();
        return Confirm(intent, method, call);
    }

    private Answer Confirm(JsonObject intent, string? method, Call? call)
    {
        Expect(intent, "requires_payment_method", "requires_confirmation");
        if (method is null)
            throw Invalid("payment_intent_unexpected_state",
                "You cannot confirm this PaymentIntent because it's missing a payment method.");
        return method.Contains("Declined", StringComparison.OrdinalIgnoreCase)
            ? Decline(intent, call)
            : Answer.Json(200, Succeed(intent, method, call).Copy());
    }

    private Answer Decline(JsonObject intent, Call? call)
    {
        intent["last_payment_error"] = new JsonObject { ["code"] = "card_declined", ["type"] = "card_error" };
        Save(Intents, intent);
        Emit("payment_intent.payment_failed", intent, call);
        return Error(402, "card_error", "card_declined", "Your card was declined.");
    }

    private JsonObject Succeed(JsonObject intent, string method, Call? call)
    {
        intent["status"] = "succeeded";
        intent["amount_received"] = intent["amount"]!.DeepClone();
        intent["payment_method"] = method;
        intent["latest_charge"] = NewId("ch", "charge");
        Save(Intents, intent);
        Emit("payment_intent.succeeded", intent, call);
        return intent;
    }

    private Answer CancelIntent(Call call)
    {
        var intent = Find(Intents, call["id"]).Copy();
        Expect(intent, "requires_payment_method", "requires_confirmation");
        intent["status"] = "canceled";
        intent["canceled_at"] = Now.ToUnixTimeSeconds();
        Save(Intents, intent);
        Emit("payment_intent.canceled", intent, call);
        return Answer.Json(200, intent.Copy());
    }

    private Answer CreateRefund(Call call)
    {
        var form = new FormParameters(call.Form());
        var intent = Find(Intents, form.Required("payment_intent"));
        var refunded = Store.All(RefundKind).Where(one => one["payment_intent"].Text() == intent["id"].Text()).Sum(one => one["amount"].Number() ?? 0);
        var left = intent["amount_received"].Number()!.Value - refunded;
        var amount = form.Integer("amount") ?? (long)left;
        if (left == 0) throw Invalid("charge_already_refunded", $"Charge {intent["latest_charge"].Text()} has already been refunded.");
        if (amount < 1 || amount > left)
            throw Invalid(null, $"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})", "amount");
        var refund = new JsonObject
        {
            ["id"] = NewId("re", RefundKind),
            ["object"] = RefundKind,
            ["amount"] = amount,
            ["charge"] = intent["latest_charge"]?.DeepClone(),
            ["created"] = Now.ToUnixTimeSeconds(),
            ["currency"] = intent["currency"]!.DeepClone(),
            ["metadata"] = new JsonObject(),
            ["payment_intent"] = intent["id"]!.DeepClone(),
            ["reason"] = form.Text("reason"),
            ["status"] = "succeeded",
        };
        Merge(refund, form.Hash("metadata"));
        form.Done();
        Save(RefundKind, refund);
        Emit("refund.created", refund, call);
        return Answer.Json(200, refund.Copy());
    }

    private static void Expect(JsonObject intent, params string[] states)
    {
        if (!states.Contains(intent["status"].Text()))
            throw Invalid("payment_intent_unexpected_state",
                $"This PaymentIntent could not be changed because it has a status of {intent["status"].Text()}.");
    }

    private Answer ListIntents(Call call) => List(call, Intents, "/v1/payment_intents",
        intent => call.QueryText("customer") is not { } customer || intent["customer"].Text() == customer);

    private Answer ListEvents(Call call)
    {
        HashSet<string> types = [.. call.Query.Where(pair => pair.Key.StartsWith("types[", StringComparison.Ordinal))
            .SelectMany(pair => pair.Value.ToArray()).OfType<string>()];
        if (call.QueryText("type") is { } type) types.Add(type);
        var after = Notation.Number(call.QueryText("created[gte]")) ?? 0;
        var delivered = call.QueryText("delivery_success");
        return List(call, Events, "/v1/events", each =>
            (types.Count == 0 || types.Contains(each["type"].Text()!))
            && each["created"].Number() >= Math.Max(after, (Now - EventRetention).ToUnixTimeSeconds())
            && (delivered is null || (each["pending_webhooks"].Number() == 0) == (delivered == "true")));
    }

    /// <summary>Newest first, one page at a time.</summary>
    private Answer List(Call call, string kind, string url, Func<JsonObject, bool> filter)
    {
        var limit = PageSize(call);
        var all = Store.All(kind).Reverse().Where(filter).ToList();
        if (call.QueryText("starting_after") is { } after)
            all = [.. all.SkipWhile(each => each["id"].Text() != after).Skip(1)];
        if (call.QueryText("ending_before") is { } before)
            all = [.. all.TakeWhile(each => each["id"].Text() != before).TakeLast(limit)];
        return Answer.Json(200, new JsonObject
        {
            ["object"] = "list",
            ["url"] = url,
            ["has_more"] = all.Count > limit,
            ["data"] = all.Take(limit).Select(each => each.DeepClone()).ToJsonArray(),
        });
    }

    private Answer Search(Call call, string kind)
    {
        var matches = StripeSearch.Parse(call.QueryText("query") ?? throw Missing("query"));
        var limit = PageSize(call);
        var skip = (int)(Notation.Number(call.QueryText("page")) ?? 0);
        var visible = (Now - _options.SearchLag).ToUnixTimeMilliseconds();
        var found = Store.All(kind).Reverse()
            .Where(each => Store.Find("_indexed", each["id"].Text()!)?["at"].Number() <= visible && matches(each))
            .ToList();
        var more = found.Count > skip + limit;
        return Answer.Json(200, new JsonObject
        {
            ["object"] = "search_result",
            ["url"] = call.Path,
            ["has_more"] = more,
            ["next_page"] = more ? $"{skip + limit}" : null,
            ["data"] = found.Skip(skip).Take(limit).Select(each => each.DeepClone()).ToJsonArray(),
        });
    }

    private static int PageSize(Call call)
    {
        if (call.QueryText("limit") is not { } text) return DefaultPage;
        return Notation.Number(text) is >= 1 and <= LargestPage and { } limit
            ? (int)limit
            : throw Invalid("parameter_invalid_integer", $"Invalid limit: {text}; it must be between 1 and 100.", "limit");
    }

    private static void Merge(JsonObject record, JsonObject metadata)
    {
        var merged = record["metadata"]!.AsObject();
        foreach (var (key, value) in metadata)
        {
            if (value.Text() is "") merged.Remove(key);
            else merged[key] = value?.DeepClone();
        }
    }

    private void Save(string kind, JsonObject record)
    {
        var id = record["id"].Text()!;
        Store.Put(kind, id, record);
        Store.Put("_indexed", id, new JsonObject { ["at"] = Now.ToUnixTimeMilliseconds() });
    }
}
