/** How many cases a property test tries: `MILLRACE_CASES`, 500 without it. */
export function propertyCases(): number {
  const given = Number(process.env["MILLRACE_CASES"]);
  return Number.isInteger(given) && given > 0 ? given : 500;
}
