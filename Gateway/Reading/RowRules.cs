using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text;
using System.Text.RegularExpressions;
using Npgsql;
using Q2C.Gateway.Security;

namespace Q2C.Gateway.Reading;

/// <summary>
/// Which rows of a table of <c>q2c_read</c> a limited caller sees. Every table has a rule; without one a limited caller
/// gets nothing from it.
/// </summary>
internal static partial class RowRules
{
    private static readonly FrozenDictionary<string, Rule> Rules = new Dictionary<string, Rule>
    {
        ["offer"] = new Own("legal_entity", "customer_id"),
        ["quote"] = new Own("legal_entity", "customer_id"),
        ["contract"] = new Own("legal_entity", "customer_id"),
        ["project"] = new Own("legal_entity", "customer_id"),
        ["invoice"] = new Own("legal_entity", "customer_id"),
        ["credit_memo"] = new Own("legal_entity", "customer_id"),
        ["customer_payment"] = new Own("legal_entity", "customer_id"),
        ["billing_run"] = new Own("legal_entity", Customer: null),
        ["approval"] = new Own("legal_entity", Customer: null),
        ["number_series"] = new Own("legal_entity", Customer: null),
        ["document_number"] = new Own("legal_entity", Customer: null),
        ["billing_hold"] = new Held(),
        ["intercompany_document"] = new Between(),
        ["customer"] = new SoldTo(),
        ["billable_item"] = new Through("project_id", "project"),
        ["ledger_line"] = new Through("contract_id", "contract"),
        ["expected_month"] = new Through("contract_id", "contract"),
        ["timeline"] = new Through("contract_id", "contract"),
        ["engagement"] = new Through("contract_id", "contract"),
        ["engagement_member"] = new Through("contract_id", "contract"),
        ["receivable"] = new Through("invoice_id", "invoice"),
        ["change"] = new Followed(),
        ["work_item"] = new Through("contract_id", "contract"),
        ["work_thread"] = new Through("contract_id", "contract"),
        ["exception_case"] = new Through("contract_id", "contract"),
        ["work_source"] = new Through("project_id", "project"),
        ["alert"] = new Through("contract_id", "contract"),
        ["exception"] = new Through("contract_id", "contract"),
        ["activity"] = new Through("contract_id", "contract"),
        ["audit"] = new Through("contract_id", "contract"),
        ["effect"] = new Through("contract_id", "contract"),

        // What is done to many is done across all limits.
        ["bulk_action"] = new Nobody(),
        ["bulk_item"] = new Nobody(),

        // Policies hold for all legal entities.
        ["policy_document_version"] = new Nobody(),
        ["policy_version"] = new Nobody(),
        ["policy_text"] = new Nobody(),
        ["policy_set"] = new Nobody(),

        // A connection serves all legal entities, and what vendors send is of none before it is read.
        ["connection"] = new Nobody(),
        ["connection_health"] = new Nobody(),
        ["payload_contract"] = new Nobody(),
        ["payload_field"] = new Nobody(),
        ["installation"] = new Nobody(),
        ["delivery"] = new Nobody(),
        ["delivery_body"] = new Nobody(),
        ["correction"] = new Nobody(),
    }.ToFrozenDictionary();

    public static IEnumerable<string> Tables => Rules.Keys;

    /// <summary>
    /// The statement over the rows that the caller sees: each table of the read models is replaced by what is left of it.
    /// Adds parameters behind those of the command.
    /// </summary>
    public static void Limit(NpgsqlCommand command, Sight sight)
    {
        if (sight.IsEverything) return;
        var tables = Table().Matches(command.CommandText).Select(match => match.Groups[1].Value).Distinct().ToImmutableArray();
        if (tables.IsEmpty) return;
        var values = new Values(command, sight);
        var views = new StringBuilder();
        foreach (var table in tables)
        {
            var condition = Rules.TryGetValue(table, out var rule) ? rule.Sql(values) : "false";
            views.Append(views.Length == 0 ? "with " : ", ")
                .Append($"seen_{table} as not materialized (select * from q2c_read.{table} where {condition})");
        }

        var text = Table().Replace(command.CommandText, "seen_$1").TrimStart();
        command.CommandText = text.StartsWith("with ", StringComparison.Ordinal) ? $"{views}, {text[5..]}" : $"{views} {text}";
    }

    [GeneratedRegex(@"\bq2c_read\.(\w+)")]
    private static partial Regex Table();

    /// <summary>The caller's limits as parameters of a command, each bound when it is first used.</summary>
    private sealed class Values(NpgsqlCommand command, Sight sight)
    {
        private readonly Dictionary<string, string> _bound = [];

        public string? Entities => sight.LegalEntities is { } entities ? Bind("entities", entities.ToArray()) : null;

        public string? Regions => sight.Regions is { } regions ? Bind("regions", regions.ToArray()) : null;

        public string? Customer => sight.CustomerId is { } customer ? Bind("customer", customer) : null;

        private string Bind(string name, object value)
        {
            if (_bound.TryGetValue(name, out var parameter)) return parameter;
            command.Parameters.Add(new() { Value = value });
            return _bound[name] = $"${command.Parameters.Count}";
        }
    }

    private abstract record Rule
    {
        public abstract string Sql(Values values);

        protected static string All(params IEnumerable<string?> conditions) =>
            string.Join(" and ", conditions.OfType<string>().DefaultIfEmpty("true"));

        protected static string? Region(Values values) =>
            values.Regions is { } regions ? $"split_part(id, '_', 1) = any({regions})" : null;
    }

    /// <summary>The row says itself whose it is.</summary>
    private sealed record Own(string LegalEntity, string? Customer) : Rule
    {
        public override string Sql(Values values) => All(
            values.Entities is { } entities ? $"{LegalEntity} = any({entities})" : null,
            Region(values),
            values.Customer is { } customer ? Customer is null ? "false" : $"{Customer} = {customer}" : null);
    }

    /// <summary>A customer is of the legal entities that have a contract with it.</summary>
    private sealed record SoldTo : Rule
    {
        public override string Sql(Values values) => All(
            values.Entities is { } entities
                ? $"exists (select from q2c_read.contract c where c.customer_id = customer.id and c.legal_entity = any({entities}))"
                : null,
            Region(values),
            values.Customer is { } customer ? $"id = {customer}" : null);
    }

    /// <summary>The row is seen with the object that it belongs to; one that belongs to none is not.</summary>
    private sealed record Through(string Column, string Table) : Rule
    {
        public override string Sql(Values values) =>
            $"{Column} in (select id from q2c_read.{Table} where {Rules[Table].Sql(values)})";
    }

    /// <summary>A change of a billing run is seen with the run, all others with their contract.</summary>
    private sealed record Followed : Rule
    {
        public override string Sql(Values values) =>
            $"({new Through("contract_id", "contract").Sql(values)} or {new Through("subject", "billing_run").Sql(values)})";
    }

    /// <summary>A hold is seen with the object that it holds.</summary>
    private sealed record Held : Rule
    {
        private static readonly string[] Holdable = ["customer", "contract", "project", "invoice"];

        public override string Sql(Values values) =>
            $"({string.Join(" or ", Holdable.Select(table => new Through("subject", table).Sql(values)))})";
    }

    /// <summary>Both companies see what is between them; no customer does.</summary>
    private sealed record Between : Rule
    {
        public override string Sql(Values values) => All(
            values.Entities is { } entities ? $"(seller = any({entities}) or deliverer = any({entities}))" : null,
            Region(values), values.Customer is null ? null : "false");
    }

    private sealed record Nobody : Rule
    {
        public override string Sql(Values values) => "false";
    }
}
