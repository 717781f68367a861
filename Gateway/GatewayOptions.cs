namespace Q2C.Gateway;

/// <summary>What the gateway needs to know of the installation.</summary>
/// <param name="Postgres"><c>ConnectionStrings:Postgres</c>.</param>
/// <param name="Region"><c>Q2C:Region</c>: new ids are born here.</param>
/// <param name="Role"><c>Q2C:GatewayRole</c>: the PostgreSQL role that the gateway takes on.</param>
/// <param name="Tools">
/// <c>Q2C:Tools</c>: whether clients may look at the schema (introspection, <c>?sdl</c>, GraphiQL). Off, unless the
/// development issuer is on.
/// </param>
/// <param name="Preflight">
/// <c>Q2C:Preflight</c>: whether GET requests must carry the header <c>GraphQL-Preflight</c>, which no link, form or image
/// of another page can send. On, unless switched off.
/// </param>
/// <param name="GraphiQLFolder"><c>Q2C:GraphiQL</c>: where GraphiQL's files are; without it there is no such page.</param>
public sealed record GatewayOptions(string Postgres, string Region, string Role, bool Tools = false, bool Preflight = true,
    string? GraphiQLFolder = null)
{
    private const string DefaultRegion = "eu";
    private const string DefaultRole = "q2c_gateway";

    /// <summary>Throws <see cref="InvalidOperationException"/> that names the setting.</summary>
    public static GatewayOptions Read(IConfiguration configuration) => new(
        configuration.GetConnectionString("Postgres")
            ?? throw new InvalidOperationException("ConnectionStrings:Postgres must say where the database is."),
        configuration["Q2C:Region"] ?? DefaultRegion,
        configuration["Q2C:GatewayRole"] ?? DefaultRole,
        configuration.GetValue("Q2C:Tools", configuration.GetValue<bool>(Security.SecurityServices.DevelopmentSetting)),
        configuration.GetValue("Q2C:Preflight", true),
        configuration[Console.GraphiQLPage.FolderSetting]);
}
