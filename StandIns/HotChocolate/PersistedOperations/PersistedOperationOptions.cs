namespace HotChocolate.PersistedOperations;

/// <summary>Whether clients may send documents of their own.</summary>
public sealed class PersistedOperationOptions
{
    private IError _notAllowed = new Error("Only persisted operations are allowed.")
        .WithCode(ErrorCodes.Execution.OnlyPersistedOperationsAllowed);

    /// <summary>Requests must name a stored document and carry none.</summary>
    public bool OnlyAllowPersistedDocuments { get; set; }

    /// <summary>The answer to a request with a document of its own, where only stored ones are allowed.</summary>
    public IError OperationNotAllowedError
    {
        get => _notAllowed;
        set => _notAllowed = value ?? throw new ArgumentNullException(nameof(value));
    }
}
