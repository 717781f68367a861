using Q2C.Silo.Connectors.Salesforce.PubSub;

namespace Q2C.Silo.Tests.Connectors.Salesforce;

public sealed class AvroTests
{
    private const string Schema = """
        {"type":"record","name":"All","namespace":"q2c","fields":[
          {"name":"text","type":"string"},{"name":"no","type":["null","int"]},{"name":"yes","type":["null",{"type":"long","logicalType":"timestamp-millis"}]},
          {"name":"flag","type":"boolean"},{"name":"half","type":"float"},{"name":"whole","type":"double"},{"name":"raw","type":"bytes"},
          {"name":"two","type":{"type":"fixed","name":"Two","size":2}},{"name":"kind","type":{"type":"enum","name":"Kind","symbols":["A","B"]}},
          {"name":"list","type":{"type":"array","items":"int"}},{"name":"map","type":{"type":"map","values":"string"}},
          {"name":"again","type":["null","q2c.All"]}]}
        """;

    private static readonly byte[] Value =
    [
        4, (byte)'h', (byte)'i', 0, 2, 0x80, 0x02, 1, 0, 0, 0, 0x3f, 0, 0, 0, 0, 0, 0, 0xf8, 0xbf, 2, 7, 1, 2, 2,
        3, 4, 2, 1, 0, 2, 2, (byte)'k', 2, (byte)'v', 0, 0,
    ];

    [Fact]
    public void Every_kind_of_type_is_read() => Assert.Equal(
        """{"text":"hi","no":null,"yes":128,"flag":true,"half":0.5,"whole":-1.5,"raw":"Bw==","two":"AQI=","kind":"B","list":[1,-1],"map":{"k":"v"},"again":null}""",
        AvroReader.Read(AvroSchema.Parse(Schema), Value).ToJsonString());

    [Fact]
    public void A_value_that_is_cut_off_anywhere_is_told_and_one_that_goes_on_too()
    {
        var schema = AvroSchema.Parse(Schema);
        for (var length = 0; length < Value.Length; length++) Assert.Throws<FormatException>(() => AvroReader.Read(schema, Value.AsSpan(0, length)));
        Assert.Throws<FormatException>(() => AvroReader.Read(schema, [.. Value, 0]));
    }

    [Theory]
    [InlineData("""{"type":"record","name":"R","fields":[{"name":"a","type":["null"]}]}""", new byte[] { 2 })]
    [InlineData("""{"type":"record","name":"R","fields":[{"name":"a","type":"long"}]}""", new byte[] { 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1 })]
    [InlineData("""{"type":"record","name":"R","fields":[{"name":"a","type":{"type":"array","items":"null"}}]}""", new byte[] { 254, 255, 255, 15, 0 })]
    [InlineData("""{"type":"record","name":"R","fields":[{"name":"a","type":"string"}]}""", new byte[] { 1 })]
    public void Bytes_that_lie_about_lengths_and_cases_do_no_harm(string schema, byte[] value) =>
        Assert.Throws<FormatException>(() => AvroReader.Read(AvroSchema.Parse(schema), value));

    [Fact]
    public void A_value_that_contains_itself_without_end_is_refused() => Assert.Throws<FormatException>(() => AvroReader.Read(
        AvroSchema.Parse("""{"type":"record","name":"R","fields":[{"name":"again","type":["null","R"]}]}"""), Enumerable.Repeat((byte)2, 10_000).ToArray()));

    [Theory]
    [InlineData("not json")]
    [InlineData("\"string\"")]
    [InlineData("""{"type":"record","name":"R"}""")]
    [InlineData("""{"type":"record","name":"R","fields":[{"name":"a","type":"Unknown"}]}""")]
    public void A_text_that_is_no_schema_of_a_record_is_refused(string schema) => Assert.Throws<FormatException>(() => AvroSchema.Parse(schema));
}
