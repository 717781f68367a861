using System.Net.WebSockets;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using HotChocolate;
using HotChocolate.AspNetCore;
using HotChocolate.AspNetCore.Subscriptions;
using HotChocolate.AspNetCore.Subscriptions.Protocols;
using HotChocolate.Execution;
using HotChocolate.Execution.Configuration;
using HotChocolate.Subscriptions;
using HotChocolate.Types;
using Microsoft.Extensions.DependencyInjection;

namespace Q2C.StandIns.Tests;

/// <summary>Topics and streams over server-sent events and graphql-transport-ws.</summary>
public sealed class SubscriptionTests
{
    private const string Sdl = """
        type Query { hello: String }
        type Subscription { forever: Int! noted(room: String!): Note! everywhere: Note! ticks(to: Int!): Int! refused: Int flood: String! }
        type Note { text: String! room: String! }
        """;

    public sealed record Note(string Text, string Room);

    public sealed class Query
    {
        public string Hello => "world";
    }

    public sealed class Subscription
    {
        [Subscribe]
        [Topic("notes/{room}")]
        public Note Noted(string room, [EventMessage] Note note) => note with { Room = room };

        [Subscribe]
        public Note Everywhere([EventMessage] Note note) => note;

        public static async IAsyncEnumerable<int> CountAsync(int to, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            for (var i = 1; i <= to; i++)
            {
                await Task.Yield();
                cancellationToken.ThrowIfCancellationRequested();
                yield return i;
            }
        }

        [Subscribe(With = nameof(CountAsync))]
        public int Ticks([EventMessage] int tick) => tick == 3 ? throw new GraphQLException("three") : tick * 10;

        public static async IAsyncEnumerable<int> WaitAsync(
            EndOfStream end, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            try
            {
                yield return 1;
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }
            finally
            {
                end.Reached.TrySetResult();
            }
        }

        [Subscribe(With = nameof(WaitAsync))]
        public int Forever([EventMessage] int value) => value;

        public static IAsyncEnumerable<string> FloodAsync() => Q2C.StandIns.Tests.Flood.EventsAsync();

        [Subscribe(With = nameof(FloodAsync))]
        public string Flood([EventMessage] string value) => value;

        public static ValueTask<ISourceStream<int>> RefuseAsync() => throw new GraphQLException("not for you");

        [Subscribe(With = nameof(RefuseAsync))]
        public int? Refused([EventMessage] int value) => value;
    }

    public sealed class EndOfStream
    {
        public TaskCompletionSource Reached { get; } = new();
    }

    public sealed class Gatekeeper : DefaultSocketSessionInterceptor
    {
        public override ValueTask<ConnectionStatus> OnConnectAsync(
            ISocketSession session, IOperationMessagePayload connectionInitMessage, CancellationToken cancellationToken = default) =>
            new(connectionInitMessage.As<Dictionary<string, string>>()?.GetValueOrDefault("token") == "bad"
                ? ConnectionStatus.Reject("bad token")
                : ConnectionStatus.Accept());
    }

    private static Task<HttpServer> StartAsync(GraphQLServerOptions? options = null) => HttpServer.StartAsync(
        b => With(b).AddDocumentFromString(Sdl).AddResolver<Query>().AddResolver<Subscription>()
            .AddInMemorySubscriptions().AddSocketSessionInterceptor<Gatekeeper>(),
        options);

    private static async Task<IRequestExecutor> ExecutorAsync(ServiceProvider services) =>
        await services.GetRequestExecutorAsync();

    private static IRequestExecutorBuilder With(IRequestExecutorBuilder builder)
    {
        builder.Services.AddSingleton<EndOfStream>();
        return builder;
    }

    private static ServiceProvider Services() => With(new ServiceCollection().AddGraphQLServer())
        .AddDocumentFromString(Sdl).AddResolver<Query>().AddResolver<Subscription>().AddInMemorySubscriptions()
        .Services.BuildServiceProvider();

    [Fact]
    public async Task Events_reach_the_subscribers_of_their_topic_until_it_is_completed()
    {
        await using var services = Services();
        var executor = await ExecutorAsync(services);
        var result = await executor.ExecuteAsync("""subscription { noted(room: "a") { text room } }""");
        await using var stream = result.ExpectResponseStream();
        var sender = services.GetRequiredService<ITopicEventSender>();
        await sender.SendAsync("notes/b", new Note("other", ""));
        await sender.SendAsync("notes/a", new Note("one", ""));
        await sender.SendAsync("notes/a", new Note("two", ""));
        await sender.CompleteAsync("notes/a");
        var received = new List<string>();
        await foreach (var next in stream.ReadResultsAsync())
        {
            received.Add(next.ToJson(withIndentations: false));
        }

        Assert.Equal(
            ["""{"data":{"noted":{"text":"one","room":"a"}}}""", """{"data":{"noted":{"text":"two","room":"a"}}}"""], received);
    }

