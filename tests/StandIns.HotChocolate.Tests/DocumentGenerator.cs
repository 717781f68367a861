using System.Globalization;
using System.Text;
using HotChocolate;
using HotChocolate.Types;

namespace Q2C.StandIns.Tests;

/// <summary>Random documents over a schema; the higher <paramref name="chaos"/>, the more of them are wrong.</summary>
internal sealed class DocumentGenerator(Schema schema, Random random, double chaos)
{
    private const int MaxDepth = 4;
    private static readonly string[] s_names = ["name", "nope", "kind", "a", "b", "id"];
    private readonly List<string> _fragments = [];
    private readonly Dictionary<string, string> _fragmentTypes = [];
    private readonly OrderedDictionary<string, string> _variables = [];
    private readonly StringBuilder _variableValues = new();

    /// <summary>The variables as a JSON object.</summary>
    public string Variables => "{" + _variableValues + "}";

    public string Document()
    {
        var text = new StringBuilder();
        var operations = Wrong(0.3) ? 2 : 1;
        for (var i = 0; i < operations; i++)
        {
            text.Append(Operation(i));
        }

        // Fragments may bring further fragments.
        for (var i = 0; i < _fragments.Count; i++)
        {
            var type = _fragmentTypes[_fragments[i]];
            text.Append($"fragment {_fragments[i]} on {type}{Directives("FRAGMENT_DEFINITION")} {Selections(type, 1)}\n");
        }

        if (Wrong(0.1))
        {
            text.Append("fragment Unused on Dog { name }\n");
        }

        return text.ToString();
    }

    private bool Chance(double probability) => random.NextDouble() < probability;

    private bool Wrong(double probability) => Chance(chaos * probability);

    private T Pick<T>(IReadOnlyList<T> items) => items[random.Next(items.Count)];

    private string Operation(int index)
    {
        var kind = Chance(0.8) ? "query" : Pick(["mutation", "subscription", "query"]);
        var root = kind switch { "mutation" => "Mutation", "subscription" => "Subscription", _ => "Query" };
        var selections = kind == "subscription" && !Wrong(0.3)
            ? "{ " + Field((ObjectType)schema.Types[root], 0) + " }"
            : Selections(root, 0);
        var directives = Chance(0.1) ? Directives(kind.ToUpperInvariant()) : "";
        var variables = _variables.Count == 0 || Wrong(0.05)
            ? ""
            : $"({string.Join(", ", _variables.Select(v => $"${v.Key}: {v.Value}"))})";
        var name = Wrong(0.2) ? "" : Wrong(0.3) ? " Same" : $" Op{index}";
        return $"{kind}{name}{variables}{directives} {selections}\n";
    }

    private string Selections(string typeName, int depth)
    {
        var text = new StringBuilder("{ ");
        for (var i = random.Next(1, 5); i > 0; i--)
        {
            text.Append(Selection(typeName, depth)).Append('\n');
        }

        return text.Append('}').ToString();
    }

    private string Selection(string typeName, int depth)
    {
        var type = (CompositeType)schema.Types[typeName];
        return random.Next(10) switch
        {
            0 => "__typename",
            1 or 2 when depth < MaxDepth => InlineFragment(type, depth),
            3 when depth < MaxDepth => Spread(type),
            _ when type is ComplexType complex => Field(complex, depth),
            _ => Wrong(0.3) ? "name" : InlineFragment(type, depth),
        };
    }

    private string InlineFragment(CompositeType type, int depth)
    {
        var condition = Condition(type);
        return depth >= MaxDepth
            ? "__typename"
            : $"... {(condition is null ? "" : $"on {condition} ")}{Directives("INLINE_FRAGMENT")}{Selections(condition ?? type.Name, depth + 1)}";
    }

    private string? Condition(CompositeType type)
    {
        if (Chance(0.2) && type is ComplexType)
        {
            return null;
        }

        var all = schema.Types.Values.OfType<CompositeType>().Where(t => !Introspection.IsIntrospection(t.Name)).ToList();
        return Wrong(0.2) ? Pick(all).Name : Pick(all.Where(t => t.Overlaps(type)).ToList()).Name;
    }

