using System.Net.Http.Headers;
using Q2C.Silo.Connectors;

namespace Q2C.Silo.Tests.Connectors;

/// <summary>Secrets that are rotated while connections work.</summary>
public sealed class CredentialsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("q2c secrets ").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task While_a_secret_is_rotated_either_of_two_will_do_and_no_restart_is_needed()
    {
        Put("current", "first");
        Put("previous", "first");
        var credentials = Credentials();
        Assert.Equal("first", await Used(credentials));

        // The new one is here before the vendor knows it, and used once the vendor refuses the one before.
        Put("current", "second");
        Assert.Equal("first", await Used(credentials));
        Assert.True(credentials.CanRenew(SecretCredentials.Bearer("first")));
        Assert.Equal("second", await Used(credentials));

        // The vendor does not know it after all: the one before goes on.
        Assert.True(credentials.CanRenew(SecretCredentials.Bearer("second")));
        Assert.Equal("first", await Used(credentials));

        Put("previous", "second");
        Assert.True(credentials.CanRenew(SecretCredentials.Bearer("first")));
        Assert.Equal("second", await Used(credentials));
        Assert.False(credentials.CanRenew(SecretCredentials.Bearer("second")));
    }

    [Fact]
    public async Task A_secret_that_is_away_while_it_is_replaced_changes_nothing()
    {
        Put("current", "first");
        Put("previous", "first");
        var credentials = Credentials();
        File.Delete(Path.Combine(_folder, "current"));
        Assert.False(credentials.CanRenew(SecretCredentials.Bearer("first")));
        Assert.Equal("first", await Used(credentials));
    }

    private SecretCredentials Credentials()
    {
        var settings = Vendors.Settings(
            "kantata", Vendors.Nowhere, [], new() { ["token"] = $"file:{Path.Combine(_folder, "current")} file:{Path.Combine(_folder, "previous")}" });
        return new(() => settings.SecretsOf("token").Select(SecretCredentials.Bearer));
    }

    private void Put(string name, string secret) => File.WriteAllText(Path.Combine(_folder, name), secret);

    private static async Task<string?> Used(SecretCredentials credentials)
    {
        AuthenticationHeaderValue header = Assert.IsType<CredentialsResult.Ready>(await credentials.Get(null, default)).Header;
        return header.Parameter;
    }
}
