using System.Text;
using HotChocolate;
using Microsoft.Extensions.DependencyInjection;

namespace Q2C.StandIns.Tests;

/// <summary>Requests that name a stored document.</summary>
public sealed class PersistedOperationTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("q2c-documents");

    public PersistedOperationTests()
    {
        File.WriteAllText(System.IO.Path.Combine(_folder.FullName, "hello.graphql"), "query($n: String) { hello(name: $n) }");
        File.WriteAllText(System.IO.Path.Combine(_folder.FullName, "a_b-c.graphql"), "{ hello }");
        File.WriteAllText(System.IO.Path.Combine(_folder.FullName, "broken.graphql"), "{ nothing }");
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private async Task<string> SendAsync(string body, bool onlyStored = false, bool get = false)
    {
        await using var server = await HttpServer.StartAsync(b => b
            .AddDocumentFromString("type Query { hello(name: String): String }")
            .AddResolver("Query", "hello", c => "hello " + c.ArgumentOptional<string>("name").Value)
            .UsePersistedOperationPipeline()
            .AddFileSystemOperationDocumentStorage(_folder.FullName)
            .ModifyRequestOptions(o => o.PersistedOperations.OnlyAllowPersistedDocuments = onlyStored));
        using var client = new HttpClient();
        using var request = get
            ? new HttpRequestMessage(HttpMethod.Get, server.Url + body)
            : new HttpRequestMessage(HttpMethod.Post, server.Url) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Add("Accept", "application/graphql-response+json");
        using var response = await client.SendAsync(request);
        return $"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}";
    }

    [Fact]
    public async Task A_request_can_name_its_document()
    {
        Assert.Equal("""200 {"data":{"hello":"hello you"}}""", await SendAsync("""{"id":"hello","variables":{"n":"you"}}"""));
        Assert.Equal("""200 {"data":{"hello":"hello "}}""", await SendAsync("?id=a%2Bb%2Fc%3D", onlyStored: true, get: true));
    }

    [Fact]
    public async Task Documents_of_ones_own_are_allowed_until_they_are_not()
    {
        Assert.Equal("""200 {"data":{"hello":"hello "}}""", await SendAsync("""{"query":"{ hello }"}"""));
        Assert.Equal(
            """400 {"errors":[{"message":"Only persisted operations are allowed.","extensions":{"code":"HC0067"}}]}""",
            await SendAsync("""{"query":"{ hello }"}""", onlyStored: true));
        Assert.StartsWith("400", await SendAsync("""{"id":"hello","query":"{ hello }"}""", onlyStored: true));
    }

    [Theory]
    [InlineData("unknown")]
    [InlineData("../hello")]
    [InlineData("hello.graphql")]
    public async Task An_id_that_names_no_document_is_refused(string id) => Assert.Equal(
        $$$"""400 {"errors":[{"message":"The specified persisted operation key is invalid.","extensions":{"code":"HC0020","requestedKey":"{{{id}}}"}}]}""",
        await SendAsync($$"""{"id":"{{id}}"}"""));

    [Fact]
    public async Task Stored_documents_are_validated_too() => Assert.StartsWith(
        "400 {\"errors\":[{\"message\":\"The field `nothing` does not exist on the type `Query`.\"", await SendAsync("""{"id":"broken"}"""));

    [Fact]
    public async Task Without_a_storage_the_server_does_not_start()
    {
        var problem = await Assert.ThrowsAsync<SchemaException>(async () => await new ServiceCollection().AddGraphQLServer()
            .AddDocumentFromString("type Query { hello: String }").AddResolver("Query", "hello", _ => "")
            .UsePersistedOperationPipeline().BuildSchemaAsync());
        Assert.Contains("AddFileSystemOperationDocumentStorage", problem.Message, StringComparison.Ordinal);
    }
}
