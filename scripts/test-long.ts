// `pnpm test:long`: the property tests on 10,000 cases each and the simulator on 2,000 seeds, which `npm test` has no time
// for. `MILLRACE_CASES` and `MILLRACE_SEEDS` choose other numbers.
process.env["MILLRACE_CASES"] ??= "10000";
process.env["MILLRACE_SEEDS"] ??= "2000";
process.env["MILLRACE_PATIENCE"] ??= "30";
process.argv.push("oracle", "simulation");
await import("./test.js");
