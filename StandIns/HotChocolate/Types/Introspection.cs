using HotChocolate.Resolvers;

namespace HotChocolate.Types;

/// <summary>The introspection types, their resolvers over the type model, and the three meta fields.</summary>
internal static class Introspection
{
    public const string Sdl = """
        type __Schema { description: String types: [__Type!]! queryType: __Type! mutationType: __Type subscriptionType: __Type directives: [__Directive!]! }
        type __Type { kind: __TypeKind! name: String description: String specifiedByURL: String
          fields(includeDeprecated: Boolean! = false): [__Field!] interfaces: [__Type!] possibleTypes: [__Type!]
          enumValues(includeDeprecated: Boolean! = false): [__EnumValue!] inputFields(includeDeprecated: Boolean! = false): [__InputValue!]
          ofType: __Type isOneOf: Boolean }
        enum __TypeKind { SCALAR OBJECT INTERFACE UNION ENUM INPUT_OBJECT LIST NON_NULL }
        type __Field { name: String! description: String args(includeDeprecated: Boolean! = false): [__InputValue!]! type: __Type! isDeprecated: Boolean! deprecationReason: String }
        type __InputValue { name: String! description: String type: __Type! defaultValue: String isDeprecated: Boolean! deprecationReason: String }
        type __EnumValue { name: String! description: String isDeprecated: Boolean! deprecationReason: String }
        type __Directive { name: String! description: String isRepeatable: Boolean! locations: [__DirectiveLocation!]! args(includeDeprecated: Boolean! = false): [__InputValue!]! }
        enum __DirectiveLocation { QUERY MUTATION SUBSCRIPTION FIELD FRAGMENT_DEFINITION FRAGMENT_SPREAD INLINE_FRAGMENT VARIABLE_DEFINITION
          SCHEMA SCALAR OBJECT FIELD_DEFINITION ARGUMENT_DEFINITION INTERFACE UNION ENUM ENUM_VALUE INPUT_OBJECT INPUT_FIELD_DEFINITION }
        """;

    /// <summary>Whether the type or field is one of introspection's own.</summary>
    public static bool IsIntrospection(string name) => name.StartsWith("__", StringComparison.Ordinal);

    public static void AddMetaFields(Schema schema)
    {
        var (text, type) = (schema.Types["String"], (ObjectType)schema.Types["__Type"]);
        schema.TypeNameField = new FieldDefinition("__typename", new NonNullType(text), schema.QueryType)
        {
            Resolver = FieldResolver.Pure(c => c.ObjectTypeModel.Name),
            Cost = Cost.FieldCost.Free,
        };
        schema.SchemaField = new FieldDefinition("__schema", new NonNullType(schema.Types["__Schema"]), schema.QueryType)
        {
            Resolver = FieldResolver.Pure(_ => schema),
            Cost = Cost.FieldCost.Free,
        };
        schema.TypeField = new FieldDefinition("__type", type, schema.QueryType)
        {
            Resolver = FieldResolver.Pure(c => schema.Types.GetValueOrDefault(c.ArgumentValue<string>("name"))),
            Cost = Cost.FieldCost.Free,
        };
        schema.TypeField.Arguments.Add("name", new InputField("name", new NonNullType(text)));
        Bind(schema);
    }

    private static void Bind(Schema schema)
    {
        On<Schema>(schema, "__Schema", new()
        {
            ["description"] = (s, _) => s.Description,
            ["types"] = (s, _) => s.Types.Values,
            ["queryType"] = (s, _) => s.QueryType,
            ["mutationType"] = (s, _) => s.MutationType,
            ["subscriptionType"] = (s, _) => s.SubscriptionType,
            ["directives"] = (s, _) => s.DirectiveDefinitions.Values
                .Where(d => !Authorization.AuthorizeDirective.Internal.Contains(d.Name))
                .Where(d => !SpecifiedDirectives.CostNames.Contains(d.Name) || Uses(s, d.Name)),
        });
        On<GraphType>(schema, "__Type", new()
        {
            ["kind"] = (t, _) => Naming.EnumValue(t.Kind),
            ["name"] = (t, _) => (t as NamedType)?.Name,
            ["description"] = (t, _) => (t as NamedType)?.Description,
            ["specifiedByURL"] = (t, _) => (t as ScalarLeaf)?.SpecifiedByUrl,
            ["fields"] = (t, c) => (t as ComplexType)?.Fields.Values.Where(f => Shown(c, f.DeprecationReason)),
            ["interfaces"] = (t, _) => (t as ComplexType)?.Interfaces,
            ["possibleTypes"] = (t, _) => t is InterfaceType or UnionType ? ((CompositeType)t).PossibleTypes : null,
            ["enumValues"] = (t, c) => (t as EnumType)?.Values.Values.Where(v => Shown(c, v.DeprecationReason)),
            ["inputFields"] = (t, c) => (t as InputObjectType)?.Fields.Values.Where(f => Shown(c, f.DeprecationReason)),
            ["ofType"] = (t, _) => t switch { ListType l => l.OfType, NonNullType n => n.OfType, _ => null },
            ["isOneOf"] = (t, _) => (t as InputObjectType)?.IsOneOf,
        });
        On<FieldDefinition>(schema, "__Field", new()
        {
            ["name"] = (f, _) => f.Name,
            ["description"] = (f, _) => f.Description,
            ["args"] = (f, c) => f.Arguments.Values.Where(a => Shown(c, a.DeprecationReason)),
            ["type"] = (f, _) => f.Type,
            ["isDeprecated"] = (f, _) => f.DeprecationReason is not null,
            ["deprecationReason"] = (f, _) => f.DeprecationReason,
        });
        On<InputField>(schema, "__InputValue", new()
        {
            ["name"] = (f, _) => f.Name,
            ["description"] = (f, _) => f.Description,
            ["type"] = (f, _) => f.Type,
            ["defaultValue"] = (f, _) => f.DefaultValue?.ToString(),
            ["isDeprecated"] = (f, _) => f.DeprecationReason is not null,
            ["deprecationReason"] = (f, _) => f.DeprecationReason,
        });
        On<EnumValue>(schema, "__EnumValue", new()
        {
            ["name"] = (v, _) => v.Name,
            ["description"] = (v, _) => v.Description,
            ["isDeprecated"] = (v, _) => v.DeprecationReason is not null,
            ["deprecationReason"] = (v, _) => v.DeprecationReason,
        });
        On<DirectiveDefinition>(schema, "__Directive", new()
        {
            ["name"] = (d, _) => d.Name,
            ["description"] = (d, _) => d.Description,
            ["isRepeatable"] = (d, _) => d.IsRepeatable,
            ["locations"] = (d, _) => d.Locations,
            ["args"] = (d, c) => d.Arguments.Values.Where(a => Shown(c, a.DeprecationReason)),
        });
    }

    private static void On<T>(Schema schema, string typeName, Dictionary<string, Func<T, ResolverContext, object?>> fields)
    {
        foreach (var field in ((ObjectType)schema.Types[typeName]).Fields.Values)
        {
            var resolve = fields[field.Name];
            field.Resolver = FieldResolver.Pure(c => resolve((T)c.ParentValue!, c));
            field.Cost = Cost.FieldCost.Free;
        }
    }

    private static bool Shown(ResolverContext context, string? deprecation) =>
        deprecation is null || context.ArgumentValue<bool>("includeDeprecated");

    public static bool Uses(Schema schema, string directive) => schema.Types.Values.OfType<ComplexType>()
        .Any(t => t.Fields.Values.Any(f => f.Directives.Any(d => d.Name.Value == directive)));
}
