import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { afterEach, beforeEach, expect, it } from "vitest";
import { RetriableError } from "@millrace/kafka-client";
import { httpRegistry, type HttpRegistryOptions } from "./http-registry.js";

type Answer = (request: IncomingMessage, response: ServerResponse) => void;
let answers: Answer[] = [];
let seen: IncomingMessage[] = [];
const server = createServer((request, response) => {
  seen.push(request);
  const answer = answers.length > 1 ? answers.shift()! : answers[0]!;
  answer(request, response);
});

beforeEach(async () => {
  seen = [];
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, "close");
});

function registry(options: Partial<HttpRegistryOptions> = {}) {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/base/`;
  return httpRegistry({ url, requestTimeoutMs: 200, retryForMs: 2_000, ...options });
}

const json =
  (status: number, body: unknown): Answer =>
  (_, response) => {
    response.writeHead(status, { "content-type": "application/vnd.schemaregistry.v1+json" }).end(JSON.stringify(body));
  };
const silence: Answer = () => {};
const cut: Answer = (_, response) => {
  response.writeHead(200, { "content-type": "application/json", "content-length": 100 }).write("[");
  setTimeout(() => response.destroy(), 20);
};
const page: Answer = (_, response) => void response.writeHead(200, { "content-type": "text/html" }).end("<html>");

it.each([
  ["an error of the server", json(500, { error_code: 50001, message: "store" })],
  ["too many requests", json(429, { message: "slowly" })],
  ["an answer that is cut off", cut],
  ["no answer", silence],
])("tries again after %s", async (_, fault) => {
  answers = [fault, fault, json(200, ["b", "a"])];
  expect(await registry().subjects()).toEqual(["a", "b"]);
  expect(seen).toHaveLength(3);
  expect(seen[0]!.url).toBe("/base/subjects");
});

it.each([
  ["an error of the server", json(503, { message: "overloaded" })],
  ["an answer that is cut off", cut],
  ["no answer", silence],
])("gives up in time, retriably, after %s", async (_, fault) => {
  answers = [fault];
  const failure = await registry({ retryForMs: 400 })
    .subjects()
    .catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(RetriableError);
  expect(failure).toMatchObject({ code: "MILLRACE_REGISTRY_UNAVAILABLE" });
});

it.each([
  ["unauthorized", json(401, { error_code: 401, message: "Unauthorized" }), "MILLRACE_REGISTRY_AUTHORIZATION"],
  ["forbidden", json(403, { error_code: 40301, message: "no" }), "MILLRACE_REGISTRY_AUTHORIZATION"],
  ["incompatible", json(409, { error_code: 409, message: "READER_FIELD" }), "MILLRACE_INCOMPATIBLE_SCHEMA"],
  ["no schema", json(422, { error_code: 42201, message: "bad" }), "MILLRACE_INVALID_SCHEMA"],
  ["a page", page, "MILLRACE_REGISTRY_REFUSED"],
  ["a path that is not there", json(404, "not found"), "MILLRACE_REGISTRY_REFUSED"],
  ["another interface's path", json(404, { error_code: 404, message: "no resource" }), "MILLRACE_REGISTRY_REFUSED"],
  ["something else", json(200, { name: "x" }), "MILLRACE_REGISTRY_REFUSED"],
])("says once what is wrong: %s", async (_, answer, code) => {
  answers = [answer];
  const schema = { type: "AVRO", text: '"string"', references: [] } as const;
  await expect(registry().register("a/b value", schema)).rejects.toMatchObject({ code });
  expect(seen.map(({ url, method }) => `${method} ${url}`)).toEqual(["POST /base/subjects/a%2Fb%20value/versions"]);
});

it("leaves class names of Java out of what it says", async () => {
  const message = "io.apicurio.registry.rules.RuleViolationException: Incompatible artifact: a [AVRO]";
  answers = [json(409, { error_code: 409, message })];
  const schema = { type: "AVRO", text: '"string"', references: [] } as const;
  await expect(registry().register("a", schema)).rejects.toMatchObject({
    messages: ["Incompatible artifact: a [AVRO]"],
  });
});

it("ends calls when it is closed", async () => {
  answers = [silence];
  const closing = registry({ requestTimeoutMs: 60_000 });
  const subjects = closing.subjects();
  await expect.poll(() => seen.length).toBe(1);
  await closing.close();
  await expect(subjects).rejects.toMatchObject({ code: "MILLRACE_REGISTRY_CLOSED" });
  await expect(closing.subjects()).rejects.toMatchObject({ code: "MILLRACE_REGISTRY_CLOSED" });
});

it("shows who asks", async () => {
  answers = [json(200, [])];
  let token = "one";
  await registry({ basicAuth: { username: "ada", password: "lovelace" } }).subjects();
  const changing = registry({ bearerToken: () => token });
  await changing.subjects();
  token = "two";
  await changing.subjects();
  expect(seen.map(({ headers }) => headers.authorization)).toEqual([
    `Basic ${Buffer.from("ada:lovelace").toString("base64")}`,
    "Bearer one",
    "Bearer two",
  ]);
});
