using System.Reflection;
using HotChocolate.Authorization;
using HotChocolate.Types;

namespace HotChocolate.Resolvers;

/// <summary>
/// Binds CLR types to the types of a schema: resolver classes first, then the members of runtime types; what their
/// members return and take binds further types.
/// </summary>
internal sealed class TypeBinder
{
    private readonly Schema _schema;
    private readonly ResolverCompiler _resolvers;
    private readonly SubscribeCompiler _subscriptions;
    private readonly Queue<NamedType> _bound = new();
    private readonly List<string> _problems = [];

    private TypeBinder(Schema schema, ParameterBinder parameters)
    {
        _schema = schema;
        _resolvers = new ResolverCompiler(parameters);
        _subscriptions = new SubscribeCompiler(_resolvers);
    }

    /// <summary>Throws <see cref="SchemaException"/> for fields without a resolver and types that do not fit.</summary>
    public static void Bind(
        Schema schema, Configuration.SchemaBindings bindings, ParameterBinder parameters, bool usesAuthorization)
    {
        var binder = new TypeBinder(schema, parameters);
        foreach (var (name, type) in bindings.RuntimeTypes)
        {
            binder.BindNamed(name, type);
        }

        foreach (var (coordinate, resolver) in bindings.Delegates)
        {
            binder.BindDelegate(coordinate.Type, coordinate.Field, resolver);
        }

        foreach (var (name, type) in bindings.ResolverTypes)
        {
            binder.BindResolverType(name, type);
        }

        while (binder._bound.TryDequeue(out var type))
        {
            binder.BindMembers(type);
        }

        binder.Check(usesAuthorization);
    }

    private void BindNamed(string name, Type type)
    {
        if (_schema.Types.GetValueOrDefault(name) is { } named)
        {
            Infer(named, type);
        }
        else
        {
            _problems.Add($"`{type}` is bound to `{name}`, which the schema does not have.");
        }
    }

    private void BindDelegate(string typeName, string fieldName, FieldResolver resolver)
    {
        if (_schema.Types.GetValueOrDefault(typeName) is ObjectType type
            && type.Fields.TryGetValue(fieldName, out var field))
        {
            field.Resolver = resolver;
        }
        else
        {
            _problems.Add($"A resolver is bound to `{typeName}.{fieldName}`, which the schema does not have.");
        }
    }

    private void BindResolverType(string name, Type type)
    {
        if (_schema.Types.GetValueOrDefault(name) is ObjectType named)
        {
            BindFields(named, type, onParent: false);
        }
        else
        {
            _problems.Add($"`{type}` resolves `{name}`, which is not an object type of the schema.");
        }
    }

    private void BindMembers(NamedType type)
    {
        switch (type)
        {
            case ObjectType o:
                BindFields(o, o.RuntimeType!, onParent: true);
                break;
            case InputObjectType i:
                BindInput(i);
                break;
            case EnumType e when e.RuntimeType!.IsEnum:
                BindEnum(e);
                break;
        }
    }

    private void BindFields(ObjectType type, Type clr, bool onParent)
    {
        var members = Members(clr);
        if (clr.IsDefined(typeof(AuthorizeAttribute), inherit: true))
        {
            _problems.Add($"[Authorize] on `{clr}` protects nothing: write `@authorize` on the type `{type.Name}` in the document.");
        }

        foreach (var field in type.Fields.Values.Where(f => f.Resolver is null))
        {
            if (!members.TryGetValue(field.Name, out var member))
            {
                continue;
            }

            try
            {
                field.Resolver = _resolvers.Compile(member, field, onParent);
                FieldGuards.ReadAttributes(member, field);
                if (type == _schema.SubscriptionType && member is MethodInfo method)
                {
                    field.Subscribe = _subscriptions.Compile(method, field, onParent);
                }
            }
            catch (SchemaException e)
            {
                _problems.Add(e.Message);
                continue;
            }

            InferFrom(member, field);
        }
    }

    private void InferFrom(MemberInfo member, FieldDefinition field)
    {
        InferUnwrapped(field.Type, ClrTypes.Result(
            member is PropertyInfo property ? property.PropertyType : ((MethodInfo)member).ReturnType));
        foreach (var parameter in (member as MethodInfo)?.GetParameters() ?? [])
        {
            if (ParameterBinder.ArgumentOf(parameter, field) is { } argument)
            {
                InferUnwrapped(argument.Type, parameter.ParameterType);
            }
        }
    }

