namespace HotChocolate;

/// <summary>The GraphQL name of a member, parameter or type where the convention does not fit.</summary>
[AttributeUsage(AttributeTargets.All, Inherited = false)]
public sealed class GraphQLNameAttribute(string name) : Attribute
{
    public string Name { get; } = name;
}

/// <summary>Keeps a member out of the schema.</summary>
[AttributeUsage(AttributeTargets.All, Inherited = false)]
public sealed class GraphQLIgnoreAttribute : Attribute;

/// <summary>The parameter is the object that the field belongs to.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class ParentAttribute : Attribute;

/// <summary>The parameter is a service of the request.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public class ServiceAttribute : Attribute
{
    public ServiceAttribute()
    {
    }

    public ServiceAttribute(string key) => Key = key;

    public string? Key { get; }
}

/// <summary>The parameter is a value that an interceptor put into the request's state.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public class GlobalStateAttribute : Attribute
{
    public GlobalStateAttribute()
    {
    }

    public GlobalStateAttribute(string key) => Key = key;

    /// <summary>Null for the parameter's own name.</summary>
    public string? Key { get; }
}

/// <summary>The parameter is the event that a subscription delivers.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class EventMessageAttribute : Attribute;

/// <summary>The parameter is this argument of the field.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public class ArgumentAttribute : Attribute
{
    public ArgumentAttribute()
    {
    }

    public ArgumentAttribute(string name) => Name = name;

    public string? Name { get; }
}
