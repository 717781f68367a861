using System.Reflection;
using System.Text.Json.Serialization;
using Q2C.Grains.Journal;
using Q2C.StandIns.Orleans.Tests;

namespace Q2C.Grains.Tests.Guards;

/// <summary>What holds for the types of the model and of the deciders.</summary>
public sealed class TypeTests
{
    private static readonly Assembly Model = typeof(Event).Assembly;

    private static readonly Type[] All = [.. Model.GetTypes(), .. typeof(Decision).Assembly.GetTypes()];

    private static readonly Type[] Stored =
        [typeof(Event), typeof(Command), typeof(Operation), typeof(Answer), typeof(EffectOutcome)];

    private static readonly string[] Pure =
    [
        "Q2C.Grains.Abstractions", "Q2C.StandIns.Orleans", "Orleans.Core", "Orleans.Core.Abstractions", "Orleans.Serialization",
        "Orleans.Serialization.Abstractions", "Orleans.Streaming", "System.Collections", "System.Collections.Immutable",
        "System.Collections.Concurrent", "System.Diagnostics.DiagnosticSource", "System.IO.Compression", "System.IO.Compression.Brotli", "System.Linq", "System.Memory", "System.Runtime", "System.Runtime.InteropServices",
        "System.Security.Cryptography", "System.Text.Encodings.Web", "System.Text.Json", "System.Threading",
    ];

    [Fact]
    public void What_crosses_a_grain_boundary_is_marked_for_serialization() => Assert.Empty(SerializationAudit.Run(Model));

    [Fact]
    public void What_a_stream_carries_is_marked_for_serialization() =>
        Assert.Empty(SerializationAudit.RunFor([typeof(Delivery)], Model));

    [Theory]
    [InlineData(typeof(Event))]
    [InlineData(typeof(Decision))]
    public void Model_and_deciders_reach_no_database_no_network_and_no_web(Type one) =>
        Assert.Empty(one.Assembly.GetReferencedAssemblies().Select(name => name.Name).Except(Pure));

    [Fact]
    public void What_is_stored_by_name_is_sealed_and_part_of_the_model() => Assert.DoesNotContain(
        All.Where(type => Stored.Any(root => root != type && root.IsAssignableFrom(type))),
        type => !type.IsSealed || type.Assembly != Model);

    [Fact]
    public void A_hierarchy_of_nested_records_is_closed() => Assert.Empty(
        from root in All
        where root.IsAbstract && root.GetNestedTypes(BindingFlags.Public | BindingFlags.NonPublic).Any(root.IsAssignableFrom)
        from heir in All
        where heir != root && root.IsAssignableFrom(heir) && (!IsNestedIn(heir, root) || !(heir.IsSealed || heir.IsAbstract))
        select $"{heir} is outside {root}, or open");

    [Fact]
    public void A_hierarchy_with_a_discriminator_names_each_of_its_kinds_once() => Assert.Empty(
        from root in All
        where root.IsDefined(typeof(JsonPolymorphicAttribute), inherit: false)
        let named = root.GetCustomAttributes<JsonDerivedTypeAttribute>(inherit: false).ToArray()
        let heirs = All.Where(heir => heir != root && !heir.IsAbstract && root.IsAssignableFrom(heir))
        where !heirs.ToHashSet().SetEquals(named.Select(each => each.DerivedType))
            || named.DistinctBy(each => each.TypeDiscriminator).Count() != named.Length
        select root);

    [Fact]
    public void Every_stored_name_ends_with_a_version() => Assert.Equal(
        ["erp-invoice-answer", "tax-answer"],
        WireFormat.Names.Keys.Where(name => !name.EndsWith(".v1", StringComparison.Ordinal)).Order(StringComparer.Ordinal));

    private static bool IsNestedIn(Type type, Type root) =>
        type.DeclaringType is { } owner && (owner == root || IsNestedIn(owner, root));
}
