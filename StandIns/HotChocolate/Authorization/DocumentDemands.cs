using HotChocolate.Language;
using HotChocolate.Types;

namespace HotChocolate.Authorization;

/// <summary>What a document demands of its caller before anything is executed.</summary>
internal static class DocumentDemands
{
    public static AuthorizeDirective[] Collect(Schema schema, DocumentNode document)
    {
        var found = new HashSet<AuthorizeDirective>();
        foreach (var definition in document.Definitions)
        {
            switch (definition)
            {
                case OperationDefinitionNode operation when schema.RootType(operation.Operation) is { } root:
                    Visit(schema, root, operation.SelectionSet, found);
                    break;
                case FragmentDefinitionNode fragment:
                    Visit(schema, schema.Types.GetValueOrDefault(fragment.TypeCondition.Name.Value), fragment.SelectionSet, found);
                    break;
            }
        }

        found.RemoveWhere(d => d.Apply != ApplyPolicy.Validation);
        return [.. found];
    }

    private static void Visit(Schema schema, NamedType? type, SelectionSetNode selections, HashSet<AuthorizeDirective> found)
    {
        foreach (var selection in selections.Selections)
        {
            switch (selection)
            {
                case FieldNode field when schema.FindField(type, field.Name.Value) is { } definition:
                    found.UnionWith(Demands(schema, (CompositeType)type!, definition));
                    if (field.SelectionSet is not null)
                    {
                        Visit(schema, definition.Type.Named, field.SelectionSet, found);
                    }

                    break;
                case InlineFragmentNode inline:
                    var condition = inline.TypeCondition is { } named ? schema.Types.GetValueOrDefault(named.Name.Value) : type;
                    Visit(schema, condition, inline.SelectionSet, found);
                    break;
            }
        }
    }

    /// <summary>Of a field of an interface, what any of its types demands.</summary>
    private static IEnumerable<AuthorizeDirective> Demands(Schema schema, CompositeType type, FieldDefinition field)
    {
        var isRoot = type == schema.QueryType || type == schema.MutationType || type == schema.SubscriptionType;
        var own = type is ComplexType complex ? FieldGuards.Of(complex, isRoot, field) : [];
        return own.Concat(type is InterfaceType contract
            ? contract.PossibleTypes.Where(t => t.Fields.ContainsKey(field.Name))
                .SelectMany(t => FieldGuards.Of(t, isRoot: false, t.Fields[field.Name]))
            : []);
    }
}
