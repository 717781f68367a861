namespace Orleans.Runtime;

/// <summary>The activation whose turn this thread is running; null outside one.</summary>
internal static class RuntimeContext
{
    [ThreadStatic]
    private static Activation? current;

    public static Activation? Current
    {
        get => current;
        set => current = value;
    }
}
