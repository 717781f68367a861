namespace Q2C.Gateway.Tests.Clients;

/// <summary>Needs a Chromium on the machine.</summary>
internal sealed class BrowserFactAttribute : FactAttribute
{
    private static readonly string[] Places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

    public BrowserFactAttribute()
    {
        if (Browser is null) Skip = "There is no Chromium on this machine.";
    }

    public static string? Browser { get; } = Array.Find(Places, File.Exists);
}
