/**
 * Who may import whom (ARCHITECTURE.md, "Import rules"). Tests may reach further than the code they test: a driver test
 * of an operator needs the test driver. They still may not reach into another package's insides.
 */
const TEST = String.raw`\.(test|test-d|oracle|simulation|process|broker|soak|fixture)\.ts$`;
const CORE = "^packages/streams-core/src";

/** Package -> the packages it may import. Those not named here are not libraries and may import any library. */
const packagesSeenBy = {
  kernel: [],
  "kafka-client": ["kernel"],
  "state-stores": ["kernel"],
  "streams-core": ["kernel", "kafka-client", "state-stores"],
  "schema-registry": ["kernel", "kafka-client", "state-stores", "streams-core"],
  millrace: ["kernel", "kafka-client", "state-stores", "streams-core"],
};

const operators = ["model", "serde", "time"];
const physical = [...operators, "processors", "stores"];
/** Folder of streams-core -> the folders it may import. */
const foldersSeenBy = {
  model: [],
  serde: ["model"],
  time: ["model"],
  stores: operators,
  processors: [...operators, "stores"],
  topology: physical,
  plan: [...physical, "topology"],
  dsl: [...physical, "topology", "plan"],
  assignment: ["model"],
  runtime: [...physical, "topology", "assignment"],
  app: [...physical, "topology", "assignment", "runtime"],
  testing: [...physical, "topology", "assignment", "runtime", "app"],
};

const oneOf = (names) => `(${names.join("|")})`;

const packageRules = Object.entries(packagesSeenBy).map(([name, seen]) => ({
  name: `package-${name}`,
  comment: `${name} may import ${seen.length === 0 ? "no other package" : seen.join(", ")}`,
  severity: "error",
  from: { path: `^packages/${name}/` },
  to: {
    path: "^(packages/[^/]+|benchmarks|scripts)/",
    pathNot: `^packages/${oneOf([name, "broker-harness", ...seen])}/`,
  },
}));

const folderRules = Object.entries(foldersSeenBy).map(([name, seen]) => ({
  name: `streams-core-${name}`,
  comment: `streams-core/${name} may import ${seen.length === 0 ? "no other folder" : seen.join(", ")}`,
  severity: "error",
  from: { path: `${CORE}/${name}/`, pathNot: TEST },
  to: { path: `${CORE}/`, pathNot: `${CORE}/${oneOf([name, ...seen])}/` },
}));

module.exports = {
  forbidden: [
    ...packageRules,
    ...folderRules,
    {
      name: "nothing-imports-programs",
      comment: "examples, benchmarks, the conformance runner and scripts are ends, not libraries",
      severity: "error",
      from: { path: "^(packages/([^/]+)|benchmarks|scripts)/" },
      to: {
        path: "^(packages/(examples|conformance)|benchmarks|scripts)/",
        pathNot: "^(packages/$2|benchmarks|scripts)/",
      },
    },
    {
      name: "harness-is-for-tests",
      comment: "only tests and benchmarks start brokers and databases, and one example its database",
      severity: "error",
      from: {
        path: "^packages/",
        pathNot: ["^packages/(broker-harness/|examples/consumer-to-postgres/open-database.ts$)", TEST],
      },
      to: { path: "^packages/broker-harness/" },
    },
    {
      name: "no-deep-import",
      comment: "another package is entered by a door of its export map only",
      severity: "error",
      from: { path: "^(packages/[^/]+|benchmarks|scripts)/" },
      to: {
        path: "^packages/[^/]+/src/",
        pathNot: [
          "^$1/",
          String.raw`^packages/[^/]+/src/((conformance|formats|testing)/)?index\.ts$`,
          "^packages/millrace/src/testing.ts$",
        ],
      },
    },
    {
      name: "no-relative-package-path",
      comment: "another package is imported by its name",
      severity: "error",
      from: { path: "^(packages/[^/]+)/" },
      to: {
        path: "^packages/[^/]+/src/",
        pathNot: "^$1/",
        dependencyTypes: ["local"],
        dependencyTypesNot: ["aliased", "npm"],
      },
    },
    {
      name: "no-cycle",
      comment: "modules in a cycle load in an order nobody chose; interfaces may name each other",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "no-undeclared-dependency",
      comment: "what is imported stands in the package's own package.json",
      severity: "error",
      from: { path: "^packages/[^/]+/src/", pathNot: [TEST, "/conformance/"] },
      to: { dependencyTypes: ["npm-no-pkg", "npm-unknown", "npm-dev"] },
    },
    {
      name: "no-unresolved",
      comment: "an import that resolves to nothing is checked by none of these rules",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "(^|/)(dist|node_modules/\\.cache)/" },
    tsConfig: { fileName: "tsconfig.check.json" },
    tsPreCompilationDeps: true,
    combinedDependencies: true,
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["millrace-source", "import", "node", "default", "types"],
      extensions: [".ts", ".js", ".mjs", ".cjs", ".json"],
    },
  },
};
