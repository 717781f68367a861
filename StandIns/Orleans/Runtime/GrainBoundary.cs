namespace Orleans.Runtime;

/// <summary>
/// Where values pass from one grain to another. Debug builds copy them there as Orleans does, so that a grain that
/// changes what it was given, or gives away what it keeps, is found; release builds share them.
/// </summary>
internal static class GrainBoundary
{
#if DEBUG
    public static object? CopyResult(GrainMethod method, object? result) =>
        method.IsResultShared ? result : Serialization.DeepCopier.Copy(result);

    public static void CopyArguments(GrainMethod method, object?[] arguments)
    {
        for (var index = 0; index < arguments.Length; index++)
        {
            if (!method.IsArgumentShared[index]) arguments[index] = Serialization.DeepCopier.Copy(arguments[index]);
        }
    }
#else
    public static object? CopyResult(GrainMethod method, object? result) => result;

    public static void CopyArguments(GrainMethod method, object?[] arguments)
    {
    }
#endif
}
