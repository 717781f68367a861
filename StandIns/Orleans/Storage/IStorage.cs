namespace Orleans.Core
{
    /// <summary>One stored value and its version.</summary>
    public interface IStorage
    {
        /// <summary>The version last read or written; null when nothing is stored.</summary>
        string? Etag { get; }

        bool RecordExists { get; }

        Task ReadStateAsync();

        Task ReadStateAsync(CancellationToken cancellationToken);

        /// <exception cref="Storage.InconsistentStateException">Somebody else wrote since this was read.</exception>
        Task WriteStateAsync();

        Task WriteStateAsync(CancellationToken cancellationToken);

        /// <exception cref="Storage.InconsistentStateException">Somebody else wrote since this was read.</exception>
        Task ClearStateAsync();

        Task ClearStateAsync(CancellationToken cancellationToken);
    }

    public interface IStorage<TState> : IStorage
    {
        TState State { get; set; }
    }
}

namespace Orleans.Runtime
{
    /// <summary>State of a grain in a named storage; read before the grain is activated.</summary>
    public interface IPersistentState<TState> : Core.IStorage<TState>;

    /// <summary>Asks for a stored state as a constructor parameter of type <see cref="IPersistentState{TState}"/>.</summary>
    [AttributeUsage(AttributeTargets.Parameter)]
    public class PersistentStateAttribute(string stateName, string? storageName = null) : Attribute
    {
        public string StateName { get; } = stateName;

        public string? StorageName { get; } = storageName;
    }
}

namespace Orleans
{
    /// <summary>A state with its version, on its way between a grain and a storage.</summary>
    public interface IGrainState<T>
    {
        T? State { get; set; }

        string? ETag { get; set; }

        bool RecordExists { get; set; }
    }
}

namespace Orleans.Storage
{
    /// <summary>Keeps states by name and grain. Each operation updates the version that it is given.</summary>
    public interface IGrainStorage
    {
        Task ReadStateAsync<T>(string stateName, Runtime.GrainId grainId, IGrainState<T> grainState);

        Task WriteStateAsync<T>(string stateName, Runtime.GrainId grainId, IGrainState<T> grainState);

        Task ClearStateAsync<T>(string stateName, Runtime.GrainId grainId, IGrainState<T> grainState);
    }

    /// <summary>What was to be written was read in a version that is no longer the stored one.</summary>
    [GenerateSerializer]
    public class InconsistentStateException : Runtime.OrleansException
    {
        public InconsistentStateException()
        {
        }

        public InconsistentStateException(string message) : base(message)
        {
        }

        public InconsistentStateException(string message, Exception? innerException) : base(message, innerException!)
        {
        }

        public InconsistentStateException(string errorMsg, string? storedEtag, string? currentEtag) : base(errorMsg) =>
            (StoredEtag, CurrentEtag) = (storedEtag, currentEtag);

        [Id(1)]
        public string? StoredEtag { get; private set; }

        [Id(2)]
        public string? CurrentEtag { get; private set; }
    }
}

namespace Orleans.Providers
{
    public static class ProviderConstants
    {
        public const string DEFAULT_STORAGE_PROVIDER_NAME = "Default";
    }
}