    [Fact]
    public async Task A_slow_subscriber_loses_the_oldest_events()
    {
        await using var services = Services();
        var receiver = services.GetRequiredService<ITopicEventReceiver>();
        await using var stream = await receiver.SubscribeAsync<int>("numbers", 2, TopicBufferFullMode.DropOldest);
        var sender = services.GetRequiredService<ITopicEventSender>();
        for (var i = 1; i <= 5; i++)
        {
            await sender.SendAsync("numbers", i);
        }

        await sender.CompleteAsync("numbers");
        var received = new List<int>();
        await foreach (var number in stream.ReadEventsAsync())
        {
            received.Add(number);
        }

        Assert.Equal([4, 5], received);
    }

    [Fact]
    public async Task A_refusal_to_subscribe_is_an_error_result()
    {
        await using var services = Services();
        var result = await (await ExecutorAsync(services)).ExecuteAsync("subscription { refused }");
        Assert.Equal(
            """{"errors":[{"message":"not for you","locations":[{"line":1,"column":16}],"path":["refused"]}]}""",
            result.ToJson(withIndentations: false));
    }

    [Fact]
    public async Task Streams_go_out_as_server_sent_events()
    {
        await using var server = await StartAsync();
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, server.Url)
        {
            Content = new StringContent("""{"query":"subscription { ticks(to: 3) }"}""", Encoding.UTF8, "application/json"),
        };
        request.Headers.Add("Accept", "text/event-stream");
        using var response = await client.SendAsync(request);
        Assert.Equal("text/event-stream; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        Assert.Equal(
            "event: next\ndata: {\"data\":{\"ticks\":10}}\n\nevent: next\ndata: {\"data\":{\"ticks\":20}}\n\n"
            + "event: next\ndata: {\"errors\":[{\"message\":\"three\",\"locations\":[{\"line\":1,\"column\":16}],\"path\":[\"ticks\"]}],\"data\":null}\n\n"
            + "event: complete\ndata: \n\n",
            await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_stream_ends_when_its_reader_leaves()
    {
        await using var server = await StartAsync();
        using (var client = new HttpClient())
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, server.Url)
            {
                Content = new StringContent("{\"query\":\"subscription { forever }\"}", Encoding.UTF8, "application/json"),
            };
            request.Headers.Add("Accept", "text/event-stream");
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
            Assert.Equal("event: next", await reader.ReadLineAsync());
        }

