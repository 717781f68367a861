using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Q2C.Silo.Policies;
using CommandLine = System.CommandLine.Command;

namespace Q2C.Silo.Operations;

/// <summary>
/// Policy documents between a hub and a folder of files, over the API: whoever promotes from test to production is known
/// there by name, and what is brought in is a draft that somebody else approves.
/// </summary>
internal sealed class PolicyFiles(Uri hub, string token, TextWriter output, HttpClient http)
{
    private const string TokenVariable = "Q2C_TOKEN";
    private const int Context = 2;

    private const string List =
        "query { policies { document text shipped inForce { number } open { number text proposedBy } } }";

    private const string Difference =
        "query ($document: String!, $text: String!) { policyDifference(document: $document, text: $text) { kind text } }";

    private const string Propose =
        """
        mutation ($input: ProposePolicyInput!) {
          proposePolicy(input: $input) {
            version { number } problems { document line column message } errors { ... on UserError { message remedy } }
          }
        }
        """;

    public static CommandLine ToCommand(TextWriter output)
    {
        var hub = new Option<string>("--hub") { Description = "Where the hub is.", DefaultValueFactory = _ => "http://localhost:5080", Recursive = true };
        var person = new Option<string?>("--as") { Description = $"Somebody of a development hub; else {TokenVariable} has an API key or token.", Recursive = true };
        var folder = new Argument<DirectoryInfo>("folder") { Description = "Policy documents as files." };
        var reason = new Option<string>("--reason") { Description = "For the record.", Required = true };
        var export = new CommandLine("export", "Write every document of which a version is in force.") { folder };
        var diff = new CommandLine("diff", "Show what the files would change. Exit code 1 if anything.") { folder };
        var import = new CommandLine("import", "Propose every file that differs from what is in force as a draft. Exit code 1 if one is refused.") { folder, reason };
        Does(export, (files, arguments, cancel) => files.Export(arguments.GetRequiredValue(folder), cancel));
        Does(diff, (files, arguments, cancel) => files.Compare(arguments.GetRequiredValue(folder), cancel));
        Does(import, (files, arguments, cancel) => files.Import(arguments.GetRequiredValue(folder), arguments.GetRequiredValue(reason), cancel));
        return new("policies", "Policy documents of a hub as files: for promotion from test to production.") { hub, person, export, diff, import };

        void Does(CommandLine command, Func<PolicyFiles, ParseResult, CancellationToken, Task<int>> work) => command.SetAction(
            (arguments, cancel) => With(
                arguments.GetRequiredValue(hub), arguments.GetValue(person), output, files => work(files, arguments, cancel), cancel));
    }

