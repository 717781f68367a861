using System.Text.Json;
using Microsoft.Playwright;
using Npgsql;
using Q2C.Console.Tests;
using Q2C.Silo.Operations;

namespace Q2C.Benchmarks;

/// <summary>
/// The console as people meet it: Chromium on loopback, a hub in this process, and a list of many invoices. What is on the
/// page is asked of the page; nothing is cut out of the way there.
/// </summary>
internal static class ConsoleBenchmark
{
    private const int Port = 5179;
    private const int Customers = 1_000;

    /// <summary>Notes when the first figure or row is in the page, and the longest time that the page did nothing else.</summary>
    private const string Observe =
        """
        localStorage.setItem('q2c.persona', 'fiona');
        window.longest = 0;
        new PerformanceObserver(list => { for (const each of list.getEntries()) window.longest = Math.max(window.longest, each.duration); })
          .observe({ type: 'longtask', buffered: true });
        const observer = new MutationObserver(() => {
          if (!document.querySelector('.stage-card, tbody tr')) return;
          window.useful = performance.now();
          observer.disconnect();
        });
        observer.observe(document, { subtree: true, childList: true });
        """;

    private const string Paint =
        """
        async () => {
          while (!window.useful || performance.getEntriesByName('first-contentful-paint').length === 0) await new Promise(done => setTimeout(done, 20));
          const sent = performance.getEntriesByType('resource').reduce((sum, each) => sum + each.transferSize, 0);
          return { first: performance.getEntriesByName('first-contentful-paint')[0].startTime, useful: window.useful, sent };
        }
        """;

    /// <summary>To the end of what is read, again and again, until so many rows were read.</summary>
    private const string Scroll =
        """
        async wanted => {
          const list = document.querySelector('.scroller');
          const read = () => parseInt(document.querySelector('.count').textContent.replace(/\D/g, ''));
          window.longest = 0;
          const began = performance.now();
          let most = 0;
          while (read() < wanted) {
            list.scrollTop = list.scrollHeight;
            most = Math.max(most, document.querySelectorAll('tbody tr').length);
            await new Promise(done => setTimeout(done, 5));
          }
          return { took: performance.now() - began, most, longest: window.longest, heap: performance.memory.usedJSHeapSize };
        }
        """;

    private const string Find =
        """
        async text => {
          const began = performance.now();
          while (![...document.querySelectorAll('tbody tr')].some(row => row.textContent.includes(text)) || document.querySelectorAll('tbody tr').length > 3)
            await new Promise(done => requestAnimationFrame(done));
          return performance.now() - began;
        }
        """;

