using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Q2C.Simulators.Core;
using static Q2C.Simulators.BusinessCentral.BusinessCentralErrors;

namespace Q2C.Simulators.BusinessCentral;

/// <summary>Subscriptions with their handshake, and notifications that carry no data.</summary>
public sealed partial class BusinessCentralSimulator
{
    private const string SubscriptionSet = "subscriptions";
    private const string Changes = "_change";
    private const int LongestClientState = 2_048;

    /// <summary>A customer pays an invoice by bank transfer, and an accountant enters it.</summary>
    public void EnterBankTransfer(string externalDocumentNumber, decimal amount) => Change(() =>
    {
        var invoice = PostedInvoice(externalDocumentNumber);
        var number = $"BANK{Store.Next("bank"):D5}";
        Enter(number, Today, "Payment", [(Receivables, -amount), (Bank, amount)]);
        Settle(invoice["id"].Text()!, amount);
    });

    /// <summary>An accountant credits an invoice without asking anybody.</summary>
    public void EnterCreditMemo(string externalDocumentNumber, decimal net) => Change(() =>
    {
        var invoice = PostedInvoice(externalDocumentNumber);
        var memo = CreateDocument(
            EntitySet.All["salesCreditMemos"],
            new() { ["customerNumber"] = invoice["customerNumber"]!.DeepClone(), ["postingDate"] = Today, ["invoiceId"] = invoice["id"]!.DeepClone() },
            new()
            {
                ["salesCreditMemoLines"] = new JsonArray(new JsonObject
                {
                    ["lineType"] = "Account", ["lineObjectNumber"] = "8400", ["quantity"] = 1, ["unitPrice"] = net, ["taxCode"] = "VAT19",
                }),
            });
        PostDocument(EntitySet.All["salesCreditMemos"], memo);
    });

    /// <summary>Somebody deletes a record behind everybody's back.</summary>
    public void Lose(string set, string field, string value) => Change(() => Store.Remove(set, Single(set, field, value)["id"].Text()!));

    /// <summary>Somebody enters a record that is there once more, by hand.</summary>
    public void Copy(string set, string field, string value) => Change(() =>
    {
        var copy = Single(set, field, value).Copy();
        copy.Remove("id");
        copy["number"] = $"{copy["number"]}-2";
        Put(set, copy);
    });

    private JsonObject Single(string set, string field, string value) => Store.All(set).Single(record => record[field].Text() == value);

    /// <summary>Sends the notifications that are due, instead of waiting for the next tick.</summary>
    public Task SendNotificationsAsync() => _outbox.SendDueAsync();

    public void HoldNotifications() => _outbox.Hold();

    public Task ReleaseNotificationsAsync(DeliveryOrder order = DeliveryOrder.Oldest) => _outbox.ReleaseAsync(order);

    public Task<bool> RepeatNotificationsAsync(int times = 1, DeliveryOrder order = DeliveryOrder.Oldest)
    {
        List<string> all;
        lock (Store.Gate) all = [.. Store.Entries(Changes).Select(change => change.Key)];
        return _outbox.RepeatAsync(all, times, order);
    }

    private string Today => DateOnly.FromDateTime(Now.UtcDateTime).ToString("yyyy-MM-dd");

    private JsonObject PostedInvoice(string reference) =>
        Store.All("salesInvoices").FirstOrDefault(each =>
            string.Equals(each["externalDocumentNumber"].Text(), reference, StringComparison.OrdinalIgnoreCase) && each["status"].Text() != "Draft")
        ?? throw new ArgumentException($"no posted invoice has the external document number {reference}");

    private void MapControl()
    {
        Control("POST", "/bank-transfer", json =>
        {
            EnterBankTransfer(json["externalDocumentNumber"].Text() ?? throw new FormatException("externalDocumentNumber is missing"),
                json["amount"].Number() ?? throw new FormatException("amount is missing"));
            return new JsonObject();
        });
        Control("POST", "/credit-memo", json =>
        {
            EnterCreditMemo(json["externalDocumentNumber"].Text() ?? throw new FormatException("externalDocumentNumber is missing"),
                json["net"].Number() ?? throw new FormatException("net is missing"));
            return new JsonObject();
        });
        Control("POST", "/allow-posting-from", json =>
        {
            AllowPostingFrom(DateOnly.Parse(json["day"].Text() ?? throw new FormatException("day is missing")));
            return new JsonObject();
        });
        Control("POST", "/expire-tokens", _ =>
        {
            RevokeTokens();
            return new JsonObject();
        });
        Control("POST", "/hold", _ =>
        {
            HoldNotifications();
            return new JsonObject { ["held"] = true };
        });
        Control("POST", "/release", json =>
        {
            ReleaseNotificationsAsync(json.Order()).GetAwaiter().GetResult();
            return new JsonObject { ["pending"] = _outbox.Pending.Count };
        });
        Control("POST", "/redeliver", json => new JsonObject
        {
            ["taken"] = RepeatNotificationsAsync(json.Times(), json.Order()).GetAwaiter().GetResult(),
        });
        Control("GET", "/pending", _ => _outbox.Pending.ToJson());
    }

