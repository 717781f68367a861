using Microsoft.Extensions.DependencyInjection;
using Orleans.Streams;

namespace Orleans
{
    public static class GrainStreamingExtensions
    {
        /// <exception cref="KeyNotFoundException">No stream provider of that name is registered.</exception>
        public static IStreamProvider GetStreamProvider(this Grain grain, string name) =>
            StreamProviders.Get(grain.ServiceProvider, name);

        /// <exception cref="KeyNotFoundException">No stream provider of that name is registered.</exception>
        public static IStreamProvider GetStreamProvider(this IGrainBase grain, string name) =>
            StreamProviders.Get(grain.GrainContext.ActivationServices, name);
    }

    public static class ClientStreamingExtensions
    {
        /// <exception cref="KeyNotFoundException">No stream provider of that name is registered.</exception>
        public static IStreamProvider GetStreamProvider(this IClusterClient client, string name) =>
            StreamProviders.Get(client.ServiceProvider, name);
    }
}

namespace Orleans.Streams
{
    internal static class StreamProviders
    {
        public static IStreamProvider Get(IServiceProvider services, string name) =>
            services.GetKeyedService<IStreamProvider>(name)
            ?? throw new KeyNotFoundException($"Stream provider '{name}' not found.");
    }

    /// <summary>Observers made of delegates.</summary>
    public static class AsyncObservableExtensions
    {
        public static Task<StreamSubscriptionHandle<T>> SubscribeAsync<T>(
            this IAsyncObservable<T> obs, Func<T, StreamSequenceToken?, Task> onNextAsync) =>
            obs.SubscribeAsync(new DelegateObserver<T>(onNextAsync));
    }

    /// <summary>Batch observers made of delegates.</summary>
    public static class AsyncBatchObservableExtensions
    {
        public static Task<StreamSubscriptionHandle<T>> SubscribeAsync<T>(
            this IAsyncBatchObservable<T> obs, Func<IList<SequentialItem<T>>, Task> onNextAsync) =>
            obs.SubscribeAsync(new DelegateBatchObserver<T>(onNextAsync));
    }

    public static class StreamSubscriptionHandleExtensions
    {
        public static Task<StreamSubscriptionHandle<T>> ResumeAsync<T>(
            this StreamSubscriptionHandle<T> handle,
            Func<T, StreamSequenceToken?, Task> onNextAsync,
            StreamSequenceToken? token = null) =>
            handle.ResumeAsync(new DelegateObserver<T>(onNextAsync), token);

        public static Task<StreamSubscriptionHandle<T>> ResumeAsync<T>(
            this StreamSubscriptionHandle<T> handle,
            Func<IList<SequentialItem<T>>, Task> onNextAsync,
            StreamSequenceToken? token = null) =>
            handle.ResumeAsync(new DelegateBatchObserver<T>(onNextAsync), token);
    }

    internal sealed class DelegateObserver<T>(Func<T, StreamSequenceToken?, Task> onNext) : IAsyncObserver<T>
    {
        public Task OnNextAsync(T item, StreamSequenceToken? token = null) => onNext(item, token);

        public Task OnCompletedAsync() => Task.CompletedTask;

        public Task OnErrorAsync(Exception ex) => Task.CompletedTask;
    }

    internal sealed class DelegateBatchObserver<T>(Func<IList<SequentialItem<T>>, Task> onNext) : IAsyncBatchObserver<T>
    {
        public Task OnNextAsync(IList<SequentialItem<T>> items) => onNext(items);

        public Task OnCompletedAsync() => Task.CompletedTask;

        public Task OnErrorAsync(Exception ex) => Task.CompletedTask;
    }
}
