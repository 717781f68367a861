using Q2C.Silo.Connectors;

namespace Q2C.Silo.Tests.Connectors;

public sealed class JsonPlaceTests
{
    private const string Body = "{\n  \"é\": 1, \"lines\": [ {\"a\": 1},\n    {\"a\": [10, 20]} ]\n}";

    [Theory]
    [InlineData("é", "2:9")]
    [InlineData("lines[1].a[1]", "3:16")]
    [InlineData("lines[1].missing", "3:5")]
    [InlineData("lines[7]", "2:21")]
    [InlineData("lines.a", "2:21")]
    [InlineData("other", "")]
    [InlineData("", "")]
    public void A_path_leads_to_the_value_or_to_the_nearest_thing_around_it(string path, string place) =>
        Assert.Equal(place, JsonPlace.Of(Body, path) is var (line, column) ? $"{line}:{column}" : "");

    [Fact]
    public void A_text_that_is_no_json_has_no_places() => Assert.Null(JsonPlace.Of("{broken", "a"));
}
