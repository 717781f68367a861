using System.CommandLine;
using Q2C.Silo.Connectors;
using Q2C.Silo.Operations;

var data = new Option<DirectoryInfo>("--data")
{
    Description = "Data folder: private PostgreSQL, keys, what is running.",
    DefaultValueFactory = _ => new DirectoryInfo(Environment.GetEnvironmentVariable("Q2C_DATA") ?? ".q2c"),
    Recursive = true,
};
var port = new Option<int>("--port") { Description = "Port of the gateway.", DefaultValueFactory = _ => 5080 };
var siloPort = new Option<int>("--silo-port") { Description = "Port of the silo.", DefaultValueFactory = _ => 5081 };
var policies = new Option<DirectoryInfo?>("--policies") { Description = "Folder of policy documents; the sample set if left out." };
var connections = new Option<FileInfo?>("--connections") { Description = "JSON file that names the connected systems." };

var up = new Command("up", "Start silo and gateway in one process, with a private PostgreSQL unless Q2C_POSTGRES names one.")
{
    port, siloPort, policies, connections,
};
up.SetAction((arguments, cancel) => Up.Run(
    new(
        arguments.GetRequiredValue(data), arguments.GetValue(port), arguments.GetValue(siloPort),
        arguments.GetValue(policies), arguments.GetValue(connections)),
    cancel));

var down = new Command("down", "Stop what runs from this data folder.");
down.SetAction((arguments, cancel) => Down.Run(arguments.GetRequiredValue(data), cancel));

var silo = new Command("silo", "Start a silo without a gateway, on the PostgreSQL that Q2C_POSTGRES names.") { siloPort, policies, connections };
silo.SetAction((arguments, cancel) => SiloProcess.Run(
    new(
        arguments.GetRequiredValue(data), arguments.GetValue(siloPort), arguments.GetValue(policies), arguments.GetValue(connections)),
    cancel));

var json = new Option<bool>("--json") { Description = "One JSON document instead of tables." };
var status = new Command("status", "What runs, how far each part is, what waits, what is stuck. Exit code 1 if nothing runs.") { json };
status.SetAction((arguments, cancel) => Status.Run(arguments.GetRequiredValue(data), arguments.GetValue(json), Console.Out, cancel));

var exported = new Option<FileInfo?>("--export") { Description = "An export to check instead of the database." };
var keys = new Option<FileInfo[]>("--keys") { Description = "PEM files of the keys that signed the chain.", AllowMultipleArgumentsPerToken = true };
var readModels = new Option<bool>("--read-models") { Description = "Also build all read models anew beside, and compare them." };
var scratch = new Option<string?>("--scratch") { Description = "Connection string of an empty database to build them in; one is made and dropped if left out." };
var vendors = new Option<bool>("--vendors") { Description = "Also have the running silo look up at every vendor what was sent there." };
var since = new Option<DateTimeOffset>("--since") { Description = "From when on vendors are compared; 35 days ago if left out.", DefaultValueFactory = _ => DateTimeOffset.UtcNow.AddDays(-35) };
var repair = new Option<bool>("--repair") { Description = "Put right what differs: read models are made anew, what is missing at a vendor is sent again." };
var reason = new Option<string?>("--reason") { Description = "Why; recorded." };
var verify = new Command("verify", "Check every row of the journal against its hash chain and the signatures, and more if asked. Exit code 1 if something is not as it should be.")
{
    exported, keys, readModels, scratch, vendors, since, repair, reason,
};
verify.SetAction((arguments, cancel) => arguments.GetValue(exported) is { } file
    ? Verify.Exported(file, arguments.GetValue(keys) ?? [], Console.Out, cancel)
    : Verify.Database(
        arguments.GetRequiredValue(data),
        new(
            arguments.GetValue(keys) ?? [], arguments.GetValue(readModels), arguments.GetValue(scratch), arguments.GetValue(vendors),
            arguments.GetValue(since), arguments.GetValue(repair), arguments.GetValue(reason)),
        Console.Out, cancel));

var target = new Argument<FileInfo>("file") { Description = "Where to write the journal as JSON lines." };
var subject = new Option<string?>("--subject") { Description = "Only rows of this object, delivery (delivery/12) or connection (connection/netsuite)." };
var actor = new Option<string?>("--actor") { Description = "Only rows of this person, machine or connection." };
var from = new Option<DateTimeOffset?>("--from") { Description = "Only rows recorded at or after this time." };
var until = new Option<DateTimeOffset?>("--until") { Description = "Only rows recorded before this time." };
var export = new Command("export", "Write the journal, or rows of it, as JSON lines that can be checked without a database.")
{
    target, subject, actor, from, until,
};
export.SetAction((arguments, cancel) => Verify.Export(
    arguments.GetRequiredValue(data), arguments.GetRequiredValue(target),
    new(arguments.GetValue(subject), arguments.GetValue(actor), arguments.GetValue(from), arguments.GetValue(until)), Console.Out, cancel));

var dryRun = new Option<bool>("--dry-run") { Description = "Tell what would change, and change nothing." };
var replayReadModels = new Command("read-models", "Make all read models anew from the journal, while everything goes on.") { dryRun, scratch };
replayReadModels.SetAction((arguments, cancel) => Rebuild.ReadModels(
    arguments.GetRequiredValue(data), arguments.GetValue(dryRun), arguments.GetValue(scratch), Console.Out, cancel));
