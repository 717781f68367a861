using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Q2C.Simulators.Core;
using static Q2C.Simulators.AvaTax.AvaTaxErrors;

namespace Q2C.Simulators.AvaTax;

/// <summary>AvaTax's transactions: estimates, saved and committed documents, adjustments, voids and refunds.</summary>
public sealed class AvaTaxSimulator : Simulator
{
    private const string Transactions = "transaction";
    private readonly AvaTaxOptions _options;

    private AvaTaxSimulator(AvaTaxOptions options) : base("avatax", options) => _options = options;

    public static async Task<AvaTaxSimulator> StartAsync(AvaTaxOptions? options = null)
    {
        var simulator = new AvaTaxSimulator(options ?? new());
        await simulator.LaunchAsync();
        return simulator;
    }

    /// <summary>Locks a document as filing a tax return does; afterwards it can no longer be changed.</summary>
    public void LockTransaction(string company, string code, string type = "SalesInvoice") => Change(() =>
    {
        Find(company, code, type);
        Store.Update(Transactions, Key(company, code, type), each => each["locked"] = true);
    });

    protected override void Seed()
    {
        // A new account has companies but no documents.
    }

    protected override void Map()
    {
        const string document = "/api/v2/companies/{company}/transactions/{code}";
        Route("GET", "/api/v2/utilities/ping", "ping", Ping, open: true);
        Route("POST", "/api/v2/transactions/create", "transactions.create", call => Create(call, Json(call)));
        Route("POST", "/api/v2/transactions/createoradjust", "transactions.createoradjust", CreateOrAdjust);
        Route("GET", document, "transactions.get", Get);
        Route("GET", document + "/types/{type}", "transactions.get", Get);
        Route("POST", document + "/commit", "transactions.commit", Commit);
        Route("POST", document + "/void", "transactions.void", Void);
        Route("POST", document + "/adjust", "transactions.adjust", Adjust);
        Route("POST", document + "/refund", "transactions.refund", Refund);
        Control("POST", "/lock", json =>
        {
            LockTransaction(json["company"].Text() ?? "DEFAULT", json["code"].Text() ?? throw new FormatException("code is missing"));
            return new JsonObject();
        });
    }

    protected override Answer? Authorize(Call call) => IsAuthentic(call)
        ? null
        : Error(401, AuthenticationFailed, "Authentication failed.", "HttpRequestHeaders");

    protected override Answer NotFound(Call call) => Error(404, EntityNotFound, "The requested resource does not exist.", "HttpRequest");

    protected override async Task<Answer> AnswerAsync(Call call, Func<Task<Answer>> work)
    {
        var answer = await work();
        return answer.With("x-correlation-id", call.Header("x-correlation-id") ?? Guid.NewGuid().ToString());
    }

    private bool IsAuthentic(Call call) => call.BasicCredentials is { } given
        && CryptographicOperations.FixedTimeEquals(
            Encoding.UTF8.GetBytes($"{given.User}:{given.Password}"),
            Encoding.UTF8.GetBytes($"{_options.Account}:{_options.LicenseKey}"));

    private Answer Ping(Call call) => Answer.Json(200, new JsonObject
    {
        ["version"] = "simulator",
        ["authenticated"] = IsAuthentic(call),
        ["authenticationType"] = IsAuthentic(call) ? "AccountIdLicenseKey" : "None",
    });

    private Answer Create(Call call, JsonObject request)
    {
        var (company, type) = (Company(request["companyCode"].Text() ?? "DEFAULT"), Type(request));
        var code = request["code"].Text() is { Length: > 0 } given ? given : Guid.NewGuid().ToString();
        if (!TransactionModel.IsRecorded(type)) return Answer.Json(201, TransactionModel.Calculate(request, 0, code, type, Now));
        var existing = Store.Find(Transactions, Key(company, code, type));
        if (existing?["locked"].Flag() is true) throw Refused(Locked, "You cannot modify a locked transaction.");
        if (existing?["status"].Text() is "Committed")
            throw Refused(AlreadyExists, $"The {type} '{code}' already exists in company '{company}' and is committed.");
        return Record(company, code, type, request, existing, request["commit"].Flag() is true ? "Committed" : "Saved");
    }

    private Answer CreateOrAdjust(Call call)
    {
        var body = Json(call);
        var request = body["createTransactionModel"] as JsonObject
            ?? throw Refused(ValueRequired, "Field createTransactionModel is required.");
        var (company, type) = (Company(request["companyCode"].Text() ?? "DEFAULT"), Type(request));
        if (!TransactionModel.IsRecorded(type) || request["code"].Text() is not { Length: > 0 } code) return Create(call, request);
        var existing = Store.Find(Transactions, Key(company, code, type));
        if (existing?["locked"].Flag() is true) throw Refused(Locked, "You cannot modify a locked transaction.");
        var committed = request["commit"].Flag() is true || existing?["status"].Text() is "Committed";
        return Record(company, code, type, request, existing, committed ? "Committed" : "Saved", existing is null ? null : body);
    }

