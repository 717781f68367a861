using HotChocolate.Configuration;
using HotChocolate.Execution;
using HotChocolate.Language;
using HotChocolate.Resolvers;
using Microsoft.Extensions.DependencyInjection;

namespace Q2C.StandIns.Tests;

/// <summary>An executor whose fields all answer null.</summary>
internal static class SchemaOnly
{
    public static RequestExecutor Executor(string sdl)
    {
        var setup = new SchemaSetup { Cost = { EnforceCostLimits = false }, Schema = { EnableOneOf = true } };
        var document = Parser.Parse(sdl);
        setup.Documents.Add(() => document);
        foreach (var type in document.Definitions.OfType<ObjectTypeDefinitionNode>().Where(t => !t.IsInterface))
        {
            foreach (var field in type.Fields)
            {
                setup.Bindings.Delegates.Add(((type.Name.Value, field.Name.Value), FieldResolver.Pure(_ => null)));
            }
        }

        return new RequestExecutor("schema only", setup, new ServiceCollection().BuildServiceProvider());
    }
}
