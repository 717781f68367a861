namespace HotChocolate.Types;

/// <summary>Marks the resolver of a subscription field; events come from <see cref="With"/> or from the topic.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SubscribeAttribute : Attribute
{
    /// <summary>The method of the same class that returns the stream of events.</summary>
    public string? With { get; set; }

    /// <summary>The type of the events, where the method does not say it.</summary>
    public Type? MessageType { get; set; }
}

/// <summary>
/// The topic of a subscription; <c>{argument}</c> stands for the value of an argument, no name for the method's name.
/// </summary>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Parameter)]
public sealed class TopicAttribute : Attribute
{
    public TopicAttribute()
    {
    }

    public TopicAttribute(string name) => Name = name;

    public string? Name { get; }
}
