namespace Orleans.Runtime;

/// <summary>Where a value passes from one grain to another.</summary>
internal static class GrainBoundary
{
    public static object? Copy(object? value) => value;

    public static void CopyArguments(object?[] arguments)
    {
        for (var index = 0; index < arguments.Length; index++) arguments[index] = Copy(arguments[index]);
    }
}
