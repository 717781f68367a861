namespace Q2C.Benchmarks;

/// <summary>What the commercial engine costs: pricing and classifying time, and the way from a delivery to an issued invoice.</summary>
internal static class BillingBenchmark
{
    private const int Projects = 100;
    private const int EntriesPerProject = 200;

    public static async Task<BenchReport> Run(int entries, int rounds, CancellationToken cancel)
    {
        await using var server = await BenchServer.Start(cancel);
        var (figures, ratio, goals) = PricingBenchmark.Run(entries, rounds);
        var whole = new Figure(
            "from delivery to issued invoice", await DeliveryToInvoice.Run(server, Projects, EntriesPerProject, cancel), "items/s",
            Note: $"{Projects} projects, {EntriesPerProject} entries each; grains and PostgreSQL, tax engine and ERP answer at once");
        return await BenchReport.Create(
            "billing", server, new Dictionary<string, string> { ["entries"] = $"{entries}", ["rounds"] = $"{rounds}" },
            [.. figures, whole], ratio, null, goals);
    }
}
