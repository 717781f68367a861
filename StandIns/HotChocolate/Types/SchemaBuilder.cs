using HotChocolate.Authorization;
using HotChocolate.Language;

namespace HotChocolate.Types;

/// <summary>Builds the types of a schema from its documents; problems are collected, then thrown together.</summary>
internal sealed class SchemaBuilder
{
    private readonly Schema _schema;
    private readonly IReadOnlyList<ScalarType> _scalars;
    private readonly List<string> _problems = [];
    private readonly List<TypeDefinitionNode> _definitions = [];
    private readonly List<SchemaDefinitionNode> _schemaDefinitions = [];

    private SchemaBuilder(string name, IReadOnlyList<ScalarType> scalars)
    {
        _schema = new Schema(name);
        _scalars = scalars;
    }

    /// <summary>Throws <see cref="SchemaException"/> when the documents do not make a schema.</summary>
    public static Schema Build(string name, IReadOnlyList<DocumentNode> documents, IReadOnlyList<ScalarType> scalars)
    {
        var builder = new SchemaBuilder(name, scalars);
        builder.Collect(documents);
        builder.DeclareTypes();
        builder.DeclareDirectives(documents);
        builder.CompleteTypes();
        builder.CompleteRoots();
        builder.Throw();
        builder._problems.AddRange(SchemaValidator.Validate(builder._schema));
        builder.Throw();
        return builder._schema;
    }

    private void Throw()
    {
        if (_problems.Count > 0)
        {
            throw new SchemaException(_problems);
        }
    }

    private void Collect(IReadOnlyList<DocumentNode> documents)
    {
        foreach (var node in documents.SelectMany(d => d.Definitions))
        {
            switch (node)
            {
                case TypeDefinitionNode type:
                    _definitions.Add(type);
                    break;
                case SchemaDefinitionNode definition:
                    _schemaDefinitions.Add(definition);
                    break;
                case not DirectiveDefinitionNode:
                    _problems.Add($"A schema cannot hold operations or fragments. {node.Location}");
                    break;
            }
        }

        _definitions.AddRange(Parser.Parse(Introspection.Sdl).Definitions.Cast<TypeDefinitionNode>());
    }

    private void DeclareTypes()
    {
        foreach (var node in _definitions.Where(d => !d.IsExtension))
        {
            var type = Declare(node);
            if (type is not null && !_schema.Types.TryAdd(type.Name, type))
            {
                _problems.Add($"The type `{type.Name}` is declared twice. {node.Location}");
            }
        }

        foreach (var name in Scalars.Specified.Where(n => !_schema.Types.ContainsKey(n)))
        {
            _schema.Types.Add(name, new ScalarLeaf(Scalars.Find(name)!) { Description = Scalars.Find(name)!.Description });
        }
    }

    private NamedType? Declare(TypeDefinitionNode node)
    {
        var name = node.Name.Value;
        NamedType? type = node switch
        {
            ScalarTypeDefinitionNode => Scalar(name) is { } scalar ? new ScalarLeaf(scalar) : null,
            ObjectTypeDefinitionNode { IsInterface: true } => new InterfaceType(name),
            ObjectTypeDefinitionNode => new ObjectType(name),
            UnionTypeDefinitionNode => new UnionType(name),
            EnumTypeDefinitionNode => new EnumType(name),
            InputObjectTypeDefinitionNode => new InputObjectType(name),
            _ => null,
        };
        if (type is null)
        {
            _problems.Add($"The scalar `{name}` is neither built in nor registered with AddType. {node.Location}");
            return null;
        }

        type.Description = node.Description ?? (type as ScalarLeaf)?.Scalar.Description;
        return type;
    }

    private ScalarType? Scalar(string name) => _scalars.FirstOrDefault(s => s.Name == name) ?? Scalars.Find(name);

