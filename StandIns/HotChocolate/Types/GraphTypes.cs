using HotChocolate.Language;

namespace HotChocolate.Types;

internal enum TypeKind
{
    Scalar,
    Object,
    Interface,
    Union,
    Enum,
    InputObject,
    List,
    NonNull,
}

/// <summary>A type as fields, arguments and variables use it: a named type, possibly wrapped.</summary>
internal abstract class GraphType
{
    public abstract TypeKind Kind { get; }

    public abstract NamedType Named { get; }

    public GraphType Nullable => this is NonNullType n ? n.OfType : this;

    public bool IsInput => Named is LeafType or InputObjectType;

    public bool IsOutput => Named is not InputObjectType;
}

internal sealed class ListType(GraphType ofType) : GraphType
{
    public GraphType OfType { get; } = ofType;
    public override TypeKind Kind => TypeKind.List;
    public override NamedType Named => OfType.Named;
    public override string ToString() => $"[{OfType}]";
}

internal sealed class NonNullType(GraphType ofType) : GraphType
{
    public GraphType OfType { get; } = ofType;
    public override TypeKind Kind => TypeKind.NonNull;
    public override NamedType Named => OfType.Named;
    public override string ToString() => $"{OfType}!";
}

internal abstract class NamedType(string name) : GraphType
{
    public string Name { get; } = name;
    public string? Description { get; set; }
    public List<DirectiveNode> Directives { get; } = [];

    /// <summary>The CLR type whose members back this type; null while nothing is bound.</summary>
    public Type? RuntimeType { get; set; }

    public override NamedType Named => this;
    public override string ToString() => Name;
}

/// <summary>A type without selections: scalars and enums.</summary>
internal abstract class LeafType(string name) : NamedType(name)
{
    /// <summary>The runtime value of a literal; from a variable, what JSON can say counts too.</summary>
    public abstract bool TryParse(ValueNode literal, bool fromVariable, out object? value);

    /// <summary>The value to write for a resolver's result, in the type's one representation.</summary>
    public abstract bool TryCoerceResult(object result, out object? value);

    public abstract void Write(System.Text.Json.Utf8JsonWriter writer, object value);
}

internal abstract class CompositeType(string name) : NamedType(name)
{
    /// <summary>The object types a value of this type can have, in schema order.</summary>
    public abstract IReadOnlyList<ObjectType> PossibleTypes { get; }

    public bool Overlaps(CompositeType other) =>
        ReferenceEquals(this, other) || PossibleTypes.Any(other.PossibleTypes.Contains);
}

/// <summary>A type with fields: objects and interfaces.</summary>
internal abstract class ComplexType(string name) : CompositeType(name)
{
    public OrderedDictionary<string, FieldDefinition> Fields { get; } = new(StringComparer.Ordinal);
    public List<InterfaceType> Interfaces { get; } = [];

    /// <summary>What whoever gets an object of this type must fulfil.</summary>
    public List<Authorization.AuthorizeDirective> Authorize { get; } = [];
}

internal sealed class ObjectType : ComplexType
{
    public ObjectType(string name) : base(name) => PossibleTypes = [this];

    public override TypeKind Kind => TypeKind.Object;
    public override IReadOnlyList<ObjectType> PossibleTypes { get; }

    /// <summary>Whether a value is of this type: by bound CLR type, else by the CLR type's name.</summary>
    public bool IsTypeOf(object value) => RuntimeType?.IsInstanceOfType(value) ?? value.GetType().Name == Name;
}

internal sealed class InterfaceType(string name) : ComplexType(name)
{
    public List<ObjectType> Implementations { get; } = [];
    public override TypeKind Kind => TypeKind.Interface;
    public override IReadOnlyList<ObjectType> PossibleTypes => Implementations;
}

internal sealed class UnionType(string name) : CompositeType(name)
{
    public List<ObjectType> Members { get; } = [];
    public override TypeKind Kind => TypeKind.Union;
    public override IReadOnlyList<ObjectType> PossibleTypes => Members;
}

internal sealed class InputObjectType(string name) : NamedType(name)
{
    public OrderedDictionary<string, InputField> Fields { get; } = new(StringComparer.Ordinal);
    public bool IsOneOf { get; set; }
    public override TypeKind Kind => TypeKind.InputObject;

    /// <summary>Makes the CLR object; null while the values stay a dictionary.</summary>
    public InputObjectFactory? Factory { get; set; }
}

/// <summary>An argument or an input object's field.</summary>
internal sealed class InputField(string name, GraphType type)
{
    private object? _default;
    private bool _coerced;

    public string Name { get; } = name;
    public GraphType Type { get; } = type;
    public string? Description { get; init; }
    public ValueNode? DefaultValue { get; init; }
    public IReadOnlyList<DirectiveNode> Directives { get; init; } = [];
    public string? DeprecationReason { get; init; }
    public bool IsRequired => Type is NonNullType && DefaultValue is null;

    /// <summary>The default's runtime value; there must be a default.</summary>
    public object? CoercedDefault()
    {
        if (!_coerced)
        {
            _default = InputCoercion.CoerceConstant(DefaultValue!, Type);
            _coerced = true;
        }

        return _default;
    }
}

internal sealed class FieldDefinition(string name, GraphType type, ComplexType declaringType)
{
    public string Name { get; } = name;
    public GraphType Type { get; } = type;
    public ComplexType DeclaringType { get; } = declaringType;
    public string? Description { get; init; }
    public OrderedDictionary<string, InputField> Arguments { get; } = new(StringComparer.Ordinal);
    public IReadOnlyList<DirectiveNode> Directives { get; init; } = [];
    public string? DeprecationReason { get; init; }
    public List<Authorization.AuthorizeDirective> Authorize { get; } = [];
    public bool AllowsAnonymous { get; set; }
    public Resolvers.FieldResolver? Resolver { get; set; }
    public Resolvers.SubscribeResolver? Subscribe { get; set; }
    public Cost.FieldCost Cost { get; set; } = HotChocolate.Cost.FieldCost.Default;
}

internal sealed class DirectiveDefinition(string name)
{
    public string Name { get; } = name;
    public string? Description { get; init; }
    public bool IsRepeatable { get; init; }
    public IReadOnlyList<string> Locations { get; init; } = [];
    public OrderedDictionary<string, InputField> Arguments { get; } = new(StringComparer.Ordinal);
}
