import tseslint from "typescript-eslint";

const TESTS = ["**/*.{test,test-d,oracle,simulation,process,broker,soak,fixture}.ts"];
/** Suites other packages run; they are tests in all but name. */
const SUITES = ["packages/*/src/conformance/**"];
const WIRING = [
  "packages/examples/**",
  "packages/broker-harness/**",
  "packages/conformance/**",
  "benchmarks/**",
  "scripts/**",
  "*.{ts,js,mjs}",
];

/** Folders that may import what is closed to all others. `kinds` are keys of CLOSED_IMPORTS. */
const DOORS = [
  { files: ["packages/kernel/src/system/**"], kinds: ["time", "chance"] },
  {
    files: ["packages/kafka-client/src/embedded/disk*", "packages/kafka-client/src/embedded/disk*/**"],
    kinds: ["files"],
  },
  { files: ["packages/kafka-client/src/protocol/codecs/zstd.ts"], kinds: ["files"] },
  { files: ["packages/state-stores/src/disk/**"], kinds: ["files"] },
  { files: ["packages/state-stores/src/engines/**"], kinds: ["files", "level"] },
  { files: ["packages/kafka-client/src/kafkajs/**"], kinds: ["kafkajs"] },
  { files: ["packages/schema-registry/**"], kinds: ["avsc"] },
  { files: ["packages/schema-registry/src/cli/**"], kinds: ["avsc", "files"] },
  { files: ["benchmarks/pipeline/avro.ts"], kinds: ["avsc", "time", "chance", "files"] },
  { files: ["packages/streams-core/src/app/**"], kinds: ["files", "rxjs"] },
  { files: ["packages/examples/riders/queries.ts"], kinds: ["rxjs"] },
];

const CLOSED_IMPORTS = {
  time: [
    { group: ["node:timers", "node:timers/*", "timers", "timers/*"], message: "Time comes from the Environment." },
  ],
  chance: [
    {
      group: ["node:crypto", "crypto"],
      importNames: ["randomUUID", "randomBytes", "randomInt", "getRandomValues", "randomFillSync", "webcrypto"],
      message: "Chance comes from the Environment.",
    },
  ],
  files: [
    { group: ["node:fs", "node:fs/*", "fs", "fs/*"], message: "Files are reached only in the disk and app folders." },
  ],
  level: [{ group: ["level", "classic-level"], message: "LevelDB is known to state-stores/src/engines only." }],
  kafkajs: [{ regex: "^kafkajs(/|$)", message: "kafkajs is known to kafka-client/src/kafkajs only." }],
  avsc: [{ group: ["avsc"], message: "avsc is known to schema-registry only." }],
  rxjs: [{ group: ["rxjs", "rxjs/*"], message: "Of the libraries, rxjs is known to streams-core/src/app only." }],
};

const importsBut = (...open) => ({
  "no-restricted-imports": [
    "error",
    {
      patterns: Object.entries(CLOSED_IMPORTS)
        .filter(([kind]) => !open.includes(kind))
        .flatMap(([, patterns]) => patterns),
    },
  ],
});

const fromEnvironment = "Time and chance come from the Environment (packages/kernel).";
const CLOSED_GLOBALS = ["setTimeout", "setInterval", "setImmediate", "queueMicrotask"];
const CLOSED_PROPERTIES = [
  ["Date", "now"],
  ["Math", "random"],
  ["performance", "now"],
  ["process", "hrtime"],
  ["process", "nextTick"],
  ["AbortSignal", "timeout"],
  ["crypto", "randomUUID"],
  ["crypto", "getRandomValues"],
  ["crypto", "randomBytes"],
  ...CLOSED_GLOBALS.map((name) => ["globalThis", name]),
];

const noDefaultExport = {
  selector: "ExportDefaultDeclaration",
  message: "Export by name, so that one thing has one name everywhere.",
};
const noOpenDate = [
  { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: fromEnvironment },
  { selector: "CallExpression[callee.name='Date']", message: fromEnvironment },
];

const injectedWorldOnly = {
  "no-restricted-globals": ["error", ...CLOSED_GLOBALS.map((name) => ({ name, message: fromEnvironment }))],
  "no-restricted-properties": [
    "error",
    ...CLOSED_PROPERTIES.map(([object, property]) => ({ object, property, message: fromEnvironment })),
  ],
  "no-restricted-syntax": ["error", noDefaultExport, ...noOpenDate],
};
const anyWorld = {
  "no-restricted-globals": "off",
  "no-restricted-properties": "off",
  "no-restricted-syntax": ["error", noDefaultExport],
};

const size = {
  "max-lines": ["error", { max: 400, skipBlankLines: true, skipComments: true }],
  "max-lines-per-function": ["error", { max: 70, skipBlankLines: true, skipComments: true }],
  "max-params": ["error", { max: 4 }],
  complexity: ["error", { max: 12 }],
};
const anySize = Object.fromEntries(Object.keys(size).map((rule) => [rule, "off"]));

export default tseslint.config(
  { ignores: ["**/node_modules/**", "**/dist/**", "**/.millrace/**", "coverage/**"] },
  ...tseslint.configs.recommended,
  {
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      ...size,
      ...injectedWorldOnly,
      ...importsBut(),
      eqeqeq: ["error", "always", { null: "ignore" }],
      "no-console": "error",
      "no-var": "error",
      "prefer-const": "error",
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/consistent-type-imports": ["error", { disallowTypeAnnotations: false }],
      "@typescript-eslint/no-empty-object-type": ["error", { allowInterfaces: "always" }],
      "@typescript-eslint/no-unused-vars": [
        "error",
        { argsIgnorePattern: "^_", varsIgnorePattern: "^_", destructuredArrayIgnorePattern: "^_" },
      ],
    },
  },
  {
    files: ["**/*.ts"],
    ignores: ["**/*.test-d.ts"],
    languageOptions: { parserOptions: { project: "./tsconfig.check.json", tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/await-thenable": "error",
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-misused-promises": "error",
    },
  },
  { files: WIRING, rules: { ...anyWorld, ...importsBut("time", "chance", "files"), "no-console": "off" } },
  {
    files: [...TESTS, ...SUITES],
    rules: {
      ...anySize,
      ...anyWorld,
      ...importsBut("time", "chance", "files", "level", "kafkajs", "rxjs"),
      "no-console": "off",
    },
  },
  {
    files: ["**/*.test-d.ts"],
    rules: { "@typescript-eslint/no-unused-vars": "off", "@typescript-eslint/no-unused-expressions": "off" },
  },
  ...DOORS.map(({ files, kinds }) => ({ files, ignores: [...TESTS], rules: importsBut(...kinds) })),
  {
    files: ["packages/schema-registry/**/*.oracle.ts"],
    rules: importsBut("time", "chance", "files", "level", "kafkajs", "avsc"),
  },
  // Contracts name every field of a record in the hot path's methods; what implements them says so at its own comment.
  { files: ["packages/*/src/{port,contract,model}/**"], rules: { "max-params": "off" } },
  { files: ["packages/kernel/src/system/**"], rules: anyWorld },
  { files: ["*.{ts,js,mjs,cjs}"], rules: { "no-restricted-syntax": "off" } },
  { files: ["**/*.cjs"], rules: { "@typescript-eslint/no-require-imports": "off" } },
);
