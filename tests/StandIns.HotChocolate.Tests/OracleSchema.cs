using System.Collections;
using System.Globalization;
using HotChocolate;
using HotChocolate.Configuration;
using HotChocolate.Execution;
using HotChocolate.Language;
using HotChocolate.Resolvers;
using HotChocolate.Types;
using Microsoft.Extensions.DependencyInjection;

namespace Q2C.StandIns.Tests;

/// <summary>A schema with every kind of type, and the resolver that the oracle script has too.</summary>
internal static class OracleSchema
{
    public const string Sdl = """
        type Query {
          dog: Dog! cat(arg: CatCommand): Cat human(id: ID, pet: PetInput): Human pet: Pet animals(first: Int = 2, kind: [Kind!]): [Animal!]
          being: Being! list: [[Int!]] required(a: Int!, b: String!): String optional(x: Float, flags: [Boolean]): String
          oneOf(by: PetBy): Pet complex(input: ComplexInput): String! numbers: [Int!]! matrix: [[Float!]!]! maybe: Boolean
        }
        type Mutation { rename(id: ID!, name: String!): Dog! count: Int! }
        type Subscription { barked(dog: ID): Dog! other: Int }
        interface Being { name: String }
        interface Animal implements Being { name: String kind: Kind! friends(first: Int): [Animal] }
        type Dog implements Animal & Being { name: String kind: Kind! friends(first: Int): [Animal] barks(loud: Boolean = true): Int! owner: Human nick: String mother: Dog }
        type Cat implements Animal & Being { name: String kind: Kind! friends(first: Int): [Animal] meows: Int owner: Human! nick: Int }
        type Human implements Being { name: String pets: [Pet!]! age: Float best(of: Kind = DOG): Pet }
        union Pet = Dog | Cat
        enum Kind { DOG CAT OTHER }
        enum CatCommand { JUMP SIT }
        input PetInput { name: String! kind: Kind = CAT tags: [String!] owner: OwnerInput weight: Float }
        input OwnerInput { id: ID! pet: PetInput }
        input PetBy @oneOf { id: ID name: String owner: OwnerInput }
        input ComplexInput { required: Boolean! ints: [Int] = [1, 2] nested: [[String]] id: ID = 5 }
        directive @onField(n: Int) on FIELD
        directive @onQuery on QUERY
        directive @many(tag: String!) repeatable on FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT | FRAGMENT_DEFINITION
        """;

    private static readonly Dictionary<string, object> s_values = new()
    {
        ["Dog"] = new Dog(),
        ["Cat"] = new Cat(),
        ["Human"] = new Human(),
    };

    public static RequestExecutor Executor()
    {
        var setup = new SchemaSetup { Schema = { EnableOneOf = true }, Options = { ExecutionTimeout = TimeSpan.FromMinutes(1) } };
        setup.Documents.Add(() => Parser.Parse(Sdl));
        setup.Validation.MaxErrors = int.MaxValue;
        setup.Cost.EnforceCostLimits = false;
        var schema = SchemaBuilder.Build("oracle", [Parser.Parse(Sdl)], []);
        foreach (var type in schema.Types.Values.OfType<ObjectType>().Where(t => t != schema.SubscriptionType && !Introspection.IsIntrospection(t.Name)))
        {
            foreach (var field in type.Fields.Values)
            {
                setup.Bindings.Delegates.Add(((type.Name, field.Name), FieldResolver.Pure(c => Resolve(schema, c))));
            }
        }

        setup.Bindings.ResolverTypes.Add(("Subscription", typeof(Subscriptions)));
        return new RequestExecutor("oracle", setup, new ServiceCollection().BuildServiceProvider());
    }

    private static object? Resolve(Schema schema, ResolverContext context)
    {
        var path = string.Concat(context.Path.ToList().Select(p => $"/{p}"));
        if (Hash(path + "?") % 17 == 1)
        {
            throw new InvalidOperationException("boom");
        }

        return Value(schema, context.Field.Definition.Type, path, context);
    }

    private static object? Value(Schema schema, GraphType type, string path, ResolverContext context)
    {
        var hash = Hash(path);
        if (type is NonNullType nonNull)
        {
            return hash % 29 == 1 ? null : Value(schema, nonNull.OfType, path + "!", context);
        }

        if (hash % 7 == 1)
        {
            return null;
        }

        return type switch
        {
            ListType list => Enumerable.Range(0, (int)(hash % 3))
                .Select(i => Value(schema, list.OfType, $"{path}/{i}", context)).ToList(),
            EnumType e => e.Values.GetAt((int)(hash % e.Values.Count)).Key,
            LeafType { Name: "Int" } => (int)(hash % 1000),
            LeafType { Name: "Float" } => hash % 1000 / 4.0,
            LeafType { Name: "Boolean" } => hash % 2 == 0,
            LeafType { Name: "ID" } => $"id{hash % 50}",
            LeafType => Text(context, hash),
            _ => s_values[Possible((CompositeType)schema.Types[type.Named.Name], hash)],
        };
    }

    private static string Possible(CompositeType type, uint hash) =>
        type.PossibleTypes[(int)(hash % type.PossibleTypes.Count)].Name;

    private static string Text(ResolverContext context, uint hash)
    {
        var arguments = context.Field.Definition.Arguments.Keys
            .Select(name => (Name: name, Value: context.ArgumentOptional<object?>(name)))
            .Where(a => a.Value.HasValue)
            .ToDictionary(a => a.Name, a => a.Value.Value);
        return arguments.Count > 0 ? Canonical(arguments) : $"s{hash % 100}";
    }

    private static string Canonical(object? value) => value switch
    {
        null => "null",
        string s => s,
        bool b => b ? "true" : "false",
        IReadOnlyDictionary<string, object?> map =>
            $"{{{string.Join(',', map.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => $"{p.Key}:{Canonical(p.Value)}"))}}}",
        IEnumerable list => $"[{string.Join(',', list.Cast<object?>().Select(Canonical))}]",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    private static uint Hash(string text)
    {
        var hash = 0x811c9dc5u;
        foreach (var c in text)
        {
            hash = unchecked((hash ^ c) * 0x01000193);
        }

        return hash ^ (hash >> 13);
    }

    /// <summary>Only validated, never run.</summary>
    public sealed class Subscriptions
    {
        public static IAsyncEnumerable<object> Events() => throw new NotSupportedException("The oracle runs no subscriptions.");

        [Subscribe(With = nameof(Events))]
        public object Barked([EventMessage] object dog) => dog;

        [Subscribe(With = nameof(Events))]
        public int? Other([EventMessage] object message) => message.GetHashCode();
    }

    private sealed class Dog;

    private sealed class Cat;

    private sealed class Human;
}
