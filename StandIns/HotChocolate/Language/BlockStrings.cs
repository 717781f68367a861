namespace HotChocolate.Language;

/// <summary>The value of a block string: common indentation and blank outer lines removed.</summary>
internal static class BlockStrings
{
    public static string Dedent(IReadOnlyList<string> lines)
    {
        var indent = int.MaxValue;
        var first = -1;
        var last = -1;
        for (var i = 0; i < lines.Count; i++)
        {
            var width = lines[i].AsSpan().IndexOfAnyExcept(' ', '\t');
            if (width < 0)
            {
                continue;
            }

            first = first < 0 ? i : first;
            last = i;
            if (i > 0)
            {
                indent = Math.Min(indent, width);
            }
        }

        return first < 0
            ? ""
            : string.Join('\n', Enumerable.Range(first, last - first + 1).Select(i => Cut(lines[i], i == 0 ? 0 : indent)));
    }

    private static string Cut(string line, int indent) => line.Length <= indent ? "" : line[indent..];
}