var sentSince = new Option<DateTimeOffset>("--since") { Description = "From when on.", Required = true };
var streamTarget = new Option<string>("--target") { Description = "The beginning of the targets' ids, which names their kind: eu_cu_.", DefaultValueFactory = _ => "" };
var replayStreams = new Command("streams", "Have grains fetch again what was sent to them; what they have taken they pass over.") { sentSince, streamTarget, dryRun };
replayStreams.SetAction((arguments, cancel) => Rebuild.Streams(
    arguments.GetRequiredValue(data), arguments.GetValue(sentSince), arguments.GetValue(streamTarget)!, arguments.GetValue(dryRun), Console.Out, cancel));
var replay = new Command("replay", "Do again what follows from what was recorded.") { replayReadModels, replayStreams };

var source = new Argument<FileInfo>("file") { Description = "An export." };
var import = new Command("import", "Bring an exported journal into an empty database, and prove it on the way.") { source, keys };
import.SetAction((arguments, cancel) => Verify.Import(
    arguments.GetRequiredValue(data), arguments.GetRequiredValue(source), arguments.GetValue(keys) ?? [], Console.Out, cancel));

var backupFile = new Argument<FileInfo>("file") { Description = "The backup." };
var backup = new Command("backup", "Write the whole database to one file, while everything goes on.") { backupFile };
backup.SetAction((arguments, cancel) => Backup.Write(
    arguments.GetRequiredValue(data), arguments.GetRequiredValue(backupFile), Console.Out, cancel));

var restoredFile = new Argument<FileInfo?>("file") { Description = "The backup.", Arity = ArgumentArity.ZeroOrOne };
var recovered = new Option<bool>("--recovered") { Description = "PostgreSQL recovered this database by itself; only take the caution that a restoration needs." };
var restore = new Command("restore", "Bring a backup back into an empty database. Every connection starts held: docs/operations.md says how to go on.")
{
    restoredFile, recovered,
};
restore.SetAction((arguments, cancel) => (arguments.GetValue(restoredFile), arguments.GetValue(recovered)) switch
{
    ({ } file, false) => Backup.Restore(arguments.GetRequiredValue(data), file, Console.Out, cancel),
    (null, true) => Backup.Recovered(arguments.GetRequiredValue(data), Console.Out, cancel),
    _ => throw new OperationsException("restore needs a file or --recovered.", "./q2c restore --help tells the difference."),
});

var keyName = new Argument<string>("name") { Description = "The machine that it is for; it acts under this name." };
var roles = new Option<string[]>("--role") { Description = "sales, delivery, finance, finance_approver, auditor, operator, administrator, machine; customer for a portal.", AllowMultipleArgumentsPerToken = true, Required = true };
var scopes = new Option<string[]>("--scope") { Description = "q2c.read, q2c.write, q2c.approve, q2c.operate.", AllowMultipleArgumentsPerToken = true, Required = true };
var entities = new Option<string[]>("--legal-entity") { Description = "The only ones that it sees.", AllowMultipleArgumentsPerToken = true };
var regions = new Option<string[]>("--region") { Description = "The only ones that it sees.", AllowMultipleArgumentsPerToken = true };
var customer = new Option<string?>("--customer") { Description = "The id of the customer whose portal it is." };
var days = new Option<int>("--days") { Description = "How long it is valid.", DefaultValueFactory = _ => 90 };
var why = new Option<string>("--reason") { Description = "Why; recorded.", Required = true };
var makeKey = new Command("make", "Make a key and print it, once: it is kept nowhere.") { keyName, roles, scopes, entities, regions, customer, days, why };
makeKey.SetAction((arguments, cancel) => Keys.Make(
    arguments.GetRequiredValue(data),
    new(
        arguments.GetRequiredValue(keyName), [.. arguments.GetRequiredValue(roles)], [.. arguments.GetRequiredValue(scopes)],
        [.. arguments.GetValue(entities) ?? []], [.. arguments.GetValue(regions) ?? []], arguments.GetValue(customer),
        DateTimeOffset.UtcNow.AddDays(arguments.GetValue(days)), Keys.By, arguments.GetRequiredValue(why)),
    Console.Out, cancel));
var fingerprint = new Option<string?>("--fingerprint") { Description = "Only this one of the name; all that stand if left out." };
var revokeKey = new Command("revoke", "End keys at once. Exit code 1 if none stood.") { keyName, fingerprint, why };
revokeKey.SetAction((arguments, cancel) => Keys.Revoke(
    arguments.GetRequiredValue(data), arguments.GetRequiredValue(keyName), arguments.GetValue(fingerprint), arguments.GetRequiredValue(why),
    Console.Out, cancel));
var listKeys = new Command("list", "All keys that were made, what they may do, when they end, who made and revoked them.") { json };
listKeys.SetAction((arguments, cancel) => Keys.List(
    arguments.GetRequiredValue(data), arguments.GetValue(json), Console.Out, cancel));
var key = new Command("key", "API keys of machines.") { makeKey, listKeys, revokeKey };

var root = new RootCommand("Q2C keeps quote to cash in step across CRM, PSA, ERP, tax and payments.")
{
    data, up, silo, down, status, verify, export, import, replay, backup, restore, key, PolicyFiles.ToCommand(Console.Out),
};

try
{
    return await root.Parse(args).InvokeAsync(new() { EnableDefaultExceptionHandler = false });
}
catch (OperationsException wrong)
{
    await Console.Error.WriteLineAsync($"q2c: {wrong.Problem}\n     {wrong.Remedy}");
    return 1;
}
catch (ConfigurationException wrong)
{
    await Console.Error.WriteLineAsync($"q2c: the configuration cannot work.\n     {wrong.Message.Replace("\n", "\n     ")}");
    return 1;
}