    private void DeclareDirectives(IReadOnlyList<DocumentNode> documents)
    {
        var declared = documents.SelectMany(d => d.Definitions).OfType<DirectiveDefinitionNode>().ToList();
        var specified = Parser.Parse(SpecifiedDirectives.Sdl).Definitions.Cast<DirectiveDefinitionNode>()
            .Where(s => declared.All(d => d.Name.Value != s.Name.Value));
        foreach (var node in specified.Concat(declared))
        {
            var directive = new DirectiveDefinition(node.Name.Value)
            {
                Description = node.Description,
                IsRepeatable = node.IsRepeatable,
                Locations = [.. node.Locations.Select(l => l.Value)],
            };
            AddInputs(directive.Arguments, node.Arguments, $"@{directive.Name}");
            if (!_schema.DirectiveDefinitions.TryAdd(directive.Name, directive))
            {
                _problems.Add($"The directive `@{directive.Name}` is declared twice. {node.Location}");
            }
        }
    }

    private void CompleteTypes()
    {
        foreach (var node in _definitions.OrderBy(d => d.IsExtension))
        {
            if (!_schema.Types.TryGetValue(node.Name.Value, out var type))
            {
                if (node.IsExtension)
                {
                    _problems.Add($"`{node.Name.Value}` is extended but not declared. {node.Location}");
                }

                continue;
            }

            type.Directives.AddRange(node.Directives);
            Complete(type, node);
        }

        foreach (var type in _schema.Types.Values.OfType<ObjectType>())
        {
            foreach (var implemented in type.Interfaces.Where(i => !i.Implementations.Contains(type)))
            {
                implemented.Implementations.Add(type);
            }
        }
    }

    private void Complete(NamedType type, TypeDefinitionNode node)
    {
        switch (type, node)
        {
            case (ScalarLeaf scalar, ScalarTypeDefinitionNode):
                scalar.SpecifiedByUrl = Text(node.Directives, "specifiedBy", "url") ?? scalar.SpecifiedByUrl;
                break;
            case (ComplexType complex, ObjectTypeDefinitionNode n):
                complex.Authorize.AddRange(AuthorizeDirective.Read(node.Directives));
                complex.Interfaces.AddRange(n.Interfaces.Select(Find<InterfaceType>).OfType<InterfaceType>());
                AddFields(complex, n.Fields);
                break;
            case (UnionType union, UnionTypeDefinitionNode n):
                union.Members.AddRange(n.Types.Select(Find<ObjectType>).OfType<ObjectType>());
                break;
            case (EnumType @enum, EnumTypeDefinitionNode n):
                foreach (var value in n.Values)
                {
                    AddOnce(@enum.Values, value.Name, Value(value), type.Name);
                }

                break;
            case (InputObjectType input, InputObjectTypeDefinitionNode n):
                input.IsOneOf |= node.Directives.Any(d => d.Name.Value == "oneOf");
                AddInputs(input.Fields, n.Fields, type.Name);
                break;
            default:
                _problems.Add($"`{type.Name}` is extended as another kind of type. {node.Location}");
                break;
        }
    }

    private void AddFields(ComplexType type, IReadOnlyList<FieldDefinitionNode> nodes)
    {
        foreach (var node in nodes)
        {
            if (Type(node.Type) is not { } fieldType)
            {
                continue;
            }

            var field = new FieldDefinition(node.Name.Value, fieldType, type)
            {
                Description = node.Description,
                Directives = node.Directives,
                DeprecationReason = Deprecation(node.Directives),
                Cost = Cost.FieldCost.Read(node.Directives),
            };
            field.Authorize.AddRange(AuthorizeDirective.Read(node.Directives));
            field.AllowsAnonymous = node.Directives.Any(d => d.Name.Value == AuthorizeDirective.AllowAnonymous);
            AddInputs(field.Arguments, node.Arguments, $"{type.Name}.{field.Name}");
            AddOnce(type.Fields, node.Name, field, type.Name);
        }
    }

