using System.Collections.Immutable;
using System.Text.Json;
using Q2C.Grains.Journal;

namespace Q2C.Grains.Shell;

/// <summary>
/// A grain at one version: the aggregate's state, and where its streams stand.
/// </summary>
/// <param name="Received">Source grain → the version of its last row that was taken.</param>
/// <param name="Sent">Target grain → the version of the last own row that was addressed to it.</param>
internal sealed record Image<TState>(
    TState State, long Version, ImmutableDictionary<string, long> Received, ImmutableDictionary<string, long> Sent)
{
    public Image<TState> With(Decider<TState> decider, long version, RowBody body) => new(
        body.Events.Aggregate(State, decider.Evolve),
        version,
        body.Source is { } source ? Received.SetItem(source.Grain, source.Version) : Received,
        body.PreviousByTarget.IsEmpty
            ? Sent
            : Sent.SetItems(body.PreviousByTarget.Keys.Select(target => KeyValuePair.Create(target, version))));

    public Snapshot ToSnapshot(int deciderVersion) =>
        new(Version, deciderVersion, JsonSerializer.SerializeToUtf8Bytes(this, WireFormat.Options));

    public static Image<TState> From(Snapshot snapshot) =>
        JsonSerializer.Deserialize<Image<TState>>(snapshot.State.Span, WireFormat.Options)
        ?? throw new JsonException("A snapshot holds a state.");
}
