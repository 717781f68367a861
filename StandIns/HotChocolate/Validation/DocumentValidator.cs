using HotChocolate.Language;

namespace HotChocolate.Validation;

/// <summary>Runs all rules over a document.</summary>
internal static class DocumentValidator
{
    public static IReadOnlyList<IError> Validate(Schema schema, DocumentNode document, ValidationOptions options) =>
        [.. Run(schema, document, options).Take(options.MaxErrors).Select(e => e.Error)];

    /// <summary>Every error with the name of its rule.</summary>
    public static IReadOnlyList<(string Rule, IError Error)> Run(
        Schema schema, DocumentNode document, ValidationOptions options)
    {
        var context = new ValidationContext(schema, document);
        ValidationRule[] rules =
        [
            new ExecutableDefinitionsRule(),
            new KnownOperationTypesRule(),
            new UniqueOperationNamesRule(),
            new LoneAnonymousOperationRule(),
            new SingleFieldSubscriptionsRule(),
            new KnownTypeNamesRule(),
            new FragmentsOnCompositeTypesRule(),
            new VariablesAreInputTypesRule(),
            new ScalarLeafsRule(),
            new FieldsOnCorrectTypeRule(),
            new UniqueFragmentNamesRule(),
            new KnownFragmentNamesRule(),
            new NoUnusedFragmentsRule(),
            new PossibleFragmentSpreadsRule(),
            new NoFragmentCyclesRule(),
            new UniqueVariableNamesRule(),
            new NoUndefinedVariablesRule(),
            new NoUnusedVariablesRule(),
            new KnownDirectivesRule(),
            new UniqueDirectivesPerLocationRule(),
            new KnownArgumentNamesRule(),
            new UniqueArgumentNamesRule(),
            new ValuesOfCorrectTypeRule(),
            new ProvidedRequiredArgumentsRule(),
            new VariablesInAllowedPositionRule(),
            new OverlappingFieldsCanBeMergedRule(),
            new UniqueInputFieldNamesRule(),
            new MaxIntrospectionDepthRule(),
        ];
        if (options.MaxDepth is { } depth)
        {
            rules = [.. rules, new MaxExecutionDepthRule(depth, options.DepthSkipsIntrospection)];
        }

        foreach (var rule in rules)
        {
            rule.Context = context;
        }

        new DocumentWalker(context, rules).Walk(document);
        return context.Errors;
    }
}