    public static async Task<BenchReport> Run(int invoices, int scrolled, int rounds, CancellationToken cancel)
    {
        await using var server = await BenchServer.Start(cancel);
        await using var hub = await Hub.Build(
            new(server.ConnectionString, Port, SiloPort: 0, Policies: null, Connections: null, new("."), Development: true), cancel);
        await hub.StartAsync(cancel);
        await Fill(server.ConnectionString, invoices, cancel);

        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(Chromium.Options);
        var first = new List<Painted>();
        var again = new List<Painted>();
        var lists = new List<Painted>();
        var ways = new List<Scrolled>();
        var finds = new List<double>();
        for (var round = 0; round < rounds; round++)
        {
            await using var context = await browser.NewContextAsync(new() { BaseURL = $"http://localhost:{Port}", Locale = "en-GB" });
            await context.AddInitScriptAsync(Observe);
            var page = await context.NewPageAsync();
            first.Add(await Visit(page, "/"));
            again.Add(await Visit(page, "/"));
            lists.Add(await Visit(page, "/billing/invoices"));
            ways.Add((await page.EvaluateAsync<JsonElement>(Scroll, scrolled)).Deserialize<Scrolled>(Json)!);
            var finding = page.EvaluateAsync<double>(Find, $"B-{invoices}");
            await page.GetByLabel("Find by number or customer").FillAsync($"B-{invoices}");
            finds.Add(await finding);
        }

        await hub.StopAsync(cancel);
        return await BenchReport.Create(
            "console", server, new Dictionary<string, string> { ["invoices"] = $"{invoices}", ["scrolled"] = $"{scrolled}", ["rounds"] = $"{rounds}" },
            [
                new("first visit, something painted", Median(first, each => each.First), "ms"),
                new("first visit, first figure seen", Median(first, each => each.Useful), "ms", Note: $"{Median(first, each => each.Sent) / 1024:0} KB sent"),
                new("again, first figure seen", Median(again, each => each.Useful), "ms", Note: $"{Median(again, each => each.Sent) / 1024:0} KB sent"),
                new("list of invoices, first row seen", Median(lists, each => each.Useful), "ms"),
                new("rows read while scrolling", scrolled / Median(ways, each => each.Took) * 1000, "rows/s"),
                new("longest task while scrolling", Median(ways, each => each.Longest), "ms"),
                new("most rows in the page", Median(ways, each => each.Most), "rows", Note: $"heap {Median(ways, each => each.Heap) / 1024 / 1024:0} MB"),
                new("one of all found", finds.Order().ElementAt(finds.Count / 2), "ms", Note: "from the last key to the row"),
            ],
            null, null);
    }

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <param name="First">Milliseconds from the start of the visit to the first paint with content.</param>
    /// <param name="Useful">To the first figure or row.</param>
    /// <param name="Sent">Bytes over the wire.</param>
    private sealed record Painted(double First, double Useful, double Sent);

    private sealed record Scrolled(double Took, double Most, double Longest, double Heap);

    private static async Task<Painted> Visit(IPage page, string path)
    {
        await page.GotoAsync(path);
        return (await page.EvaluateAsync<JsonElement>(Paint)).Deserialize<Painted>(Json)!;
    }

    private static double Median<T>(List<T> of, Func<T, double> value) => of.Select(value).Order().ElementAt(of.Count / 2);

    /// <summary>Straight into the lists: the page does not know where they come from.</summary>
    private static async Task Fill(string postgres, int invoices, CancellationToken cancel)
    {
        await using var database = NpgsqlDataSource.Create(postgres);
        await using var command = database.CreateCommand(
            $"""
            insert into q2c_read.contract (id, version, name, status, customer_id, customer_name, legal_entity, project_id, opportunity_id, quote_id,
                currency, terms_version, start_date, billed_minor, paid_minor, open_exceptions, accepted_at, updated_at)
            select 'eu_ct_' || n, 1, 'Engagement ' || n, 'active', 'eu_cu_' || n, 'Customer ' || n, 'DE01', 'eu_pr_' || n, 'o' || n, 'q' || n,
                'EUR', 1, '2026-01-01', 0, 0, 0, now(), now()
            from generate_series(1, {Customers}) n;
            insert into q2c_read.invoice (id, version, status, number, run_id, project_id, contract_id, customer_id, customer_name, legal_entity,
                currency, date, due_date, net_minor, tax_minor, total_minor, outstanding_minor, prepared_by, lines, tax_lines, payments, drafted_at,
                issued_at, updated_at)
            select 'eu_inv_' || n, 1, 'issued', 'B-' || n, 'eu_run_1', 'eu_pr_' || n % {Customers} + 1, 'eu_ct_' || n % {Customers} + 1,
                'eu_cu_' || n % {Customers} + 1, 'Customer ' || n % {Customers} + 1, 'DE01', 'EUR', date '2026-01-01' + n % 300, date '2026-02-01' + n % 300,
                n * 100, n * 19, n * 119, n * 119, 'fiona', '[]', '[]', '[]', timestamptz '2026-01-01' + n * interval '1 minute',
                timestamptz '2026-01-01' + n * interval '1 minute', now()
            from generate_series(1, {invoices}) n;
            analyze q2c_read.contract, q2c_read.invoice;
            """);
        await command.ExecuteNonQueryAsync(cancel);
    }
}
