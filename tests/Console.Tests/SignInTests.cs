using Microsoft.Playwright;
using Q2C.EndToEnd;
using static Microsoft.Playwright.Assertions;

namespace Q2C.Console.Tests;

/// <summary>Signing in at an identity provider: code flow with PKCE.</summary>
[Collection(Collections.HubInThisProcess)]
public sealed class SignInTests(Browser browser) : IClassFixture<Browser>
{
    [Fact]
    public async Task Whoever_signs_in_at_the_identity_provider_comes_back_to_the_page_that_was_asked_for()
    {
        await using var provider = await IdentityProvider.Start();
        foreach (var (name, value) in provider.Environment) Environment.SetEnvironmentVariable(name, value);
        try
        {
            await using var scene = await Scene.Start();
            await using var grete = await browser.Open(scene.Town.Hub, "/exceptions?sort=HELD");

            await grete.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in", Exact = true }).ClickAsync();

            await Expect(grete.Page.GetByText("Nothing is blocked.")).ToBeVisibleAsync();
            await Expect(grete.Page).ToHaveURLAsync(new Uri(scene.Town.Hub, "/exceptions?sort=HELD").ToString());
            await Expect(grete.Page.Locator(".who", new() { HasText = "work:u-17" })).ToBeVisibleAsync();
            Assert.Empty(grete.Problems);
        }
        finally
        {
            foreach (var name in provider.Environment.Keys) Environment.SetEnvironmentVariable(name, null);
        }
    }
}
