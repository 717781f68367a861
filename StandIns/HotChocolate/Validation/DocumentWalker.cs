using HotChocolate.Language;
using HotChocolate.Types;

namespace HotChocolate.Validation;

/// <summary>What is known at the current node; null where the document does not make sense.</summary>
internal sealed class WalkState
{
    /// <summary>The type that the current selection set or field selects from.</summary>
    public CompositeType? ParentType { get; set; }

    /// <summary>The type of the current field, fragment or operation.</summary>
    public GraphType? Type { get; set; }

    public FieldDefinition? Field { get; set; }

    public DirectiveDefinition? Directive { get; set; }

    public InputField? Argument { get; set; }

    /// <summary>The type that the current value must have.</summary>
    public GraphType? InputType { get; set; }

    /// <summary>The input object around the current value.</summary>
    public NamedType? ParentInput { get; set; }

    public bool HasDefault { get; set; }

    public bool IsInVariableDefinition { get; set; }

    /// <summary>The node that a directive is applied to.</summary>
    public SyntaxNode? Parent { get; set; }

    public WalkState With(Action<WalkState> change)
    {
        var copy = (WalkState)MemberwiseClone();
        change(copy);
        return copy;
    }
}

/// <summary>Walks a document once for all rules and keeps track of types.</summary>
internal sealed class DocumentWalker(ValidationContext context, IReadOnlyList<ValidationRule> rules)
{
    private Schema Schema => context.Schema;

    public void Walk(SyntaxNode node)
    {
        var state = new WalkState();
        switch (node)
        {
            case DocumentNode document:
                Visit(document, state, () =>
                {
                    foreach (var definition in document.Definitions)
                    {
                        Walk(definition);
                    }
                });
                break;
            case OperationDefinitionNode operation:
                Operation(operation, state.With(s => s.Type = Schema.RootType(operation.Operation)));
                break;
            case FragmentDefinitionNode fragment:
                Fragment(fragment, state.With(s => s.Type = Output(fragment.TypeCondition)));
                break;
            default:
                Visit(node, state, () => { });
                break;
        }
    }

    private void Visit(SyntaxNode node, WalkState state, Action children)
    {
        foreach (var rule in rules)
        {
            rule.Enter(node, state);
        }

        children();
        foreach (var rule in rules)
        {
            rule.Leave(node, state);
        }
    }

    private void Operation(OperationDefinitionNode node, WalkState state) => Visit(node, state, () =>
    {
        foreach (var variable in node.Variables)
        {
            VariableDefinition(variable, state);
        }

        Directives(node, node.Directives, state);
        SelectionSet(node.SelectionSet, state);
    });

    private void Fragment(FragmentDefinitionNode node, WalkState state) => Visit(node, state, () =>
    {
        NamedType(node.TypeCondition, state);
        Directives(node, node.Directives, state);
        SelectionSet(node.SelectionSet, state);
    });

    private void VariableDefinition(VariableDefinitionNode node, WalkState outer)
    {
        var type = Schema.FindType(node.Type);
        var state = outer.With(s =>
        {
            s.IsInVariableDefinition = true;
            s.InputType = type is { IsInput: true } ? type : null;
        });
        Visit(node, state, () =>
        {
            Visit(node.Variable, state, () => { });
            TypeReference(node.Type, state);
            if (node.DefaultValue is not null)
            {
                Value(node.DefaultValue, state);
            }

            Directives(node, node.Directives, state);
        });
    }

    private void TypeReference(TypeNode node, WalkState state)
    {
        switch (node)
        {
            case ListTypeNode list:
                TypeReference(list.Type, state);
                break;
            case NonNullTypeNode nonNull:
                TypeReference(nonNull.Type, state);
                break;
            case NamedTypeNode named:
                NamedType(named, state);
                break;
        }
    }

    private void NamedType(NamedTypeNode node, WalkState state) => Visit(node, state, () => { });

    private void SelectionSet(SelectionSetNode node, WalkState outer)
    {
        var state = outer.With(s => s.ParentType = outer.Type?.Named as CompositeType);
        Visit(node, state, () =>
        {
            foreach (var selection in node.Selections)
            {
                Selection(selection, state);
            }
        });
    }

    private void Selection(SelectionNode node, WalkState outer)
    {
        switch (node)
        {
            case FieldNode field:
                Field(field, outer);
                break;
            case FragmentSpreadNode spread:
                Visit(spread, outer, () => Directives(spread, spread.Directives, outer));
                break;
            case InlineFragmentNode inline:
                var state = outer.With(s => s.Type =
                    inline.TypeCondition is null ? outer.ParentType : Output(inline.TypeCondition));
                Visit(inline, state, () =>
                {
                    if (inline.TypeCondition is not null)
                    {
                        NamedType(inline.TypeCondition, state);
                    }

                    Directives(inline, inline.Directives, state);
                    SelectionSet(inline.SelectionSet, state);
                });
                break;
        }
    }

    private void Field(FieldNode node, WalkState outer)
    {
        var definition = Schema.FindField(outer.ParentType, node.Name.Value);
        var state = outer.With(s => (s.Field, s.Type) = (definition, definition?.Type));
        Visit(node, state, () =>
        {
            foreach (var argument in node.Arguments)
            {
                Argument(argument, definition?.Arguments.GetValueOrDefault(argument.Name.Value), state);
            }

            Directives(node, node.Directives, state);
            if (node.SelectionSet is not null)
            {
                SelectionSet(node.SelectionSet, state);
            }
        });
    }

    private void Directives(SyntaxNode parent, IReadOnlyList<DirectiveNode> directives, WalkState outer)
    {
        foreach (var node in directives)
        {
            var definition = Schema.DirectiveDefinitions.GetValueOrDefault(node.Name.Value);
            var state = outer.With(s => (s.Directive, s.Parent) = (definition, parent));
            Visit(node, state, () =>
            {
                foreach (var argument in node.Arguments)
                {
                    Argument(argument, definition?.Arguments.GetValueOrDefault(argument.Name.Value), state);
                }
            });
        }
    }

    private void Argument(ArgumentNode node, InputField? definition, WalkState outer)
    {
        var state = outer.With(s =>
        {
            s.Argument = definition;
            s.InputType = definition?.Type;
            s.HasDefault = definition?.DefaultValue is not null;
            s.ParentInput = null;
        });
        Visit(node, state, () => Value(node.Value, state));
    }

    private void Value(ValueNode node, WalkState state) => Visit(node, state, () =>
    {
        switch (node)
        {
            case ListValueNode list:
                var items = state.With(s =>
                {
                    s.InputType = state.InputType?.Nullable is ListType type ? type.OfType : state.InputType;
                    s.HasDefault = false;
                });
                foreach (var item in list.Values)
                {
                    Value(item, items);
                }

                break;
            case ObjectValueNode o:
                foreach (var field in o.Fields)
                {
                    ObjectField(field, state);
                }

                break;
        }
    });

    private void ObjectField(ObjectFieldNode node, WalkState outer)
    {
        var parent = outer.InputType?.Named as InputObjectType;
        var definition = parent?.Fields.GetValueOrDefault(node.Name.Value);
        var state = outer.With(s =>
        {
            s.ParentInput = parent;
            s.InputType = definition?.Type;
            s.HasDefault = definition?.DefaultValue is not null;
        });
        Visit(node, state, () => Value(node.Value, state));
    }

    private GraphType? Output(NamedTypeNode node) => Schema.Types.GetValueOrDefault(node.Name.Value);
}
