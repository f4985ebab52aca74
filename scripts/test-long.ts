// `pnpm test:long`: what `npm test` has no time for. The property tests on 10,000 cases each, the simulator on 2,000 seeds;
// on a real broker 50 killed members, and 10 minutes of steady load. The variables choose other numbers.
process.env["MILLRACE_CASES"] ??= "10000";
process.env["MILLRACE_SEEDS"] ??= "2000";
process.env["MILLRACE_KILLS"] ??= "50";
process.env["MILLRACE_SOAK_MINUTES"] ??= "10";
process.env["MILLRACE_PATIENCE"] ??= "30";
if (process.argv.length === 2) process.argv.push("oracle", "simulation", "broker", "soak");
await import("./test.js");
