using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Q2C.Gateway.Security;

namespace Q2C.Gateway.Tests.Security;

/// <summary>
/// Who may do and read what, as <c>docs/security.md</c> says it. The tables there are what is found here; with
/// <c>Q2C_WRITE_DOCS=1</c> they are written.
/// </summary>
public sealed partial class AccessTests(LimitedCallers callers) : IClassFixture<LimitedCallers>
{
    private static readonly string[] Personas = ["sam", "dana", "fiona", "frank", "audrey", "olga", "ada", "automation"];

    /// <summary>Every mutation, asked by somebody without any role and by somebody who may only read: they hear what it needs.</summary>
    [Fact]
    public async Task Every_mutation_says_which_role_and_which_scope_it_needs()
    {
        var rows = new StringBuilder();
        foreach (var (name, document) in Mutations())
        {
            var error = (await Refusals("nobody", name, document)).Single()!;
            var scope = (await Refusals("onlyReads", name, document)).Single()!;
            Assert.Equal("ForbiddenError FORBIDDEN", $"{error["__typename"]} {error["code"]}");
            Assert.Equal("ForbiddenError FORBIDDEN", $"{scope["__typename"]} {scope["code"]}");
            var roles = error["requiredRoles"]!.AsArray().Select(role => (string)role!);
            rows.Append($"| `{name}` | {string.Join(", ", roles)} | `{Scope().Match((string)scope["message"]!).Value}` |\n");
        }

        await Documented("mutations", $"| mutation | one of the roles | scope |\n|---|---|---|\n{rows}");
    }

    [Fact]
    public async Task A_role_that_a_mutation_does_not_name_is_refused_and_one_that_it_names_is_not()
    {
        foreach (var (name, document) in Mutations())
        {
            var needed = (await Refusals("nobody", name, document)).Single()!["requiredRoles"]!.AsArray().Select(role => (string)role!).ToHashSet();
            foreach (var persona in Personas)
            {
                var roles = DevelopmentIssuer.Personas[persona].Roles.Select(role => $"{RoleNames.Parse(role)}").Select(Upper);
                var refused = (await Refusals(persona, name, document))
                    .Any(error => (string?)error!["__typename"] == "ForbiddenError" && error["requiredRoles"]!.AsArray().Count > 0);
                Assert.True(refused != needed.Overlaps(roles), $"{name} by {persona}");
            }
        }
    }

    [Fact]
    public async Task Every_sensitive_field_has_its_readers()
    {
        var (rows, reached) = (new StringBuilder(), ReachedByCustomers());
        foreach (var (type, policy, fields) in Types())
        {
            var sensitive = fields.Where(field => Sensitive().IsMatch($"{field.Name}: {field.Type}") || field.Policy is not null)
                .GroupBy(field => field.Policy ?? policy).OrderBy(group => group.Key, StringComparer.Ordinal).ToList();
            foreach (var group in sensitive.Where(group => group.Any()))
                rows.Append($"| `{type}` | {string.Join(", ", group.Select(field => field.Name))} | {Audience(group.Key, reached.Contains(type))} |\n");
        }

        await Documented("fields", $"| type | fields | who reads them |\n|---|---|---|\n{rows}");
    }

    /// <summary>
    /// What is a node has its policy on the fields that lead to it, as its type's would close `node` to everybody else. So
    /// everything that leads to it has one.
    /// </summary>
    [Fact]
    public void What_only_staff_reads_is_reached_by_no_customer()
    {
        var reached = ReachedByCustomers();

        Assert.Contains("Invoice", reached);
        Assert.Empty(reached.Intersect(
        [
            "Activity", "Alert", "Approval", "BillingHold", "BillingRun", "BulkAction", "BulkItem", "Connection", "Delivery", "DocumentNumber",
            "Effect", "Exception", "ExceptionGroup", "IntercompanyDocument", "NumberSeries",
        ]));
    }

    [Fact]
    public async Task The_policies_are_as_documented() => await Documented(
        "policies", "| policy | roles |\n|---|---|\n" + string.Concat(ReadPolicies.Readers.OrderBy(pair => pair.Key, StringComparer.Ordinal)
            .Select(pair => $"| `{pair.Key}` | {string.Join(", ", pair.Value.Select(role => Upper($"{RoleNames.Parse(role)}")))} |\n")));

