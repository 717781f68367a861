using HotChocolate.Types;

namespace HotChocolate;

/// <summary>A schema that can be executed; <see cref="object.ToString"/> is its SDL.</summary>
public interface ISchema
{
    string Name { get; }

    string? Description { get; }

    string ToString();
}

internal sealed class Schema(string name) : ISchema
{
    private string? _sdl;

    public string Name { get; } = name;
    public string? Description { get; set; }
    public List<Language.DirectiveNode> Directives { get; } = [];
    public OrderedDictionary<string, NamedType> Types { get; } = new(StringComparer.Ordinal);
    public OrderedDictionary<string, DirectiveDefinition> DirectiveDefinitions { get; } = new(StringComparer.Ordinal);
    public ObjectType QueryType { get; set; } = null!;
    public ObjectType? MutationType { get; set; }
    public ObjectType? SubscriptionType { get; set; }

    /// <summary>__typename, __schema and __type: selectable without being fields of a type.</summary>
    public FieldDefinition TypeNameField { get; set; } = null!;
    public FieldDefinition SchemaField { get; set; } = null!;
    public FieldDefinition TypeField { get; set; } = null!;

    public ObjectType? RootType(Language.OperationType operation) => operation switch
    {
        Language.OperationType.Query => QueryType,
        Language.OperationType.Mutation => MutationType,
        _ => SubscriptionType,
    };

    public FieldDefinition? FindField(NamedType? parent, string name) => name switch
    {
        "__typename" when parent is CompositeType => TypeNameField,
        "__schema" when parent == QueryType => SchemaField,
        "__type" when parent == QueryType => TypeField,
        _ => parent is ComplexType complex && complex.Fields.TryGetValue(name, out var field) ? field : null,
    };

    public GraphType? FindType(Language.TypeNode node) => node switch
    {
        Language.ListTypeNode list => FindType(list.Type) is { } item ? new ListType(item) : null,
        Language.NonNullTypeNode nonNull => FindType(nonNull.Type) is { } inner ? new NonNullType(inner) : null,
        Language.NamedTypeNode named => Types.GetValueOrDefault(named.Name.Value),
        _ => null,
    };

    /// <summary>Whether every value of <paramref name="type"/> is one of <paramref name="super"/>.</summary>
    public static bool IsSubType(GraphType type, GraphType super) => (type, super) switch
    {
        (NonNullType a, NonNullType b) => IsSubType(a.OfType, b.OfType),
        (_, NonNullType) => false,
        (NonNullType a, _) => IsSubType(a.OfType, super),
        (ListType a, ListType b) => IsSubType(a.OfType, b.OfType),
        (ListType, _) or (_, ListType) => false,
        (ObjectType o, UnionType u) => u.Members.Contains(o),
        (ComplexType c, InterfaceType i) => c == i || c.Interfaces.Contains(i),
        _ => ReferenceEquals(type, super),
    };

    public override string ToString() => _sdl ??= SchemaPrinter.Print(this);
}
