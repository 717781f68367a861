using Q2C.Simulators;

return await CommandLine.RunAsync(args);