    private string Spread(CompositeType type)
    {
        var existing = _fragments.Where(f =>
            Wrong(0.3) || ((CompositeType)schema.Types[_fragmentTypes[f]]).Overlaps(type)).ToList();
        if (existing.Count > 0 && (Chance(0.3) || _fragments.Count > 5) && Wrong(0.6))
        {
            return $"...{Pick(existing)}{Directives("FRAGMENT_SPREAD")}";
        }

        if (Wrong(0.05) || _fragments.Count > 8)
        {
            return Wrong(0.5) ? "...Missing" : "__typename";
        }

        var name = $"F{_fragments.Count}";
        _fragments.Add(name);
        _fragmentTypes[name] = Condition(type) ?? type.Name;
        return $"...{name}{Directives("FRAGMENT_SPREAD")}";
    }

    private string Field(ComplexType type, int depth)
    {
        var fields = type.Fields.Values.Where(f => depth < MaxDepth || f.Type.Named is LeafType).ToList();
        if (fields.Count == 0 || Wrong(0.05))
        {
            return fields.Count == 0 ? "__typename" : Pick(s_names);
        }

        var field = Pick(fields);
        var alias = Wrong(0.15) ? Pick(s_names) + ": " : Chance(0.3) ? $"x{random.Next(1000)}: " : UniqueAlias(field);
        var selections = field.Type.Named is LeafType ^ Wrong(0.03)
            ? ""
            : " " + Selections(field.Type.Named is CompositeType ? field.Type.Named.Name : type.Name, depth + 1);
        return $"{alias}{field.Name}{Arguments(field.Arguments.Values.ToList())}{Directives("FIELD")}{selections}";
    }

    /// <summary>Fields with arguments would seldom merge, so most of them get names of their own.</summary>
    private string UniqueAlias(FieldDefinition field) =>
        field.Arguments.Count > 0 && !Wrong(0.2) ? $"y{random.Next(100_000)}: " : "";

    private string Arguments(IReadOnlyList<InputField> definitions)
    {
        var arguments = definitions.Where(d => d.IsRequired ? !Wrong(0.1) : Chance(0.5))
            .Select(d => $"{d.Name}: {Value(d.Type, 0)}").ToList();
        if (Wrong(0.05))
        {
            arguments.Add($"{Pick(s_names)}: {Value(schema.Types["Int"], 0)}");
        }

        if (arguments.Count > 0 && Wrong(0.05))
        {
            arguments.Add(arguments[0]);
        }

        return arguments.Count == 0 ? "" : $"({string.Join(", ", arguments)})";
    }

    private string Directives(string location)
    {
        if (!Chance(0.12))
        {
            return "";
        }

        var text = new StringBuilder();
        for (var i = Chance(0.2) ? 2 : 1; i > 0; i--)
        {
            var candidates = schema.DirectiveDefinitions.Values
                .Where(d => (Wrong(0.1) || d.Locations.Contains(location)) && d.Name is not ("cost" or "listSize")).ToList();
            text.Append(Wrong(0.05) || candidates.Count == 0 ? Wrong(0.5) ? " @missing" : "" : " @" + Pick(candidates) switch
            {
                { Name: var name, Arguments: var arguments } => name + Arguments(arguments.Values.ToList()),
            });
        }

        return text.Append(' ').ToString();
    }

    private string Value(GraphType type, int depth)
    {
        if (depth < 3 && Chance(0.15))
        {
            return Variable(type);
        }

        if (Wrong(0.04))
        {
            return Pick(["null", "1", "1.5", "\"text\"", "true", "DOG", "[]", "{}", "{ a: 1 }", "[[1]]", "99999999999", "$undefined"]);
        }

        return type switch
        {
            NonNullType n => Value(n.OfType, depth),
            _ when Chance(0.05) && depth > 0 => "null",
            ListType l => Chance(0.2)
                ? Value(l.OfType, depth + 1)
                : $"[{string.Join(", ", Enumerable.Range(0, random.Next(3)).Select(_ => Value(l.OfType, depth + 1)))}]",
            EnumType e => Pick(e.Values.Keys.ToList()),
            InputObjectType i => InputObject(i, depth),
            { Named.Name: "Int" } => random.Next(-5, 100).ToString(CultureInfo.InvariantCulture),
            { Named.Name: "Float" } => Pick(["1", "2.5", "-1e3", "0.25"]),
            { Named.Name: "Boolean" } => Pick(["true", "false"]),
            { Named.Name: "ID" } => Pick(["1", "\"id\""]),
            _ => Pick(["\"text\"", "\"\"\"block\n  text\"\"\"", "\"\\u00e9\\n\"", "\"ü😀\""]),
        };
    }

