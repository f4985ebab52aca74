// @ts-check
/**
 * The other end of the range bridge: runs in a worker thread, where an iterator of LevelDB may be awaited while the
 * reader stands still. Plain JavaScript, so that a thread can start on it from source and from the built package alike.
 */
import { workerData } from "node:worker_threads";

import { ClassicLevel } from "classic-level";

/**
 * @typedef {import("./range-messages.js").RangeRequest} RangeRequest
 * @typedef {Extract<RangeRequest, { kind: "open" }>} OpenRequest
 * @typedef {import("./range-messages.js").RangeReply} RangeReply
 * @typedef {ClassicLevel<string, Uint8Array>} Database
 * @typedef {{ rows: ReturnType<Database["iterator"]>, location: string, prefixLength: number }} Walk
 */

/** Iteration gathers at most this much before it answers, however many rows were asked for. */
const CHUNK_BYTES = 128 * 1024;

/** @type {{ port: import("node:worker_threads").MessagePort, signal: Int32Array }} */
const { port, signal } = workerData;
/** @type {Map<string, Promise<Database>>} */
const databases = new Map();
/** @type {Map<number, Walk>} */
const walks = new Map();

/** @param {string} location */
const open = async (location) => {
  /** @type {Database} */
  const database = new ClassicLevel(location, { keyEncoding: "utf8", valueEncoding: "view", createIfMissing: false });
  // The handle of the reading thread is shared, its options included.
  await database.open({ multithreading: true, createIfMissing: false });
  return database;
};

/**
 * Rows as bytes: length of the key, length of the value (both 32 bits, little endian), key, value.
 * @param {[string, Uint8Array][]} rows
 * @param {number} prefixLength
 */
const pack = (rows, prefixLength) => {
  let size = 0;
  for (const [key, value] of rows) size += 8 + key.length - prefixLength + value.byteLength;
  const bytes = new ArrayBuffer(size);
  const target = Buffer.from(bytes);
  let offset = 0;
  for (const [key, value] of rows) {
    const keyLength = key.length - prefixLength;
    target.writeUInt32LE(keyLength, offset);
    target.writeUInt32LE(value.byteLength, offset + 4);
    target.write(prefixLength === 0 ? key : key.slice(prefixLength), offset + 8, "latin1");
    target.set(value, offset + 8 + keyLength);
    offset += 8 + keyLength + value.byteLength;
  }
  return bytes;
};

/**
 * @param {number} id
 * @param {number} limit
 */
const read = async (id, limit) => {
  const walk = walks.get(id);
  if (walk === undefined) throw new Error(`no iterator ${id}`);
  const rows = /** @type {[string, Uint8Array][]} */ (await walk.rows.nextv(limit));
  // Fewer than asked for may mean full as well as ended: only an empty answer, or few rows of few bytes, is the end.
  const bytes = pack(rows, walk.prefixLength);
  const done = rows.length === 0 || (rows.length < limit && bytes.byteLength < CHUNK_BYTES / 2);
  if (done) await close(id);
  return { bytes, count: rows.length, done };
};

/** @param {number} id */
const close = async (id) => {
  const walk = walks.get(id);
  walks.delete(id);
  await walk?.rows.close();
};

/** @param {OpenRequest} request */
const start = async ({ id, location, gte, lt, reverse, prefixLength, limit }) => {
  let database = databases.get(location);
  if (database === undefined) {
    database = open(location);
    databases.set(location, database);
  }
  const rows = (await database).iterator({ gte, lt, reverse, fillCache: true, highWaterMarkBytes: CHUNK_BYTES });
  walks.set(id, { rows, location, prefixLength });
  return read(id, limit);
};

/** @param {string} location */
const release = async (location) => {
  for (const [id, walk] of walks) if (walk.location === location) await close(id);
  const database = databases.get(location);
  databases.delete(location);
  await (await database)?.close();
  return { bytes: new ArrayBuffer(0), count: 0, done: true };
};

/** @param {RangeReply} reply */
const answer = (reply) => {
  port.postMessage(reply, "bytes" in reply ? [reply.bytes] : []);
  Atomics.add(signal, 0, 1);
  Atomics.notify(signal, 0);
};

/** @param {unknown} error */
const failure = (error) => {
  const { message, code, cause } = /** @type {Error & { code?: string, cause?: { code?: string } }} */ (error);
  return { message, code: cause?.code ?? code ?? null };
};

/** @param {RangeRequest} request */
const serve = async (request) => {
  if (request.kind === "close") return close(request.id);
  try {
    if (request.kind === "open") answer(await start(request));
    else if (request.kind === "next") answer(await read(request.id, request.limit));
    else answer(await release(request.location));
  } catch (error) {
    answer(failure(error));
  }
};

port.on("message", (request) => void serve(request));