    private Answer Record(
        string company, string code, string type, JsonObject request, JsonObject? existing, string status, JsonObject? adjustment = null)
    {
        var id = existing is null ? 100_000 + Store.Next(Transactions) : (long)existing["id"].Number()!;
        var model = TransactionModel.Calculate(request, id, code, type, Now);
        model["status"] = status;
        model["companyCode"] = company;
        model["version"] = (int)(existing?["version"].Number() ?? 0) + 1;
        if (adjustment is not null)
        {
            model["adjustmentReason"] = adjustment["adjustmentReason"].Text() ?? "Other";
            model["adjustmentDescription"] = adjustment["adjustmentDescription"].Text() ?? "";
        }
        Store.Put(Transactions, Key(company, code, type), model);
        return Answer.Json(201, model.Copy());
    }

    private Answer Get(Call call) => Answer.Json(200, Find(call).Copy());

    private Answer Commit(Call call)
    {
        var existing = Changeable(call);
        if (existing["status"].Text() is "Committed") throw Refused(IsCommitted, "The transaction is already committed.");
        if (Json(call)["commit"].Flag() is not true) return Answer.Json(200, existing.Copy());
        return Save(call, each => each["status"] = "Committed");
    }

    private Answer Void(Call call)
    {
        Changeable(call);
        var code = Json(call)["code"].Text();
        if (code is not ("DocVoided" or "DocDeleted")) throw Refused(InvalidEnum, $"The value '{code}' is not valid for code.");
        return Save(call, each => each["status"] = "Cancelled");
    }

    private Answer Adjust(Call call)
    {
        var existing = Changeable(call);
        var body = Json(call);
        var request = body["newTransaction"] as JsonObject ?? throw Refused(ValueRequired, "Field newTransaction is required.");
        var status = request["commit"].Flag() is true ? "Committed" : existing["status"].Text()!;
        var answer = Record(call["company"], call["code"], TypeOf(call), request, existing, status, body);
        return answer with { Status = 200 };
    }

    /// <summary>A full refund is a ReturnInvoice with the original's lines and tax, negated.</summary>
    private Answer Refund(Call call)
    {
        var original = Find(call);
        var body = Json(call);
        var code = body["refundTransactionCode"].Text()
            ?? throw Refused(ValueRequired, "Field refundTransactionCode is required.");
        if (body["refundType"].Text() is not ("Full" or null))
            throw Refused(InvalidEnum, "This simulator refunds in full only; use a ReturnInvoice for a part.");
        var key = Key(call["company"], code, "ReturnInvoice");
        if (Store.Find(Transactions, key) is not null) throw Refused(AlreadyExists, $"The ReturnInvoice '{code}' already exists.");
        var refund = original.Copy();
        refund["id"] = 100_000 + Store.Next(Transactions);
        refund["code"] = code;
        refund["type"] = "ReturnInvoice";
        refund["status"] = original["status"]!.DeepClone();
        refund["date"] = body["refundDate"].Text() ?? original["date"].Text();
        Negate(refund);
        Store.Put(Transactions, key, refund);
        return Answer.Json(201, refund.Copy());
    }

    private static void Negate(JsonNode node)
    {
        if (node is JsonArray array)
        {
            foreach (var each in array.OfType<JsonNode>()) Negate(each);
            return;
        }
        if (node is not JsonObject json) return;
        foreach (var (name, value) in json.ToList())
        {
            if (value is JsonObject or JsonArray) Negate(value);
            else if (IsAmount(name) && value.Number() is { } number) json[name] = -number;
        }
    }

    private static bool IsAmount(string name) =>
        name.EndsWith("Amount", StringComparison.Ordinal) || name.StartsWith("total", StringComparison.Ordinal)
        || name is "tax" or "taxCalculated" or "taxable" or "nonTaxable" or "exemption";

    private Answer Save(Call call, Action<JsonObject> change) => Answer.Json(200, Store.Update(
        Transactions, Key(call["company"], call["code"], TypeOf(call)), each =>
        {
            change(each);
            each["modifiedDate"] = Now.ToString("yyyy-MM-ddTHH:mm:ss.fff");
        }).Copy());

    private JsonObject Changeable(Call call)
    {
        var existing = Find(call);
        if (existing["locked"].Flag() is true) throw Refused(Locked, "You cannot modify a locked transaction.");
        if (existing["status"].Text() is "Cancelled") throw Refused(AlreadyCancelled, "The transaction is already cancelled.");
        return existing;
    }

    private JsonObject Find(Call call) => Find(Company(call["company"]), call["code"], TypeOf(call));

    private JsonObject Find(string company, string code, string type) =>
        Store.Find(Transactions, Key(company, code, type)) ?? throw NoSuch($"Transaction with code '{code}'");

    private string Company(string code) => _options.Companies.Contains(code) ? code : throw NoSuch($"Company with code '{code}'");

    private static string Type(JsonObject request)
    {
        var type = request["type"].Text() is { Length: > 0 } given && given != "Any" ? given : "SalesOrder";
        return TransactionModel.Types.Contains(type) ? type : throw Refused(InvalidEnum, $"The value '{type}' is not valid for type.");
    }

    private static string TypeOf(Call call) =>
        call.Route.GetValueOrDefault("type") ?? call.QueryText("documentType") ?? "SalesInvoice";

    private static string Key(string company, string code, string type) => $"{company}/{code}/{type}";

    private static JsonObject Json(Call call) => call.TryJson(out var json)
        ? json
        : throw Refused(BadJson, "The request body is not valid JSON.");
}
