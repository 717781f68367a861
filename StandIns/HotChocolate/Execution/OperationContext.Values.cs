using System.Collections;
using HotChocolate.Resolvers;
using HotChocolate.Types;

namespace HotChocolate.Execution;

internal sealed partial class OperationContext
{
    private enum Completion
    {
        Value,
        Null,

        /// <summary>Null, and the error that explains it is recorded.</summary>
        Failed,
    }

    /// <summary>Runs the resolver and places its value; false when the object that holds the field must be null.</summary>
    private bool ExecuteField(FieldPlan field, object? parent, ObjectResult node, int slot)
    {
        object? value;
        try
        {
            var resolver = field.Definition.Resolver!;
            if (resolver.Property is { } read)
            {
                value = read(parent!);
            }
            else
            {
                var context = new ResolverContext(this, field, node, slot, parent);
                if (resolver.Sync is { } resolve)
                {
                    value = resolve(context);
                }
                else
                {
                    var task = resolver.Async!(context);
                    if (!task.IsCompletedSuccessfully)
                    {
                        Defer(task, field, node, slot);
                        return true;
                    }

                    value = task.Result;
                }
            }
        }
#pragma warning disable CA1031 // Whatever a resolver throws becomes an error of its field.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Report(e, field, node, slot);
            return field.Definition.Type is not NonNullType;
        }

        return Place(field, value, node, slot);
    }

    private bool Place(FieldPlan field, object? value, ObjectResult node, int slot)
    {
        var type = field.Definition.Type;
        var completion = Complete(field, type, value, node, slot, out var result);
        node.Values[slot] = result;
        return completion != Completion.Failed || type is not NonNullType;
    }

    private Completion Complete(
        FieldPlan field, GraphType type, object? value, ResultNode parent, int slot, out object? result)
    {
        result = null;
        var isNonNull = false;
        if (type is NonNullType nonNull)
        {
            isNonNull = true;
            type = nonNull.OfType;
        }

        if (value is null)
        {
            return isNonNull
                ? Fail(field, parent, slot, "Cannot return null for non-nullable field.", ErrorCodes.Execution.NonNullViolation)
                : Completion.Null;
        }

        return type switch
        {
            LeafType leaf => CompleteLeaf(field, leaf, value, parent, slot, out result),
            ObjectType o => CompleteObject(field, o, value, parent, slot, isNonNull, out result),
            ListType list => CompleteList(field, list, value, parent, slot, isNonNull, out result),
            _ => CompleteAbstract(field, (CompositeType)type, value, parent, slot, isNonNull, out result),
        };
    }

    private Completion CompleteLeaf(
        FieldPlan field, LeafType type, object value, ResultNode parent, int slot, out object? result)
    {
        try
        {
            if (type.TryCoerceResult(value, out result))
            {
                return Completion.Value;
            }
        }
        catch (Exception e) when (e is NotSupportedException or System.Text.Json.JsonException)
        {
            result = null;
        }

        result = null;
        return Fail(
            field, parent, slot, $"{type.Name} cannot represent a value of type {value.GetType().Name}.",
            ErrorCodes.Execution.CannotSerializeLeafValue);
    }

    private Completion CompleteList(
        FieldPlan field, ListType type, object value, ResultNode parent, int slot, bool isNonNull, out object? result)
    {
        result = null;
        if (value is string || value is not IEnumerable items)
        {
            return Fail(
                field, parent, slot, $"The type `{value.GetType()}` is not supported as list value.",
                ErrorCodes.Execution.ListTypeNotSupported);
        }

        if (IsWritten && type.OfType.Nullable is ObjectType o && field.SelectionFor(o).Direct is { Compiled: { } write } direct)
        {
            if (Fragments.TryWriteList(items, write) is { } fragment)
            {
                result = fragment;
                return Completion.Value;
            }

            direct.Failed();
        }

        var list = new ListResult(type.OfType, value is ICollection { Count: var count } ? count : 0, parent, slot, isNonNull);
        try
        {
            foreach (var item in items)
            {
                var index = list.Count;
                list.Add(null);
                var completion = Complete(field, type.OfType, item, list, index, out var completed);
                if (completion == Completion.Failed && type.OfType is NonNullType)
                {
                    list.IsVoid = true;
                    return Completion.Failed;
                }

                list.Set(index, completed);
            }
        }
#pragma warning disable CA1031 // A lazy sequence is still the resolver's code.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Report(e, field, parent, slot);
            list.IsVoid = true;
            return Completion.Failed;
        }

        result = list;
        return Completion.Value;
    }

    private Completion CompleteAbstract(
        FieldPlan field, CompositeType type, object value, ResultNode parent, int slot, bool isNonNull, out object? result)
    {
        if (executor.ResolveType(type, value) is { } objectType)
        {
            return CompleteObject(field, objectType, value, parent, slot, isNonNull, out result);
        }

        result = null;
        return Fail(
            field, parent, slot, $"Unable to resolve the abstract type `{type.Name}` for a value of `{value.GetType()}`.",
            ErrorCodes.Execution.CannotResolveAbstractType);
    }

    private Completion CompleteObject(
        FieldPlan field, ObjectType type, object value, ResultNode parent, int slot, bool isNonNull, out object? result)
    {
        var selection = field.SelectionFor(type);
        if (IsWritten && selection.Direct.Compiled is { } write)
        {
            if (Fragments.TryWrite(value, write) is { } fragment)
            {
                result = fragment;
                return Completion.Value;
            }

            selection.Direct.Failed();
        }

        var node = new ObjectResult(selection, parent, slot, isNonNull);
        var fields = selection.Fields;
        for (var i = 0; i < fields.Length; i++)
        {
            if (!ExecuteField(fields[i], value, node, i))
            {
                node.IsVoid = true;
                result = null;
                return Completion.Failed;
            }
        }

        result = node;
        return Completion.Value;
    }

    private Completion Fail(FieldPlan field, ResultNode parent, int slot, string message, string code)
    {
        Report(new Error(message).WithCode(code), field, parent, slot);
        return Completion.Failed;
    }

    private void Report(Exception exception, FieldPlan field, ResultNode node, int slot)
    {
        if (exception is GraphQLException graphQL)
        {
            foreach (var error in graphQL.Errors)
            {
                Report(error, field, node, slot);
            }
        }
        else
        {
            Report(RequestExecutor.Unexpected(exception), field, node, slot);
        }
    }
}
