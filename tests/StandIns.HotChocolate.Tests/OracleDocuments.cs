namespace Q2C.StandIns.Tests;

/// <summary>Documents for the corners that chance seldom finds.</summary>
public static class OracleDocuments
{
    public static IEnumerable<(string Document, string Variables)> All =>
        s_documents.Select(d => (d, "{}")).Concat(s_withVariables);

    private static readonly string[] s_documents =
    [
        "", "   ", "{", "{}", "{ dog }", "query", "query { dog { name } } type X { a: Int }", "{ ...on }", "fragment on on Dog { name }",
        "\"described\" query Q { maybe }", "\"described\" { maybe }", "\"described\" fragment F on Dog { name } { dog { ...F } }",
        "query Q(\"described\" $a: Int) { required(a: $a, b: \"\") }", "query Q($a: Int = $b) { maybe }",
        "{ maybe # comment\n}", "\uFEFF{ maybe }", "{ required(a: 1, b: \"\\u{1F600} \\uD83D\\uDE00 \\t\") }",
        "{ required(a: 1, b: \"\\uD83D\") }", "{ required(a: 1, b: \"\\u{110000}\") }", "{ required(a: 1, b: \"\n\") }",
        "{ required(a: 01, b: \"\") }", "{ required(a: 1.x, b: \"\") }", "{ required(a: -, b: \"\") }", "{ required(a: 1e, b: \"\") }",
        "{ required(a: 1, b: \"\"\"\n    a\n      b\n  \\\"\"\"\n\n\"\"\") }", "{ required(a: 2147483648, b: \"\") }",
        "{ required(a: 1, b: 'x') }", "{ maybe } }", "{ maybe @ }", "{ a: b: maybe }", "{ dog { name, name name } }",
        "{ dog { name: nick } cat { nick } pet { ... on Dog { nick } ... on Cat { nick } } }",
        "{ pet { ... on Dog { x: name } ... on Cat { x: kind } } }", "{ pet { ... on Dog { x: barks } ... on Cat { x: meows } } }",
        "{ dog { x: barks(loud: true) x: barks(loud: false) } }", "{ dog { mother { x: name } mother { x: nick } } }",
        "{ ...A ...B } fragment A on Query { x: maybe } fragment B on Query { x: list }",
        "{ dog { ...A } } fragment A on Dog { mother { ...B } } fragment B on Dog { mother { ...A } }",
        "{ dog { ...A } } fragment A on Dog { ...A }",
        "subscription { barked { name } other }", "subscription { __typename }", "subscription { ...F } fragment F on Subscription { other x: other barked { name } }",
        "subscription { other @skip(if: true) }", "subscription { ... @include(if: true) { other } }",
        "query A { maybe } query A { maybe }", "{ maybe } query B { maybe }", "mutation { count x: count y: rename(id: 1, name: \"n\") { name } }",
        "{ dog { name { x } } }", "{ dog { owner } }", "{ nope { x { y } } }", "{ dog @missing { name @skip @skip(if: true) } }",
        "{ dog { name @skip(if: true) @skip(if: false) @many(tag: \"a\") @many(tag: \"b\") @onField @onField } }",
        "query @onField { maybe @onQuery }", "query @skip(if: true) { maybe }", "{ oneOf(by: {}) { __typename } }",
        "{ oneOf(by: { id: 1, name: \"\" }) { __typename } }", "{ oneOf(by: { id: null }) { __typename } }", "{ oneOf(by: { id: 1 }) { __typename } }",
        "{ complex(input: { required: true }) }", "{ complex(input: { required: null, nope: 1, ints: 5, nested: [\"a\", [\"b\"]] }) }",
        "{ complex(input: { required: true, ints: [1, null], nested: [null, [null]], id: 7 }) }", "{ complex(input: [{ required: true }]) }",
        "{ human(pet: { name: \"a\", owner: { id: 1, pet: { name: \"b\" } } }) { age best best(of: CAT) { __typename } } }",
        "{ optional(x: 1, flags: true) a: optional(x: 1e2, flags: [null]) b: optional(x: \"1\") }",
        "{ cat(arg: \"JUMP\") { name } b: cat(arg: NOPE) { name } c: cat(arg: SIT) { meows } }",
        "{ list numbers matrix being { name __typename ... on Dog { barks } } animals(first: 3) { friends(first: 1) { name } } }",
        "{ __schema { queryType { name fields(includeDeprecated: true) { name args { name defaultValue type { name kind ofType { name } } } } } } __type(name: \"Kind\") { enumValues { name } } }",
        "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }",
        "{ __type(name: \"PetBy\") { isOneOf inputFields { name type { kind ofType { name } } } } x: __type(name: \"Nope\") { name } }",
        "{ ... on Query { maybe } ... @skip(if: true) { nope } }", "{ dog { ... on Cat { name } ... on Pet { __typename } } }",
        "{ dog { ...F } } fragment F on Kind { name }", "{ dog { ... on Int { name } ... on Nope { name } } }",
        "query Q($a: Dog, $b: Nope, $c: [PetInput!]!) { maybe }", "query Q($a: Int, $a: Int) { required(a: $a, b: \"\") }",
        "{ required(a: $a, b: $b) ...F } fragment F on Query { optional(x: $a) }", "{ required(a: 1, a: 2, c: 3) }", "{ required }",
        "query Q($a: Int!) { animals(first: $a) { name } } fragment F on Query { maybe }", "type Query { a: Int }", "extend type Query { a: Int } { maybe }",

        // Descriptions on executable definitions, and where they cannot be.
        "\"What it asks.\" query Q { maybe ...F } \"\"\"\n  What it shares.\n    Indented.\n\"\"\" fragment F on Query { numbers }",
        "\"x\" query Q(\"What it is.\" $a: Int! = 1, \"\"\"b\"\"\" $b: Int) { required(a: $a, b: \"x\") animals(first: $b) { name } }",
        "\"x\" { maybe }", "\"\"\"x\"\"\" mutation { maybe }", "\"x\" \"y\" query Q { maybe }", "{ \"x\" maybe }", "query Q { ...\"x\" F } fragment F on Query { maybe }",
        "\"\"\"unterminated query Q { maybe }", "\"a\nb\" query Q { maybe }", "\"x\" extend type Query { a: Int }",
    ];

