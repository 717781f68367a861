using System.Security.Claims;
using Q2C.Customers;
using Q2C.Gateway.Reading;
using Q2C.Gateway.Resolvers;

namespace Q2C.Gateway.Mutations;

public sealed record UpsertCustomerInput(
    string IdempotencyKey, string? CustomerId, ExternalReferenceInput Reference, DateTimeOffset SourceVersion, CustomerProfileInput Profile);

public sealed record UpsertCustomerPayload(CustomerNode? Customer, string? Freshness, IReadOnlyList<object> Errors);

public sealed class CustomerMutations(Objects objects, CommandSender commands, GatewayOptions options)
{
    public async Task<UpsertCustomerPayload> UpsertCustomer(UpsertCustomerInput input, ClaimsPrincipal user)
    {
        if (CommandSender.Refusal(user, [Roles.Sales, Roles.Finance, Roles.Machine], input.IdempotencyKey) is { } refusal)
            return new(null, null, refusal.Errors);
        if (input.CustomerId is { } given && !Ids.Is(given, Ids.Customer))
            return new(null, null, [MutationErrors.NotFound("input.customerId", given, "a customer")]);

        // The record's identity in its source makes the id, as it does for what a connector reports.
        var (reference, id) = (input.Reference, input.CustomerId);
        id ??= Ids.Derive(options.Region, Ids.Customer, reference.System, reference.Id);
        var profile = input.Profile.ToProfile() with { References = [new(reference.System, reference.Type ?? "customer", reference.Id)] };
        var sent = await commands.Send(
            user, id, input.IdempotencyKey, new UpsertCustomer(reference.System, input.SourceVersion.ToUniversalTime(), profile));
        return sent.IsRefused
            ? new(null, null, sent.Errors)
            : new(await objects.Customer(id) is { } view ? CustomerNode.Of(view) : null, sent.Freshness, []);
    }
}