    [Theory]
    [InlineData("sam", "{ activity { nodes { id } } }", "This needs one of the roles AUDITOR, OPERATOR, ADMINISTRATOR.")]
    [InlineData("acme", "{ exceptions { nodes { id } } }", "This needs one of the roles SALES, DELIVERY, FINANCE, FINANCE_APPROVER, AUDITOR, OPERATOR, ADMINISTRATOR, MACHINE.")]
    [InlineData("acme", "{ effects { nodes { id } } }", "This needs one of the roles SALES, DELIVERY, FINANCE, FINANCE_APPROVER, AUDITOR, OPERATOR, ADMINISTRATOR, MACHINE.")]
    [InlineData("acme", "{ invoices { nodes { preparedBy } } }", "This needs one of the roles SALES, DELIVERY, FINANCE, FINANCE_APPROVER, AUDITOR, OPERATOR, ADMINISTRATOR, MACHINE.")]
    [InlineData("acme", "{ billableItems { nodes { person } } }", "This needs one of the roles DELIVERY, FINANCE, FINANCE_APPROVER, AUDITOR, OPERATOR, ADMINISTRATOR, MACHINE.")]
    [InlineData("nobody", "{ contracts { nodes { id } } }", "This needs one of the roles SALES, DELIVERY, FINANCE, FINANCE_APPROVER, AUDITOR, OPERATOR, ADMINISTRATOR, MACHINE, CUSTOMER.")]
    [InlineData("onlyWrites", "{ contracts { nodes { id } } }", "This needs the scope q2c.read, which your key or token does not have.")]
    public async Task A_reader_of_the_wrong_role_is_told_which_would_do(string user, string query, string message)
    {
        var error = (await callers.Send(user, query))["errors"]![0]!;

        Assert.Equal((message, "FORBIDDEN"), ((string?)error["message"], (string?)error["extensions"]!["code"]));
    }

    [Fact]
    public async Task A_customer_cannot_follow_the_inside_of_its_own_engagement()
    {
        var refused = (await callers.Follow(
            "acme", "subscription ($id: ID!) { engagementTimeline(contractId: $id) { title } }",
            new { id = callers.Contracts["DE01 Acme eu"] }, count: 1)).Single();

        Assert.Equal("FORBIDDEN", (string?)refused["errors"]![0]!["extensions"]!["code"]);
    }

    /// <summary>The types that the fields without a policy against customers lead to.</summary>
    private static HashSet<string> ReachedByCustomers()
    {
        var types = Types().Concat(Types(wrapping: true)).ToDictionary(type => type.Name);
        var unions = Regex.Matches(Plain(File.ReadAllText(Gateway.GraphQL.SchemaFile)), @"^union (\w+)[^=]*= (.*)$", RegexOptions.Multiline)
            .ToDictionary(union => union.Groups[1].Value, union => union.Groups[2].Value.Split(" | "));
        var reached = new HashSet<string>(StringComparer.Ordinal);
        var open = new Queue<string>(["Query", "Subscription"]);
        while (open.TryDequeue(out var name))
        {
            if (!reached.Add(name)) continue;
            foreach (var next in unions.GetValueOrDefault(name) ?? []) open.Enqueue(next);
            if (!types.TryGetValue(name, out var type)) continue;
            foreach (var field in type.Fields.Where(field => IsOpen(field.Policy)))
            {
                var target = field.Type.Trim('[', ']', '!');
                if (!types.TryGetValue(target, out var found) || IsOpen(found.Policy)) open.Enqueue(target);
            }
        }

        return reached;

        static bool IsOpen(string? policy) => policy is null || ReadPolicies.Readers[policy].Contains(Roles.Customer);
    }

    private static string Audience(string? policy, bool byCustomers) =>
        policy is not (null or ReadPolicies.Reader) ? $"`{policy}`" : byCustomers ? "whoever sees the object" : "staff who see the object";

    private static string Upper(string role) => Words().Replace(role, "_").ToUpperInvariant();

    private async Task<JsonArray> Refusals(string user, string name, string document) =>
        (await callers.Ask(user, document))[name]!["errors"]!.AsArray();

    /// <summary>Each mutation with an input of its type in which everything is well-formed and nothing exists.</summary>
    private static IEnumerable<(string Name, string Document)> Mutations()
    {
        var inputs = Definitions("input").ToDictionary(input => input.Name, input => (input.Head, Fields(input.Body)));
        foreach (Match call in Calls().Matches(Definitions("type").Single(type => type.Name == "Mutation").Body))
        {
            var (name, type) = (call.Groups[1].Value, call.Groups[2].Value);
            yield return (name, $"mutation {{ {name}(input: {Value(type, "")}) {{ errors {{ __typename ... on UserError {{ code message }} " +
                "... on ForbiddenError { requiredRoles } } } }");
        }

        string Value(string type, string field)
        {
            if (type.StartsWith('[')) return $"[{Value(type.Trim('[', ']', '!'), field)}]";
            var named = type.TrimEnd('!');
            if (inputs.TryGetValue(named, out var input))
            {
                var needed = input.Head.Contains("@oneOf", StringComparison.Ordinal) ? input.Item2.Take(1) : input.Item2.Where(f => f.Type.EndsWith('!'));
                return $"{{ {string.Join(", ", needed.Select(f => $"{f.Name}: {Value(f.Type, f.Name)}"))} }}";
            }

            return named switch
            {
                "String" => field switch { "currency" => "\"EUR\"", "country" => "\"DE\"", _ => "\"x\"" },
                "ID" => field switch
                {
                    "exceptionId" => "\"eu_ct_x/1\"", "deliveryId" => "\"1\"",
                    _ => $"\"eu_{field switch { "contractId" => "ct", "projectId" => "pr", "invoiceId" => "inv", "quoteId" => "qt", _ => "cu" }}_x\"",
                },
                "Boolean" => "true",
                "Int" or "Long" or "Decimal" => "1",
                "Date" => "\"2026-03-02\"",
                "DateTime" => "\"2026-03-02T12:00:00Z\"",
                _ => EnumValue(named),
            };
        }
    }

