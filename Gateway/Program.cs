using Q2C.Gateway;

var builder = WebApplication.CreateBuilder(args);
builder.AddTelemetry("q2c-gateway");
builder.Services.AddGateway(builder.Configuration);
builder.UseOrleansClient(client =>
    ClusterConnection.Configure(client, GatewayOptions.Read(builder.Configuration), builder.Configuration));

var app = builder.Build();
app.MapGateway();
app.Run();
