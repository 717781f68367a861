using System.Diagnostics;
using HotChocolate.PersistedOperations;

namespace HotChocolate.Execution.Options;

/// <summary>Settings of execution.</summary>
public sealed class RequestExecutorOptions
{
    private static readonly TimeSpan s_minimum = TimeSpan.FromMilliseconds(100);
    private TimeSpan _executionTimeout = Debugger.IsAttached ? TimeSpan.FromMinutes(30) : TimeSpan.FromSeconds(30);

    /// <summary>At least 100 milliseconds.</summary>
    public TimeSpan ExecutionTimeout
    {
        get => _executionTimeout;
        set => _executionTimeout = value < s_minimum ? s_minimum : value;
    }

    /// <summary>Whether clients see the message and stack trace of unexpected exceptions.</summary>
    public bool IncludeExceptionDetails { get; set; } = Debugger.IsAttached;

    public PersistedOperationOptions PersistedOperations { get; } = new();
}

/// <summary>Limits of the parser.</summary>
public sealed class RequestParserOptions
{
    public int MaxAllowedNodes { get; set; } = int.MaxValue;

    public int MaxAllowedTokens { get; set; } = int.MaxValue;

    public int MaxAllowedFields { get; set; } = 2048;
}
