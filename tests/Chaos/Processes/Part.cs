using System.Diagnostics;
using System.Globalization;

namespace Q2C.Chaos.Processes;

/// <summary>
/// One process of the installation under a supervisor that starts it again whenever it has ended, as a service manager does.
/// </summary>
internal sealed class Part(string name, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment, DirectoryInfo logs) : IAsyncDisposable
{
    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(500);

    private readonly CancellationTokenSource _end = new();
    private readonly List<string> _ends = [];
    private volatile Process? _process;
    private volatile TaskCompletionSource _mayRun = Passed();
    private volatile bool _expected;
    private Task _supervised = Task.CompletedTask;

    public string Name => name;

    public string Log => Path.Combine(logs.FullName, $"{name}.log");

    /// <summary>Ends that nobody caused: when, and the last lines before.</summary>
    public IReadOnlyList<string> UnexplainedEnds
    {
        get
        {
            lock (_ends) return [.. _ends];
        }
    }

    /// <summary>Whether it may give up while it starts, as the database is away. Later it may not.</summary>
    public Func<bool> MayEnd { get; init; } = () => false;

    public void Start() => _supervised = Supervise();

    /// <summary>At once, with nothing cleaned up; it stays down until <see cref="Revive"/>.</summary>
    public void Kill()
    {
        _mayRun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _expected = true;
        _process?.Kill(entireProcessTree: false);
    }

    public void Revive()
    {
        _expected = false;
        _mayRun.TrySetResult();
    }

    /// <summary>As a machine that sleeps.</summary>
    public Task Pause() => Signal("STOP");

    public Task Resume() => Signal("CONT");

    public async ValueTask DisposeAsync()
    {
        _expected = true;
        await _end.CancelAsync();
        _mayRun.TrySetResult();
        if (_process is { HasExited: false } process)
        {
            await Signal("CONT");
            process.Kill();
        }

        await _supervised;
        _end.Dispose();
    }

    private async Task Supervise()
    {
        while (true)
        {
            await _mayRun.Task;
            if (_end.IsCancellationRequested) return;
            await RunOnce();
            await Task.Delay(Rest);
        }
    }

    private async Task RunOnce()
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, arguments[0]), .. arguments.Skip(1)])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (key, value) in environment) start.Environment[key] = value;
        var last = new Queue<string>();
        await using var log = TextWriter.Synchronized(new StreamWriter(Log, append: true) { AutoFlush = true });
        using var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.Start();
        var started = Stopwatch.GetTimestamp();
        _process = process;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        await process.WaitForExitAsync();
        _process = null;
        if (_expected || (MayEnd() && Stopwatch.GetElapsedTime(started) < StartTime)) return;
        lock (_ends)
            lock (last) _ends.Add($"{name} ended with {process.ExitCode}: {string.Join(" | ", last)}");

        void Keep(string? line)
        {
            if (line is null) return;
            log.WriteLine(line);
            lock (last)
            {
                last.Enqueue(line);
                if (last.Count > 6) last.Dequeue();
            }
        }
    }

    private async Task Signal(string signal)
    {
        if (_process is not { HasExited: false } process) return;
        using var kill = Process.Start("kill", [$"-{signal}", process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    private static TaskCompletionSource Passed()
    {
        var passed = new TaskCompletionSource();
        passed.SetResult();
        return passed;
    }
}