    private void InferUnwrapped(GraphType type, Type clr)
    {
        if (ClrTypes.Unwrap(clr, type) is { } unwrapped)
        {
            Infer(type.Named, unwrapped);
        }
    }

    private void Infer(NamedType type, Type clr)
    {
        if (type.RuntimeType is null && type is not ScalarLeaf && ClrTypes.IsBindable(clr)
            && (type is not EnumType || clr.IsEnum) && !Introspection.IsIntrospection(type.Name))
        {
            type.RuntimeType = clr;
            _bound.Enqueue(type);
        }
    }

    private void BindInput(InputObjectType type)
    {
        var members = Members(type.RuntimeType!);
        var properties = new Dictionary<string, PropertyInfo>(StringComparer.Ordinal);
        foreach (var field in type.Fields.Values)
        {
            if (members.TryGetValue(field.Name, out var member) && member is PropertyInfo property)
            {
                properties.Add(field.Name, property);
                InferUnwrapped(field.Type, property.PropertyType);
            }
            else
            {
                _problems.Add($"`{type.RuntimeType}` has no property for `{type.Name}.{field.Name}`.");
            }
        }

        try
        {
            type.Factory = new InputObjectFactory(type.RuntimeType!, properties);
        }
        catch (SchemaException e)
        {
            _problems.Add(e.Message);
        }
    }

    private void BindEnum(EnumType type)
    {
        var values = Enum.GetValues(type.RuntimeType!).Cast<Enum>().Distinct()
            .ToDictionary(Naming.EnumValue, v => (object)v, StringComparer.Ordinal);
        foreach (var value in type.Values.Values)
        {
            if (values.TryGetValue(value.Name, out var runtimeValue))
            {
                value.RuntimeValue = runtimeValue;
            }
            else
            {
                _problems.Add($"`{type.RuntimeType}` has no value for `{type.Name}.{value.Name}`.");
            }
        }
    }

    private void Check(bool usesAuthorization)
    {
        if (!usesAuthorization && _schema.Types.Values.OfType<ComplexType>().SelectMany(t => t.Fields.Values)
            .FirstOrDefault(f => f.Authorize.Count > 0) is { } field)
        {
            _problems.Add($"`{field.DeclaringType.Name}.{field.Name}` has [Authorize], which needs AddAuthorization().");
        }

        foreach (var type in _schema.Types.Values.OfType<ObjectType>().Where(t => !Introspection.IsIntrospection(t.Name)))
        {
            _problems.AddRange(type.Fields.Values.Where(f => f.Resolver is null)
                .Select(f => $"The field `{type.Name}.{f.Name}` has no resolver."));
        }

        _problems.AddRange((_schema.SubscriptionType?.Fields.Values.AsEnumerable() ?? [])
            .Where(f => f.Resolver is not null && f.Subscribe is null)
            .Select(f => $"The field `{_schema.SubscriptionType!.Name}.{f.Name}` has no [Subscribe] method."));
        if (_problems.Count > 0)
        {
            throw new SchemaException(_problems);
        }
    }

    private static Dictionary<string, MemberInfo> Members(Type type)
    {
        var members = new Dictionary<string, MemberInfo>(StringComparer.Ordinal);
        const BindingFlags Flags = BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static
            | BindingFlags.FlattenHierarchy;
        var all = type.IsInterface ? type.GetInterfaces().Append(type).SelectMany(t => t.GetMembers(Flags)) : type.GetMembers(Flags);
        foreach (var member in all.Where(IsField))
        {
            members[Naming.Member(member)] = member;
        }

        return members;
    }

    private static bool IsField(MemberInfo member) =>
        !member.IsDefined(typeof(GraphQLIgnoreAttribute)) && member.DeclaringType != typeof(object) && member switch
        {
            PropertyInfo property => property.GetMethod is { IsPublic: true } && property.GetIndexParameters().Length == 0,
            MethodInfo method => !method.IsSpecialName && !method.IsGenericMethodDefinition
                && method.ReturnType != typeof(void) && method.ReturnType != typeof(Task)
                && method.ReturnType != typeof(ValueTask) && method.GetBaseDefinition().DeclaringType != typeof(object)
                && !method.Name.StartsWith('<'),
            _ => false,
        };
}
