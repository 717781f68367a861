using Orleans.Runtime;

namespace Orleans.Streams
{
    /// <summary>Takes the items of a stream one at a time.</summary>
    public interface IAsyncObserver<in T>
    {
        Task OnNextAsync(T item, StreamSequenceToken? token = null);

        Task OnCompletedAsync() => Task.CompletedTask;

        Task OnErrorAsync(Exception ex);
    }

    /// <summary>Takes the items of a stream as they were sent: batch by batch.</summary>
    public interface IAsyncBatchObserver<T>
    {
        Task OnNextAsync(IList<SequentialItem<T>> items);

        Task OnCompletedAsync() => Task.CompletedTask;

        Task OnErrorAsync(Exception ex);
    }

    public interface IAsyncObservable<T>
    {
        Task<StreamSubscriptionHandle<T>> SubscribeAsync(IAsyncObserver<T> observer);
    }

    public interface IAsyncBatchObservable<T>
    {
        Task<StreamSubscriptionHandle<T>> SubscribeAsync(IAsyncBatchObserver<T> observer);
    }

    public interface IAsyncBatchProducer<T> : IAsyncObserver<T>
    {
        Task OnNextBatchAsync(IEnumerable<T> batch, StreamSequenceToken? token = null);
    }

    public interface IAsyncStream
    {
        bool IsRewindable { get; }

        string ProviderName { get; }

        StreamId StreamId { get; }
    }

    /// <summary>
    /// One stream. What is sent is handled when the returned task completes; what a subscriber throws, the task throws.
    /// </summary>
    public interface IAsyncStream<T>
        : IAsyncStream, IAsyncObservable<T>, IAsyncBatchObservable<T>, IAsyncBatchProducer<T>
    {
        Task<IList<StreamSubscriptionHandle<T>>> GetAllSubscriptionHandles();
    }

    public interface IStreamProvider
    {
        string Name { get; }

        bool IsRewindable { get; }

        IAsyncStream<T> GetStream<T>(StreamId streamId);
    }

    /// <summary>A subscription, with which its owner can attach another observer or leave.</summary>
    public abstract class StreamSubscriptionHandle<T> : IEquatable<StreamSubscriptionHandle<T>?>
    {
        public abstract Guid HandleId { get; }

        public abstract string ProviderName { get; }

        public abstract StreamId StreamId { get; }

        public abstract bool Equals(StreamSubscriptionHandle<T>? other);

        public abstract Task<StreamSubscriptionHandle<T>> ResumeAsync(
            IAsyncObserver<T> observer, StreamSequenceToken? token = null);

        public abstract Task<StreamSubscriptionHandle<T>> ResumeAsync(
            IAsyncBatchObserver<T> observer, StreamSequenceToken? token = null);

        public abstract Task UnsubscribeAsync();

        public override bool Equals(object? obj) => Equals(obj as StreamSubscriptionHandle<T>);

        public override int GetHashCode() => HandleId.GetHashCode();
    }

    /// <summary>One item of a batch and its place in the stream.</summary>
    [GenerateSerializer]
    public class SequentialItem<T>(T item, StreamSequenceToken token)
    {
        [Id(0)]
        public T Item { get; } = item;

        [Id(1)]
        public StreamSequenceToken Token { get; } = token;
    }

    /// <summary>A place in a stream.</summary>
    [GenerateSerializer]
    public abstract class StreamSequenceToken : IEquatable<StreamSequenceToken?>, IComparable<StreamSequenceToken?>
    {
        public abstract long SequenceNumber { get; protected set; }

        public abstract int EventIndex { get; protected set; }

        public abstract bool Equals(StreamSequenceToken? other);

        public abstract int CompareTo(StreamSequenceToken? other);

        public override bool Equals(object? obj) => Equals(obj as StreamSequenceToken);

        public override int GetHashCode() => HashCode.Combine(SequenceNumber, EventIndex);
    }
}

namespace Orleans.Streams.Core
{
    /// <summary>A grain with implicit subscriptions that wants to be told of each before its first item.</summary>
    public interface IStreamSubscriptionObserver
    {
        Task OnSubscribed(IStreamSubscriptionHandleFactory handleFactory);
    }

    /// <summary>Makes the handle of one subscription once the type of its items is known.</summary>
    public interface IStreamSubscriptionHandleFactory
    {
        StreamId StreamId { get; }

        string ProviderName { get; }

        GuidId SubscriptionId { get; }

        StreamSubscriptionHandle<T> Create<T>();
    }
}

namespace Orleans.Providers.Streams.Common
{
    /// <summary>A place in a stream by number of the event and index within its batch.</summary>
    [GenerateSerializer, Alias("Orleans.EventSequenceTokenV2")]
    public class EventSequenceTokenV2 : Orleans.Streams.StreamSequenceToken
    {
        public EventSequenceTokenV2()
        {
        }

        public EventSequenceTokenV2(long seqNumber) => SequenceNumber = seqNumber;

        public EventSequenceTokenV2(long seqNumber, int eventInd) => (SequenceNumber, EventIndex) = (seqNumber, eventInd);

        [Id(0)]
        public override long SequenceNumber { get; protected set; }

        [Id(1)]
        public override int EventIndex { get; protected set; }

        public EventSequenceTokenV2 CreateSequenceTokenForEvent(int eventInd) => new(SequenceNumber, eventInd);

        public override bool Equals(Orleans.Streams.StreamSequenceToken? other) =>
            other is EventSequenceTokenV2 && other.SequenceNumber == SequenceNumber && other.EventIndex == EventIndex;

        public override bool Equals(object? obj) => Equals(obj as Orleans.Streams.StreamSequenceToken);

        public override int GetHashCode() => base.GetHashCode();

        public override int CompareTo(Orleans.Streams.StreamSequenceToken? other)
        {
            if (other is null) return 1;
            var byNumber = SequenceNumber.CompareTo(other.SequenceNumber);
            return byNumber != 0 ? byNumber : EventIndex.CompareTo(other.EventIndex);
        }

        public override string ToString() => $"[EventSequenceTokenV2: SeqNum={SequenceNumber}, EventIndex={EventIndex}]";
    }
}

namespace Orleans
{
    /// <summary>
    /// Each stream of this namespace has the grain of this class with the stream's key as a subscriber, always.
    /// </summary>
    [AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
    public class ImplicitStreamSubscriptionAttribute(string streamNamespace) : Attribute
    {
        internal string Namespace { get; } = streamNamespace;
    }
}
