using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Playwright;

namespace Q2C.Console.Tests;

/// <summary>One browser for the tests of a class.</summary>
public sealed class Browser : IAsyncLifetime
{
    private const int Width = 1440;
    private const int Height = 900;
    private const float Patience = 30_000;

    private IPlaywright _playwright = null!;
    private IBrowser _browser = null!;

    public async Task InitializeAsync()
    {
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(Chromium.Options);
        Assertions.SetDefaultExpectTimeout(Patience);
    }

    /// <summary>Somebody's own window, on a page of the console of this hub.</summary>
    /// <param name="persona">Who is signed in; nobody if left out.</param>
    internal async Task<Visitor> Open(Uri hub, string path, string? persona = null, bool dark = false, int width = Width)
    {
        var context = await _browser.NewContextAsync(new()
        {
            BaseURL = hub.ToString(),
            ViewportSize = new() { Width = width, Height = Height },
            ColorScheme = dark ? ColorScheme.Dark : ColorScheme.Light,
            Locale = "en-GB",
            ReducedMotion = ReducedMotion.Reduce,
        });
        context.SetDefaultTimeout(Patience);
        if (persona is not null) await context.AddInitScriptAsync($"localStorage.setItem('q2c.persona', '{persona}')");
        var visitor = new Visitor(context, await context.NewPageAsync());
        await visitor.Page.GotoAsync(path);
        return visitor;
    }

    public async Task DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }
}

/// <summary>A window and what went wrong in it.</summary>
internal sealed class Visitor : IAsyncDisposable
{
    private static readonly string Axe = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "axe.min.js"));

    private readonly IBrowserContext _context;
    private readonly ConcurrentQueue<string> _problems = [];

    public Visitor(IBrowserContext context, IPage page)
    {
        (_context, Page) = (context, page);
        page.Console += (_, message) =>
        {
            if (message.Type == "error") _problems.Enqueue(message.Text);
        };
        page.PageError += (_, error) => _problems.Enqueue(error);
        page.Dialog += (_, dialog) => _problems.Enqueue($"a dialog opened: {dialog.Message}");
    }

    public IPage Page { get; }

    /// <summary>Errors of scripts and of the content-security policy, and dialogs that a script opened.</summary>
    public IReadOnlyCollection<string> Problems => _problems;

    public Task Offline(bool offline) => _context.SetOfflineAsync(offline);

    /// <summary>Waits until what the page shows first has been read.</summary>
    public async Task Settled()
    {
        await Assertions.Expect(Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToBeVisibleAsync();
        await Assertions.Expect(Page.GetByText("Reading ")).ToHaveCountAsync(0);
    }

    /// <summary>Gives the reason that the open dialog asks for, and does what it is about.</summary>
    public async Task Decide(string reason, string verb, string label = "Reason")
    {
        var dialog = Page.GetByRole(AriaRole.Dialog);
        await dialog.GetByLabel(label).FillAsync(reason);
        await dialog.GetByRole(AriaRole.Button, new() { Name = verb, Exact = true }).ClickAsync();
        await Assertions.Expect(dialog).ToHaveCountAsync(0);
    }

    /// <summary>What WCAG 2.2 AA would have otherwise on this page, as far as a machine can tell.</summary>
    public async Task<IReadOnlyList<string>> Barriers()
    {
        await Page.EvaluateAsync(Axe);
        var found = await Page.EvaluateAsync<JsonElement>(
            """
            async () => {
              // What was changed last is drawn first.
              await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
              const found = await axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] });
              return found.violations.flatMap(rule => rule.nodes.map(node => `${rule.id}: ${node.html.slice(0, 160)} ${node.any.map(each => each.message).join(' ')}`));
            }
            """);
        return [.. found.EnumerateArray().Select(barrier => barrier.GetString()!)];
    }

    /// <summary>By how much the page is wider than its window.</summary>
    public Task<int> Overflow() => Page.EvaluateAsync<int>("() => document.documentElement.scrollWidth - document.documentElement.clientWidth");

    public ValueTask DisposeAsync() => _context.DisposeAsync();
}
