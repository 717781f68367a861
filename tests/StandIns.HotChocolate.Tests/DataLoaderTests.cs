using System.Collections.Concurrent;
using GreenDonut;
using HotChocolate.Execution;
using Microsoft.Extensions.DependencyInjection;

namespace Q2C.StandIns.Tests;

/// <summary>Batches across levels, loaders behind loaders, in mutations, and with failures.</summary>
public sealed class DataLoaderTests
{
    private const string Sdl = """
        type Query { nodes(ids: [Int!]!): [Node!]! }
        type Mutation { touch(id: Int!): Node! }
        type Node { id: Int! parent: Node children: [Node!]! root: Node }
        """;

    public sealed class Log : ConcurrentQueue<string>;

    public sealed class NodeLoader(IBatchScheduler scheduler, DataLoaderOptions options, Log log)
        : BatchDataLoader<int, Node>(scheduler, options)
    {
        protected override async Task<IReadOnlyDictionary<int, Node>> LoadBatchAsync(
            IReadOnlyList<int> keys, CancellationToken cancellationToken)
        {
            log.Enqueue("nodes " + string.Join(',', keys.Order()));
            await Task.Yield();
            return keys.Contains(-1) ? throw new InvalidOperationException("down") : keys.Where(k => k > 0).ToDictionary(k => k, k => new Node(k));
        }
    }

    public sealed class ChildrenLoader(IBatchScheduler scheduler, DataLoaderOptions options, Log log)
        : GroupedDataLoader<int, Node>(scheduler, options)
    {
        protected override Task<ILookup<int, Node>> LoadGroupedBatchAsync(
            IReadOnlyList<int> keys, CancellationToken cancellationToken)
        {
            log.Enqueue("children " + string.Join(',', keys));
            return Task.FromResult(keys.Where(k => k < 10).SelectMany(k => new[] { k * 10, (k * 10) + 1 }, (k, c) => (k, c))
                .ToLookup(p => p.k, p => new Node(p.c)));
        }
    }

    public sealed record Node(int Id)
    {
        public Task<Node?> GetParentAsync(NodeLoader nodes) => nodes.LoadAsync(Id == 13 ? -1 : Id / 10);

        public async Task<IEnumerable<Node>> GetChildrenAsync(ChildrenLoader children) => (await children.LoadAsync(Id))!;

        /// <summary>Each step of the climb is a batch with the steps of the others.</summary>
        public async Task<Node> GetRootAsync(NodeLoader nodes)
        {
            var node = this;
            while (node.Id >= 10)
            {
                node = await nodes.LoadRequiredAsync(node.Id / 10);
            }

            return node;
        }
    }

    public sealed class Query
    {
        public IEnumerable<Node> GetNodes(int[] ids) => ids.Select(i => new Node(i));
    }

    public sealed class Mutation
    {
        public async Task<Node> TouchAsync(int id, NodeLoader nodes) => await nodes.LoadRequiredAsync(id);
    }

    private static async Task<(string Json, string Log)> RunAsync(string document)
    {
        var log = new Log();
        var executor = await new ServiceCollection().AddSingleton(log)
            .AddGraphQLServer(disableDefaultSecurity: true)
            .AddDocumentFromString(Sdl)
            .AddResolver<Query>().AddResolver<Mutation>()
            .AddDataLoader<NodeLoader>().AddDataLoader<ChildrenLoader>()
            .BuildRequestExecutorAsync();

        // On the pool, as in a server: a test runner's synchronization context would send what waits for one batch off
        // to go on later, and how many batches there are would be a matter of luck.
        var result = await Task.Run(() => executor.ExecuteAsync(document)).WaitAsync(TimeSpan.FromSeconds(20));
        return (result.ToJson(withIndentations: false), string.Join(" | ", log));
    }

    [Fact]
    public async Task Each_level_is_one_batch_and_keys_are_fetched_once() => Assert.Equal(
        ("""{"data":{"nodes":[{"parent":{"id":1,"parent":null}},{"parent":{"id":1,"parent":null}},{"parent":{"id":2,"parent":null}}]}}""",
            "nodes 1,2 | nodes 0"),
        await RunAsync("{ nodes(ids: [11, 12, 21]) { parent { id parent { id } } } }"));

    [Fact]
    public async Task Loaders_behind_loaders_batch_too() => Assert.Equal(
        ("""{"data":{"nodes":[{"root":{"id":1}},{"root":{"id":2}},{"root":{"id":3}}]}}""", "nodes 3,12,23 | nodes 1,2"),
        await RunAsync("{ nodes(ids: [123, 234, 31]) { root { id } } }"));

    [Fact]
    public async Task Different_loaders_go_together() => Assert.Equal(
        ("""{"data":{"nodes":[{"parent":{"id":1},"children":[]},{"parent":null,"children":[{"id":50},{"id":51}]}]}}""",
            "nodes 0,1 | children 11,5"),
        await RunAsync("{ nodes(ids: [11, 5]) { parent { id } children { id } } }"));

    [Fact]
    public async Task Mutations_run_in_turn_and_load_nested() => Assert.Equal(
        ("""{"data":{"a":{"parent":{"id":4},"children":[]},"b":{"parent":{"id":4}}}}""", "nodes 41 | nodes 4 | children 41 | nodes 42"),
        await RunAsync("mutation { a: touch(id: 41) { parent { id } children { id } } b: touch(id: 42) { parent { id } } }"));

    [Fact]
    public async Task A_failed_batch_fails_its_loads_only() => Assert.Equal(
        ("""{"errors":[{"message":"Unexpected Execution Error","locations":[{"line":1,"column":23}],"path":["nodes",0,"parent"]}],"data":{"nodes":[{"parent":null,"children":[]}]}}""",
            "nodes -1 | children 13"),
        await RunAsync("{ nodes(ids: [13]) {  parent { id } children { id } } }"));

    [Fact]
    public async Task A_null_deep_down_travels_up_after_all_batches()
    {
        var (json, _) = await RunAsync("{ nodes(ids: [11, 13]) { root { id } x: parent { children { parent { root { id } } } } } }");
        Assert.StartsWith("""{"errors":[{"message":"Unexpected Execution Error",""", json);
        Assert.Contains("\"data\":{\"nodes\":[{\"root\":", json);
    }
}