    private static string EnumValue(string name) =>
        FirstWord().Match(Definitions("enum").Single(type => type.Name == name).Body).Value;

    /// <param name="wrapping">Payloads, edges and the like instead of all others.</param>
    private static IEnumerable<(string Name, string? Policy, List<(string Name, string Type, string? Policy)> Fields)> Types(bool wrapping = false) =>
        from type in Definitions("type")
        where Wrapping().IsMatch(type.Name) == wrapping
        select (type.Name, Policy(type.Head), Fields(type.Body));

    private static string? Policy(string text) => Authorize().Match(text) is { Success: true } match ? match.Groups[1].Value : null;

    private static List<(string Name, string Type, string? Policy)> Fields(string body) =>
        [.. Field().Matches(Arguments().Replace(body, "")).Select(field => (field.Groups[1].Value, field.Groups[2].Value, Policy(field.Groups[3].Value)))];

    private static IEnumerable<(string Name, string Head, string Body)> Definitions(string kind) =>
        Regex.Matches(Plain(File.ReadAllText(Gateway.GraphQL.SchemaFile)), $@"^{kind} (\w+)([^{{]*)\{{(.*?)^\}}", RegexOptions.Multiline | RegexOptions.Singleline)
            .Select(match => (match.Groups[1].Value, match.Groups[2].Value, match.Groups[3].Value));

    /// <summary>Without descriptions and what only the cost analysis reads; policies stand without quotes.</summary>
    private static string Plain(string sdl) =>
        Descriptions().Replace(Authorize().Replace(ListSizes().Replace(sdl, ""), "@authorize(policy: $1)"), "");

    private static async Task Documented(string table, string text)
    {
        var file = Path.Combine(Root(), "docs", "security.md");
        var document = await File.ReadAllTextAsync(file);
        var (start, end) = ($"<!-- {table} -->\n", $"<!-- end of {table} -->");
        var from = document.IndexOf(start, StringComparison.Ordinal) + start.Length;
        var to = document.IndexOf(end, StringComparison.Ordinal);
        if (Environment.GetEnvironmentVariable("Q2C_WRITE_DOCS") == "1") await File.WriteAllTextAsync(file, document[..from] + text + document[to..]);
        else Assert.Equal(text, document[from..to]);
    }

    internal static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "Q2C.sln"))) folder = folder.Parent;
        return folder.FullName;
    }

    // Money, prices, people and raw bodies, by type or name.
    [GeneratedRegex(@": \[?Money|^(rate|hourly|markupPercent|cost\w*|margin\w*|person|email|body|taxNumber|actor|\w+By|reason|detail|message|reference|references|billTo|line1|line2|city|postalCode|problems): ")]
    private static partial Regex Sensitive();

    [GeneratedRegex("Payload$|Edge$|Connection$(?<!^Connection)|Error$|^Mutation$|^Money$|^PageInfo$")]
    private static partial Regex Wrapping();

    [GeneratedRegex("\"\"\".*?\"\"\"|\"[^\"\n]*\"(?!\\))", RegexOptions.Singleline)]
    private static partial Regex Descriptions();

    [GeneratedRegex(@" @listSize\([^)]*\)")]
    private static partial Regex ListSizes();

    [GeneratedRegex(@"(?<=\w)\([^)]*:[^)]*\)(?=:)", RegexOptions.Singleline)]
    private static partial Regex Arguments();

    [GeneratedRegex(@"^\s*(\w+): ([\[\]!\w]+)(.*)$", RegexOptions.Multiline)]
    private static partial Regex Field();

    [GeneratedRegex(@"(\w+)\(\s*input: (\w+)!\)")]
    private static partial Regex Calls();

    [GeneratedRegex(@"@authorize\(policy: ""?(\w+)""?\)")]
    private static partial Regex Authorize();

    [GeneratedRegex(@"q2c\.\w+")]
    private static partial Regex Scope();

    [GeneratedRegex(@"(?<=[a-z])(?=[A-Z])")]
    private static partial Regex Words();

    [GeneratedRegex(@"[A-Z_]+")]
    private static partial Regex FirstWord();
}