    private Answer ListSubscriptions(Call call)
    {
        foreach (var id in Store.All(SubscriptionSet).Where(each => each["expirationDateTime"].Instant() <= Now)
            .Select(each => each["subscriptionId"].Text()!).ToList()) Store.Remove(SubscriptionSet, id);
        return Answer.Json(200, new JsonObject { ["value"] = Store.All(SubscriptionSet).Select(each => (JsonNode?)Show(each)).ToJsonArray() });
    }

    private Answer Subscribe(Call call)
    {
        var wanted = Wanted(call);
        if (Store.All(SubscriptionSet).Any(each =>
            each["resource"].Text() == wanted["resource"].Text() && each["notificationUrl"].Text() == wanted["notificationUrl"].Text()))
            throw Refused("Internal_EntityWithSameKeyExists", "A subscription of this resource and notification URL already exists.");
        Shake(wanted);
        wanted["subscriptionId"] = $"{Guid.NewGuid():N}";
        return Answer.Json(201, Show(PutSubscription(wanted)));
    }

    private Answer Renew(Call call)
    {
        var existing = Subscription(call);
        if (call.Header("If-Match") is not { } version || (version != "*" && version != EtagOf(existing)))
            throw Refused("Request_EntityChanged", "Another user has already changed the record.", 409);
        var changed = existing.Copy();
        changed.Overlay(Wanted(call));
        Shake(changed);
        return Answer.Json(200, Show(PutSubscription(changed)));
    }

    private Answer Unsubscribe(Call call)
    {
        Store.Remove(SubscriptionSet, Subscription(call)["subscriptionId"].Text()!);
        return new(204);
    }

    private JsonObject Subscription(Call call) => Store.Find(SubscriptionSet, call["id"].Trim('\'')) is { } existing
        && existing["expirationDateTime"].Instant() > Now
        ? existing
        : throw Refused("BadRequest_ResourceNotFound", "The subscription does not exist.", 404);

    private JsonObject Wanted(Call call)
    {
        var body = Body(call);
        foreach (var (name, _) in body)
            if (name is not ("notificationUrl" or "resource" or "clientState")) throw NoSuchProperty(name, "subscriptions");
        if (!Uri.TryCreate(body["notificationUrl"].Text(), UriKind.Absolute, out _))
            throw Refused("BadRequest", "The notificationUrl must be an absolute address.");
        if (body["clientState"].Text() is { Length: > LongestClientState }) throw Refused("BadRequest", "The clientState is longer than 2048 characters.");
        var set = (body["resource"].Text() ?? "").Split('/')[^1];
        if (!EntitySet.All.TryGetValue(set, out var known) || known.Parent is not null || set == "projects")
            throw Refused("BadRequest", $"The resource '{body["resource"]}' does not support webhooks.");
        return body.Copy();
    }

    /// <summary>The receiver repeats a token, or there is no subscription.</summary>
    private void Shake(JsonObject subscription)
    {
        var token = $"{Guid.NewGuid():N}";
        var url = subscription["notificationUrl"].Text()!;
        var address = $"{url}{(url.Contains('?') ? '&' : '?')}validationToken={token}";
        try
        {
            using var response = _http.PostAsync(address, new StringContent("")).GetAwaiter().GetResult();
            var body = response.Content.ReadAsStringAsync().GetAwaiter().GetResult();
            if (response.StatusCode == HttpStatusCode.OK && body == token) return;
        }
        catch (Exception error) when (error is HttpRequestException or OperationCanceledException)
        {
            // As good as a wrong answer.
        }

        throw Refused("BadRequest", "The request for validation of the notificationUrl failed: the response must have status 200 and the validationToken as its body.");
    }