    /// <summary>With the token of <c>Q2C_TOKEN</c>, or that of a person of a development hub. Throws <see cref="OperationsException"/>.</summary>
    private static async Task<int> With(string address, string? person, TextWriter output, Func<PolicyFiles, Task<int>> work, CancellationToken cancel)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var hub))
            throw new OperationsException($"'{address}' is no address.", "Write it like --hub http://localhost:5080.");
        using var http = new HttpClient();
        try
        {
            var token = person is null ? Environment.GetEnvironmentVariable(TokenVariable) : await PersonalToken(http, hub, person, cancel);
            if (string.IsNullOrWhiteSpace(token))
                throw new OperationsException(
                    $"{TokenVariable} is not set.", "Put an API key or a token of yours there; on a development hub, --as olga does.");
            return await work(new(hub, token, output, http));
        }
        catch (HttpRequestException unreachable)
        {
            throw new OperationsException($"{hub} does not answer: {unreachable.Message}", "Say with --hub where the hub is; ./q2c status tells what runs here.");
        }
    }

    /// <summary>Writes every document of which a version is in force.</summary>
    public async Task<int> Export(DirectoryInfo folder, CancellationToken cancel)
    {
        var policies = (await InForce(cancel)).Where(policy => policy.InForce is not null).ToList();
        foreach (var policy in policies)
        {
            var file = new FileInfo(PolicyFolder.PathOf(folder.FullName, policy.Document));
            file.Directory!.Create();
            await File.WriteAllTextAsync(file.FullName, policy.Text, cancel);
            await output.WriteLineAsync($"{policy.Document} version {policy.InForce!.Number}");
        }

        await output.WriteLineAsync($"{policies.Count} documents are in {folder.FullName}.");
        return 0;
    }

    /// <summary>What the files would change. 1 if anything.</summary>
    public async Task<int> Compare(DirectoryInfo folder, CancellationToken cancel)
    {
        var different = 0;
        foreach (var (document, text, policy) in await Differing(folder, cancel))
        {
            different++;
            await output.WriteLineAsync($"{document}: {(policy.InForce is { } held ? $"version {held.Number}" : policy.Shipped is null ? "not there" : "as shipped")} -> file");
            var answer = await Ask(Difference, new { document, text }, cancel);
            foreach (var line in Shown([.. answer["policyDifference"]!.AsArray().Select(one => ((string)one!["kind"]!, (string)one["text"]!))]))
                await output.WriteLineAsync($"  {line}");
        }

        await output.WriteLineAsync(different == 0 ? "The files are what is in force." : $"{different} documents differ.");
        return different == 0 ? 0 : 1;
    }

    /// <summary>Proposes each file that differs as a draft; one that is there already is left as it is. 1 if any was refused.</summary>
    public async Task<int> Import(DirectoryInfo folder, string reason, CancellationToken cancel)
    {
        var (drafts, refused) = (0, 0);
        foreach (var (document, text, policy) in await Differing(folder, cancel))
        {
            if (policy.Open.FirstOrDefault(version => version.Text == text) is { } open)
            {
                await output.WriteLineAsync($"{document}: version {open.Number} of {open.ProposedBy} is that already");
                continue;
            }

            var answer = (await Ask(Propose, new { input = new { idempotencyKey = KeyOf(document, text, policy), document, text, reason } }, cancel))["proposePolicy"]!;
            if (answer["version"] is { } version)
            {
                drafts++;
                await output.WriteLineAsync($"{document}: version {version["number"]} is a draft");
                continue;
            }

            refused++;
            foreach (var problem in answer["problems"]!.AsArray())
                await output.WriteLineAsync($"{problem!["document"]}:{problem["line"]}:{problem["column"]}: {problem["message"]}");
            if (answer["problems"]!.AsArray() is [])
                foreach (var error in answer["errors"]!.AsArray()) await output.WriteLineAsync($"{document}: {error!["message"]} {error["remedy"]}");
        }

        await output.WriteLineAsync($"{drafts} drafts, {refused} refused. Drafts hold when they are submitted and somebody else has approved them.");
        return refused == 0 ? 0 : 1;
    }

    /// <summary>The same file on the same version again is the same request.</summary>
    private static string KeyOf(string document, string text, Held policy) => "import-" + Convert.ToHexStringLower(
        SHA256.HashData(Encoding.UTF8.GetBytes($"{document}\n{policy.InForce?.Number}\n{text}")))[..32];

    private async Task<IReadOnlyList<(string Document, string Text, Held Policy)>> Differing(DirectoryInfo folder, CancellationToken cancel)
    {
        if (!folder.Exists) throw new OperationsException($"There is no folder {folder.FullName}.", "./q2c policies export makes one.");
        var held = (await InForce(cancel)).ToDictionary(policy => policy.Document, StringComparer.Ordinal);
        var files = PolicyFolder.Read(folder.FullName);
        if (files.Keys.FirstOrDefault(file => !held.ContainsKey(file)) is { } unknown)
            throw new OperationsException(
                $"{files[unknown].File} is no document of this hub.", $"It has {string.Join(", ", held.Keys)}.");
        return [.. files.Select(file => (file.Key, file.Value.Text, held[file.Key])).Where(file => file.Text != file.Item3.Text)];
    }

    private static IEnumerable<string> Shown(IReadOnlyList<(string Kind, string Text)> lines)
    {
        var gap = false;
        for (var i = 0; i < lines.Count; i++)
        {
            var near = Enumerable.Range(i - Context, 2 * Context + 1).Any(at => at >= 0 && at < lines.Count && lines[at].Kind != "SAME");
            if (near)
                yield return $"{lines[i].Kind switch { "ADDED" => '+', "REMOVED" => '-', _ => ' ' }} {lines[i].Text}".TrimEnd();
            else if (!gap) yield return "...";
            gap = !near;
        }
    }

    private async Task<IReadOnlyList<Held>> InForce(CancellationToken cancel) =>
        (await Ask(List, null, cancel))["policies"].Deserialize<Held[]>(JsonSerializerOptions.Web)!;

    private async Task<JsonNode> Ask(string query, object? variables, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(hub, "graphql")) { Content = JsonContent.Create(new { query, variables }) };
        request.Headers.Authorization = new("Bearer", token);
        request.Headers.Accept.Add(new("application/json"));
        using var response = await http.SendAsync(request, cancel);
        var answer = response.Content.Headers.ContentType?.MediaType == "application/json"
            ? await response.Content.ReadFromJsonAsync<JsonObject>(cancel)
            : null;
        return answer?["data"] ?? throw new OperationsException(
            $"{hub} refuses: {(string?)answer?["errors"]?[0]?["message"] ?? $"status {(int)response.StatusCode}"}",
            $"Reading and proposing policies needs the role OPERATOR, FINANCE or ADMINISTRATOR; check {TokenVariable}.");
    }

    private static async Task<string?> PersonalToken(HttpClient http, Uri hub, string person, CancellationToken cancel)
    {
        using var answer = await http.PostAsJsonAsync(new Uri(hub, "dev/token"), new { user = person }, cancel);
        return answer.IsSuccessStatusCode
            ? (string?)(await answer.Content.ReadFromJsonAsync<JsonObject>(cancel))!["token"]
            : throw new OperationsException($"{hub} has no person '{person}' for whoever asks.", $"Leave --as out and set {TokenVariable}.");
    }

    private sealed record Held(string Document, string? Text, string? Shipped, Numbered? InForce, IReadOnlyList<Opened> Open);

    private sealed record Numbered(int Number);

    private sealed record Opened(int Number, string Text, string ProposedBy);
}