    private string InputObject(InputObjectType type, int depth)
    {
        var fields = type.IsOneOf && !Wrong(0.2)
            ? [Pick(type.Fields.Values.ToList())]
            : type.Fields.Values.Where(f => f.IsRequired ? !Wrong(0.1) : depth < 3 && Chance(0.4)).ToList();
        var text = fields.Select(f => $"{f.Name}: {Value(type.IsOneOf ? new NonNullType(f.Type) : f.Type, depth + 1)}").ToList();
        if (Wrong(0.05))
        {
            text.Add(text.Count > 0 && Chance(0.5) ? text[0] : $"{Pick(s_names)}: 1");
        }

        return $"{{ {string.Join(", ", text)} }}";
    }

    private string Variable(GraphType type)
    {
        if (_variables.Count > 0 && Wrong(0.2))
        {
            return "$" + Pick(_variables.Keys.ToList());
        }

        var name = $"v{_variables.Count}";
        var declared = Wrong(0.1) ? Pick(["Int", "String!", "Dog", "Nope", "[ID]", "PetInput", "Kind"])
            : type is NonNullType && Chance(0.2) && !HasInput(type) ? $"{type.Nullable} = {Literal(type.Nullable)}"
            : type.ToString()!;
        _variables[name] = declared + (Chance(0.05) ? " @onField" : "");
        if (type is NonNullType ? !Wrong(0.1) : Chance(0.6))
        {
            _variableValues.Append(_variableValues.Length == 0 ? "" : ", ").Append($"\"{name}\": {Json(type, 0)}");
        }

        return "$" + name;
    }

    private static bool HasInput(GraphType type) => type.Named is InputObjectType;

    private string Literal(GraphType type) => type switch
    {
        NonNullType n => Literal(n.OfType),
        ListType l => $"[{Literal(l.OfType)}]",
        EnumType e => e.Values.GetAt(0).Key,
        { Named.Name: "String" } => "\"default\"",
        { Named.Name: "Boolean" } => "true",
        _ => random.Next(10).ToString(CultureInfo.InvariantCulture),
    };

    private string Json(GraphType type, int depth)
    {
        if (Wrong(0.1))
        {
            return Pick(["null", "1", "1.5", "\"text\"", "true", "\"DOG\"", "[]", "{}", "{\"a\": 1}", "[[1]]", "99999999999", "1.0"]);
        }

        return type switch
        {
            NonNullType n => Json(n.OfType, depth),
            _ when Chance(0.1) => "null",
            ListType l => $"[{string.Join(", ", Enumerable.Range(0, random.Next(3)).Select(_ => Json(l.OfType, depth + 1)))}]",
            EnumType e => $"\"{Pick(e.Values.Keys.ToList())}\"",
            InputObjectType i => $"{{{string.Join(", ", JsonFields(i, depth))}}}",
            { Named.Name: "Int" } => random.Next(100).ToString(CultureInfo.InvariantCulture),
            { Named.Name: "Float" } => Pick(["1", "2.5"]),
            { Named.Name: "Boolean" } => Pick(["true", "false"]),
            { Named.Name: "ID" } => Pick(["1", "\"id\""]),
            _ => "\"text\"",
        };
    }

    private IEnumerable<string> JsonFields(InputObjectType type, int depth) => (type.IsOneOf
        ? type.Fields.Values.Take(1)
        : type.Fields.Values.Where(f => f.IsRequired || (depth < 2 && Chance(0.4))))
        .Select(f => $"\"{f.Name}\": {Json(type.IsOneOf ? new NonNullType(f.Type) : f.Type, depth + 1)}");
}