    private JsonObject PutSubscription(JsonObject subscription)
    {
        subscription["expirationDateTime"] = (Now + _options.SubscriptionLifetime).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'");
        subscription["_version"] = Store.Next("version");
        Store.Put(SubscriptionSet, subscription["subscriptionId"].Text()!, subscription);
        return subscription;
    }

    /// <summary>Several changes of one record within the delay are one notification; one that is being sent has no part in it.</summary>
    private void Notify(string set, string id, string type)
    {
        foreach (var subscription in Store.All(SubscriptionSet).Where(each => each["resource"].Text()!.EndsWith("/" + set, StringComparison.Ordinal)).ToList())
        {
            var resource = $"{subscription["resource"].Text()!.TrimStart('/')}({id})";
            if (_outbox.Pending.Any(item => Store.Find(Changes, item.Id)?["resource"].Text() == resource && item.Attempts == 0 && item.Due > Now)) continue;
            var key = $"{Store.Next(Changes)}";
            Store.Put(Changes, key, new JsonObject
            {
                ["subscriptionId"] = subscription["subscriptionId"]!.DeepClone(),
                ["resource"] = resource,
                ["changeType"] = type,
                ["lastModifiedDateTime"] = Now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'"),
            });
            _outbox.Enqueue(key, _options.NotificationDelay);
        }
    }

    /// <summary>408, 429, 5xx and silence are tried again; any other refusal ends the subscription with all that it would have said.</summary>
    private async Task<bool> NotifyAsync(IReadOnlyList<string> ids)
    {
        var taken = true;
        foreach (var (address, body, subscriptions) in Messages(ids))
        {
            var status = await PostAsync(address, body);
            if (status is >= 200 and < 300) continue;
            if (status is 0 or 408 or 429 or >= 500) taken = false;
            else Change(() =>
            {
                foreach (var subscription in subscriptions) Store.Remove(SubscriptionSet, subscription);
            });
        }

        return taken;
    }

    private List<(string Address, string Body, IReadOnlyList<string> Subscriptions)> Messages(IReadOnlyList<string> ids)
    {
        lock (Store.Gate)
        {
            var alive = Store.All(SubscriptionSet).Where(each => each["expirationDateTime"].Instant() > Now)
                .ToDictionary(each => each["subscriptionId"].Text()!);
            var changes = ids.Select(id => Store.Find(Changes, id)).OfType<JsonObject>()
                .Where(change => alive.ContainsKey(change["subscriptionId"].Text()!)).ToList();
            return [.. changes.GroupBy(change => alive[change["subscriptionId"].Text()!]["notificationUrl"].Text()!).Select(address => (
                address.Key,
                new JsonObject
                {
                    ["value"] = address.GroupBy(change => change["subscriptionId"].Text()!)
                        .SelectMany(one => Listed(alive[one.Key], [.. one])).Select(each => (JsonNode?)each).ToJsonArray(),
                }.ToJsonString(Notation.Wire),
                (IReadOnlyList<string>)[.. address.Select(change => change["subscriptionId"].Text()!).Distinct()]))];
        }
    }

    private IEnumerable<JsonObject> Listed(JsonObject subscription, List<JsonObject> changes)
    {
        if (changes.Count > _options.MaxNotifications)
        {
            var since = changes.Min(change => change["lastModifiedDateTime"].Instant())!.Value.AddSeconds(-1).UtcDateTime;
            yield return Notification(subscription, new()
            {
                ["resource"] = $"{subscription["resource"].Text()}?$filter=lastDateTimeModified%20gt%20{since:yyyy-MM-dd'T'HH:mm:ss'Z'}",
                ["changeType"] = "collection",
                ["lastModifiedDateTime"] = changes[^1]["lastModifiedDateTime"]!.DeepClone(),
            });
            yield break;
        }

        foreach (var change in changes) yield return Notification(subscription, change.Copy());
    }

    private static JsonObject Notification(JsonObject subscription, JsonObject change)
    {
        change["subscriptionId"] = subscription["subscriptionId"]!.DeepClone();
        change["clientState"] = subscription["clientState"]?.DeepClone() ?? "";
        change["expirationDateTime"] = subscription["expirationDateTime"]!.DeepClone();
        return change;
    }

    /// <summary>0 if nobody answers.</summary>
    private async Task<int> PostAsync(string address, string body)
    {
        try
        {
            using var response = await _http.PostAsync(address, new StringContent(body, Encoding.UTF8, "application/json"));
            return (int)response.StatusCode;
        }
        catch (Exception error) when (error is HttpRequestException or OperationCanceledException)
        {
            return 0;
        }
    }
}
