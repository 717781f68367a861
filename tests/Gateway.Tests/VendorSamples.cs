namespace Q2C.Gateway.Tests;

/// <summary>Vendors' own payload samples. They are not ours to publish: they lie beside the repository, where it has them.</summary>
internal static class VendorSamples
{
    private const string Folder = "../shared/payloads";

    /// <summary>Null where the samples are not on this machine.</summary>
    public static byte[]? Find(string name)
    {
        var file = Path.Combine(Repository(), Folder, name);
        return File.Exists(file) ? File.ReadAllBytes(file) : null;
    }

    private static string Repository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Q2C.sln"))) folder = folder.Parent;
        return folder?.FullName ?? AppContext.BaseDirectory;
    }
}

/// <summary>A test that needs a vendor's sample; skipped, and said so, where the samples are not on this machine.</summary>
internal sealed class VendorSampleFactAttribute : FactAttribute
{
    public VendorSampleFactAttribute(string sample)
    {
        if (VendorSamples.Find(sample) is null) Skip = $"The vendor sample {sample} is not on this machine.";
    }
}