    private void AddInputs(
        OrderedDictionary<string, InputField> target, IReadOnlyList<InputValueDefinitionNode> nodes, string owner)
    {
        foreach (var node in nodes)
        {
            if (Type(node.Type) is { } type)
            {
                AddOnce(target, node.Name, new InputField(node.Name.Value, type)
                {
                    Description = node.Description,
                    DefaultValue = node.DefaultValue,
                    Directives = node.Directives,
                    DeprecationReason = Deprecation(node.Directives),
                }, owner);
            }
        }
    }

    private static EnumValue Value(EnumValueDefinitionNode node) => new(node.Name.Value)
    {
        Description = node.Description,
        Directives = node.Directives,
        DeprecationReason = Deprecation(node.Directives),
    };

    private void AddOnce<T>(OrderedDictionary<string, T> target, NameNode name, T value, string owner)
    {
        if (!target.TryAdd(name.Value, value))
        {
            _problems.Add($"`{owner}` declares `{name.Value}` twice. {name.Location}");
        }
    }

    private void CompleteRoots()
    {
        var declaration = _schemaDefinitions.FirstOrDefault(d => !d.IsExtension);
        _schema.Description = declaration?.Description;
        if (declaration is null)
        {
            _schema.QueryType = (_schema.Types.GetValueOrDefault("Query") as ObjectType)!;
            _schema.MutationType = _schema.Types.GetValueOrDefault("Mutation") as ObjectType;
            _schema.SubscriptionType = _schema.Types.GetValueOrDefault("Subscription") as ObjectType;
        }

        foreach (var definition in _schemaDefinitions)
        {
            _schema.Directives.AddRange(definition.Directives);
            foreach (var (operation, node) in definition.Operations)
            {
                SetRoot(operation, Find<ObjectType>(node));
            }
        }

        if (_schema.QueryType is null)
        {
            _problems.Add("The schema has no query root type.");
            return;
        }

        Introspection.AddMetaFields(_schema);
    }

    private void SetRoot(OperationType operation, ObjectType? type)
    {
        switch (operation)
        {
            case OperationType.Query:
                _schema.QueryType = type!;
                break;
            case OperationType.Mutation:
                _schema.MutationType = type;
                break;
            default:
                _schema.SubscriptionType = type;
                break;
        }
    }

    /// <summary>The type of a reference; scalars that are built in need no declaration.</summary>
    private GraphType? Type(TypeNode node)
    {
        if (node is NamedTypeNode { Name.Value: var name } && !_schema.Types.ContainsKey(name) && Scalar(name) is { } scalar)
        {
            _schema.Types.Add(name, new ScalarLeaf(scalar) { Description = scalar.Description });
        }

        switch (node)
        {
            case ListTypeNode list:
                return Type(list.Type) is { } item ? new ListType(item) : null;
            case NonNullTypeNode nonNull:
                return Type(nonNull.Type) is { } inner ? new NonNullType(inner) : null;
            default:
                return Find<NamedType>((NamedTypeNode)node);
        }
    }

    private T? Find<T>(NamedTypeNode node) where T : NamedType
    {
        var found = _schema.Types.GetValueOrDefault(node.Name.Value);
        if (found is not T)
        {
            _problems.Add(found is null
                ? $"The type `{node.Name.Value}` does not exist. {node.Location}"
                : $"The type `{node.Name.Value}` cannot be used here. {node.Location}");
        }

        return found as T;
    }

    private static string? Deprecation(IReadOnlyList<DirectiveNode> directives) =>
        directives.FirstOrDefault(d => d.Name.Value == "deprecated") is { } deprecated
            ? (deprecated.Argument("reason") as StringValueNode)?.Value ?? "No longer supported"
            : null;

    private static string? Text(IReadOnlyList<DirectiveNode> directives, string name, string argument) =>
        (directives.FirstOrDefault(d => d.Name.Value == name)?.Argument(argument) as StringValueNode)?.Value;
}
