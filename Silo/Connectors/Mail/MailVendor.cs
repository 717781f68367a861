using MimeKit;

namespace Q2C.Silo.Connectors.Mail;

/// <summary>
/// Alerts as e-mail. The address is <c>smtp://host:port</c> (STARTTLS where the server has it) or <c>smtps://</c>; options
/// <c>from</c>, <c>to</c> (by comma) and <c>user</c>; secret <c>password</c> when there is a user.
/// </summary>
public sealed class MailVendor : IVendor
{
    public string Name => "mail";

    public ConnectionParts Connect(ConnectorContext context)
    {
        var settings = context.Settings;
        if (settings.BaseAddress.Scheme is not ("smtp" or "smtps"))
            throw new ConfigurationException(
                $"{ConnectionSettings.Section}:{settings.Name}:BaseAddress must be smtp://host:port or smtps://host:port, found '{settings.BaseAddress}'.");
        if (settings.Option("user") is not null) _ = settings.Secret("password");
        return new(new MailConnector(settings, Addresses(settings, "from"), Addresses(settings, "to")));
    }

    private static InternetAddressList Addresses(ConnectionSettings settings, string option) =>
        InternetAddressList.TryParse(settings.RequiredOption(option), out var addresses)
        && addresses.All(address => address is MailboxAddress { Address: var text } && text.Contains('@'))
            ? addresses
            : throw new ConfigurationException(
                $"{ConnectionSettings.Section}:{settings.Name}:Options:{option} must be e-mail addresses, found '{settings.Option(option)}'.");
}
