using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Q2C.Grains.Journal;

namespace Q2C.Grains.Tests.Guards;

/// <summary>
/// One stored example of each stored name, as an older version wrote it. What is in a journal has to be readable for
/// ever: a sample that fails shows a change that would break history. Change the code then, not the sample.
/// To add samples of new names, run these tests once with <c>Q2C_WRITE_SAMPLES=1</c>, and look at what was written.
/// </summary>
public sealed class EventSamples
{
    private const string Folder = "tests/Grains.Tests/Samples/events";

    private static readonly JsonWriterOptions Readable =
        new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, NewLine = "\n" };

    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static TheoryData<string> Names => [.. WireFormat.Names.Keys.Order(StringComparer.Ordinal)];

    [Theory, MemberData(nameof(Names))]
    public void A_stored_name_is_read_as_it_was_written_and_written_as_it_was_read(string name)
    {
        var type = WireFormat.Names[name];
        var file = Path.Combine(SourceTree.Root, Folder, $"{name}.json");
        if (!File.Exists(file) && Environment.GetEnvironmentVariable("Q2C_WRITE_SAMPLES") == "1") Write(file, type);
        Assert.True(File.Exists(file), $"{Folder}/{name}.json is missing: run this test once with Q2C_WRITE_SAMPLES=1.");

        var stored = Layout(File.ReadAllBytes(file), Compact);
        var read = Read(type, Encoding.UTF8.GetBytes(stored));

        Assert.Equal(type, read.GetType());
        Assert.Equal(stored, Layout(Encoding.UTF8.GetBytes(Text(read)), Compact));
    }

    [Fact]
    public void There_is_no_sample_of_a_name_that_is_not_read_any_more() => Assert.Empty(
        SourceTree.Files(Folder, ".json").Select(Path.GetFileNameWithoutExtension).Except(WireFormat.Names.Keys));

    private static void Write(string file, Type type)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, Layout(Encoding.UTF8.GetBytes(Text(SampleValues.Record(type))), Readable) + "\n");
    }

    private static object Read(Type type, ReadOnlyMemory<byte> bytes) => RootOf(type) switch
    {
        var root when root == typeof(Event) => WireFormat.Read<Event>(bytes),
        var root when root == typeof(Command) => WireFormat.Read<Command>(bytes),
        var root when root == typeof(Operation) => WireFormat.Read<Operation>(bytes),
        var root when root == typeof(Answer) => WireFormat.Read<Answer>(bytes),
        _ => WireFormat.Read<EffectOutcome>(bytes),
    };

    private static string Text(object value) => Encoding.UTF8.GetString((value switch
    {
        Event one => WireFormat.Write(one),
        Command one => WireFormat.Write(one),
        Operation one => WireFormat.Write(one),
        Answer one => WireFormat.Write(one),
        EffectOutcome one => WireFormat.Write(one),
        _ => throw new InvalidOperationException($"{value.GetType()} is not stored by name."),
    }).Span);

    private static string Layout(ReadOnlyMemory<byte> json, JsonWriterOptions options)
    {
        using var document = JsonDocument.Parse(json);
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, options)) document.WriteTo(writer);
        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    private static Type RootOf(Type type) => type.BaseType == typeof(object) ? type : RootOf(type.BaseType!);
}