        await server.Services.GetRequiredService<EndOfStream>().Reached.Task.WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task An_operation_on_a_socket_ends_when_the_client_completes_it()
    {
        await using var server = await StartAsync();
        using var socket = await Socket.ConnectAsync(server);
        await socket.SendAsync("{\"type\":\"connection_init\"}");
        await socket.SendAsync("{\"id\":\"f\",\"type\":\"subscribe\",\"payload\":{\"query\":\"subscription { forever }\"}}");
        Assert.Equal("{\"type\":\"connection_ack\"}", await socket.ReceiveAsync());
        Assert.Equal("{\"id\":\"f\",\"type\":\"next\",\"payload\":{\"data\":{\"forever\":1}}}", await socket.ReceiveAsync());
        await socket.SendAsync("{\"id\":\"f\",\"type\":\"complete\"}");
        await server.Services.GetRequiredService<EndOfStream>().Reached.Task.WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task Subscriptions_need_a_stream()
    {
        await using var server = await StartAsync();
        using var client = new HttpClient();
        using var response = await client.PostAsync(
            server.Url, new StringContent("""{"query":"subscription { ticks(to: 3) }"}""", Encoding.UTF8, "application/json"));
        Assert.Equal(System.Net.HttpStatusCode.MethodNotAllowed, response.StatusCode);
    }

    [Fact]
    public async Task Sockets_carry_queries_and_subscriptions_side_by_side()
    {
        await using var server = await StartAsync();
        using var socket = await Socket.ConnectAsync(server);
        await socket.SendAsync("""{"type":"connection_init"}""");
        Assert.Equal("""{"type":"connection_ack"}""", await socket.ReceiveAsync());
        await socket.SendAsync("""{"type":"ping"}""");
        Assert.Equal("""{"type":"pong"}""", await socket.ReceiveAsync());
        await socket.SendAsync("""{"id":"s","type":"subscribe","payload":{"query":"subscription { everywhere { text } }"}}""");
        await socket.SendAsync("""{"id":"q","type":"subscribe","payload":{"query":"{ hello }"}}""");
        Assert.Equal("""{"id":"q","type":"next","payload":{"data":{"hello":"world"}}}""", await socket.ReceiveAsync());
        Assert.Equal("""{"id":"q","type":"complete"}""", await socket.ReceiveAsync());
        await server.Services.GetRequiredService<ITopicEventSender>().SendAsync("Everywhere", new Note("hi", ""));
        Assert.Equal("""{"id":"s","type":"next","payload":{"data":{"everywhere":{"text":"hi"}}}}""", await socket.ReceiveAsync());
        await socket.SendAsync("""{"id":"s","type":"complete"}""");
        await socket.SendAsync("""{"id":"e","type":"subscribe","payload":{"query":"{ nope }"}}""");
        Assert.Equal(
            """{"id":"e","type":"error","payload":[{"message":"The field `nope` does not exist on the type `Query`.","locations":[{"line":1,"column":3}]}]}""",
            await socket.ReceiveAsync());
    }

    [Theory]
    [InlineData(4401, """{"id":"1","type":"subscribe","payload":{"query":"{ hello }"}}""")]
    [InlineData(4403, """{"type":"connection_init","payload":{"token":"bad"}}""")]
    [InlineData(4400, "not json")]
    [InlineData(4400, """{"type":"start"}""")]
    [InlineData(4429, """{"type":"connection_init"}""", """{"type":"connection_init"}""")]
    [InlineData(4409, """{"type":"connection_init"}""",
        """{"id":"1","type":"subscribe","payload":{"query":"subscription { everywhere { text } }"}}""",
        """{"id":"1","type":"subscribe","payload":{"query":"subscription { everywhere { text } }"}}""")]
    public async Task Wrong_messages_close_the_socket_with_their_code(int code, params string[] messages)
    {
        await using var server = await StartAsync();
        using var socket = await Socket.ConnectAsync(server);
        foreach (var message in messages)
        {
            await socket.SendAsync(message);
        }

        Assert.Equal(code, await socket.CloseCodeAsync());
    }

    [Fact]
    public async Task Sockets_that_do_not_initialize_are_closed()
    {
        var options = new GraphQLServerOptions();
        options.Sockets.ConnectionInitializationTimeout = TimeSpan.FromMilliseconds(50);
        await using var server = await StartAsync(options);
        using var socket = await Socket.ConnectAsync(server);
        Assert.Equal(4408, await socket.CloseCodeAsync());
    }

    [Fact]
    public async Task A_client_that_does_not_read_holds_nothing_up_and_finds_why_it_was_closed()
    {
        var options = new GraphQLServerOptions();
        options.Sockets.SlowConsumerLimit = TimeSpan.FromSeconds(1);
        await using var server = await StartAsync(options);
        using var socket = await Socket.ConnectAsync(server);
        await socket.SendAsync("""{"type":"connection_init"}""");
        await socket.ReceiveAsync();
        await socket.SendAsync("""{"id":"1","type":"subscribe","payload":{"query":"subscription { flood }"}}""");

        // More is made only while there is room for it.
        while (Flood.IsFlowing)
        {
            await Task.Delay(50);
        }

        Assert.Equal(1013, await socket.DrainAsync());
        Assert.True(Flood.Made < Flood.Limit);
    }

    [Fact]
    public async Task Other_protocols_are_not_spoken()
    {
        await using var server = await StartAsync();
        using var socket = await Socket.ConnectAsync(server, null);
        Assert.Equal(4406, await socket.CloseCodeAsync());
    }

    private sealed class Socket(ClientWebSocket socket) : IDisposable
    {
        private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

        public static async Task<Socket> ConnectAsync(HttpServer server, string? protocol = "graphql-transport-ws")
        {
            var socket = new ClientWebSocket();
            if (protocol is not null)
            {
                socket.Options.AddSubProtocol(protocol);
            }

            await socket.ConnectAsync(new Uri(server.Url.Replace("http", "ws")), CancellationToken.None);
            return new Socket(socket);
        }

        public Task SendAsync(string message) =>
            socket.SendAsync(Encoding.UTF8.GetBytes(message), WebSocketMessageType.Text, true, CancellationToken.None);

        /// <summary>The next message that is not the server's ping.</summary>
        public async Task<string> ReceiveAsync()
        {
            var buffer = new byte[4096];
            while (true)
            {
                var received = await socket.ReceiveAsync(buffer, CancellationToken.None).WaitAsync(s_patience);
                var text = Encoding.UTF8.GetString(buffer, 0, received.Count);
                if (received.MessageType == WebSocketMessageType.Close || JsonElement.Parse(text).GetProperty("type").GetString() != "ping")
                {
                    return text;
                }
            }
        }

        public async Task<int> CloseCodeAsync()
        {
            while (socket.CloseStatus is null)
            {
                await ReceiveAsync();
            }

            return (int)socket.CloseStatus;
        }

        /// <summary>Reads whatever is there to the end; why it ended.</summary>
        public async Task<int> DrainAsync()
        {
            var buffer = new byte[64 * 1024];
            while (socket.CloseStatus is null)
            {
                await socket.ReceiveAsync(buffer, CancellationToken.None).WaitAsync(s_patience);
            }

            return (int)socket.CloseStatus;
        }

        public void Dispose() => socket.Dispose();
    }
}
