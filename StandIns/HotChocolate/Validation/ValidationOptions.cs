namespace HotChocolate.Validation
{
    /// <summary>What the validator refuses beyond the specification; resolved once per executor.</summary>
    internal sealed record ValidationOptions(
        int? MaxDepth = null, bool DepthSkipsIntrospection = false, bool DisableIntrospection = false, int MaxErrors = 5);

    /// <summary>What the builder's methods say about validation.</summary>
    internal sealed class ValidationSettings
    {
        public int? MaxDepth { get; set; }
        public bool DepthSkipsIntrospection { get; set; }
        public Func<IServiceProvider, Options.ValidationOptions, bool>? DepthEnabled { get; set; }
        public Func<IServiceProvider, Options.ValidationOptions, bool> DisableIntrospection { get; set; } = (_, _) => false;
        public int MaxErrors { get; set; } = 5;

        public ValidationOptions Resolve(IServiceProvider services)
        {
            var options = new Options.ValidationOptions { MaxAllowedErrors = MaxErrors };
            return new ValidationOptions(
                DepthEnabled?.Invoke(services, options) == false ? null : MaxDepth,
                DepthSkipsIntrospection,
                DisableIntrospection(services, options),
                options.MaxAllowedErrors);
        }
    }
}

namespace HotChocolate.Validation.Options
{
    /// <summary>The settings that enabling delegates can look at.</summary>
    public class ValidationOptions
    {
        public int MaxAllowedErrors { get; set; } = 5;

        public bool DisableIntrospection { get; set; }
    }
}