    private static readonly (string Document, string Variables)[] s_withVariables =
    [
        ("query Q($a: Int!) { required(a: $a, b: \"x\") }", "{}"),
        ("query Q($a: Int!) { required(a: $a, b: \"x\") }", """{"a":null}"""),
        ("query Q($a: Int!) { required(a: $a, b: \"x\") }", """{"a":1.0}"""),
        ("query Q($a: Int!) { required(a: $a, b: \"x\") }", """{"a":1.5}"""),
        ("query Q($a: Int!) { required(a: $a, b: \"x\") }", """{"a":"1"}"""),
        ("query Q($a: Int) { required(a: $a, b: \"x\") }", """{"a":1}"""),
        ("query Q($a: Int = 3) { required(a: $a, b: \"x\") }", "{}"),
        ("query Q($a: Int = 3) { required(a: $a, b: \"x\") }", """{"a":null}"""),
        ("query Q($a: Int) { animals(first: $a) { name } }", """{"a":null}"""),
        ("query Q($a: PetInput) { human(pet: $a) { name } }", """{"a":{"name":"x","kind":"DOG","tags":"t"}}"""),
        ("query Q($a: PetInput) { human(pet: $a) { name } }", """{"a":{"name":"x","kind":"NOPE"}}"""),
        ("query Q($a: PetInput) { human(pet: $a) { name } }", """{"a":{"kind":"DOG"}}"""),
        ("query Q($a: PetInput) { human(pet: $a) { name } }", """{"a":{"name":"x","nope":1}}"""),
        ("query Q($a: PetBy!) { oneOf(by: $a) { __typename } }", """{"a":{"id":1,"name":"x"}}"""),
        ("query Q($a: PetBy!) { oneOf(by: $a) { __typename } }", """{"a":{"id":null}}"""),
        ("query Q($a: ID) { oneOf(by: { id: $a }) { __typename } }", """{"a":1}"""),
        ("query Q($a: ID!) { oneOf(by: { id: $a }) { __typename } }", """{"a":1}"""),
        ("query Q($a: Boolean!) { complex(input: { required: $a, ints: [1, 2] }) }", """{"a":true}"""),
        ("query Q($a: Int) { complex(input: { required: true, ints: [1, $a] }) }", "{}"),
        ("query Q($a: [Int]) { complex(input: { required: true, ints: $a }) }", "{}"),
        ("query Q($a: Int) { complex(input: { required: true, ints: $a }) }", """{"a":5}"""),
        ("query Q($s: Boolean!, $i: Boolean = false) { maybe @skip(if: $s) numbers @include(if: $i) }", """{"s":true}"""),
        ("query Q($s: Boolean!, $i: Boolean = false) { x: maybe @skip(if: $s) ... @include(if: $i) { x: maybe } }", """{"s":false,"i":true}"""),
        ("query Q($f: [Boolean]) { optional(flags: $f) }", """{"f":true}"""),
        ("query Q($f: Float) { optional(x: $f) }", """{"f":3}"""),
        ("query Q($f: ID) { human(id: $f) { name } }", """{"f":3.5}"""),
        ("query Q($f: Kind! = CAT) { animals(kind: [$f, DOG]) { name } }", "{}"),
    ];
}
