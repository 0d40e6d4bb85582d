// The console's only script.
