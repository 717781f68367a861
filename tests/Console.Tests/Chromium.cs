using Microsoft.Playwright;

namespace Q2C.Console.Tests;

/// <summary>Chromium, without a window. <c>Q2C_CHROMIUM</c> says where it is if it is not Debian's.</summary>
internal static class Chromium
{
    public static BrowserTypeLaunchOptions Options => new()
    {
        ExecutablePath = Environment.GetEnvironmentVariable("Q2C_CHROMIUM") ?? "/usr/bin/chromium",
        // No sandbox in a container that runs as root; nothing that looks for the outside.
        Args =
        [
            "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync",
        ],
    };
}
