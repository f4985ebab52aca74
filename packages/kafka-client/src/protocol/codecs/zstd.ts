import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import * as zlib from "node:zlib";
import { CorruptRecordsError } from "../../port/errors.js";
import { zstdBytesAtMost } from "./zstd-frame.js";

/** The little of WebAssembly that is used here; Node has it, its type package does not. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => object;
};

interface ZstdLibrary {
  compress(records: Buffer): Uint8Array;
  decompress(packed: Buffer, bytesMax: number): Uint8Array;
}

/** What node:zlib has from Node 22.15 on. */
interface ZlibWithZstd {
  zstdCompressSync(records: Uint8Array): Buffer;
  zstdDecompressSync(packed: Uint8Array, options: { maxOutputLength: number }): Buffer;
}

/** The part of Emscripten's module object that decides how its WebAssembly is started. */
interface StartableModule {
  instantiateWasm: (imports: object, receive: (instance: object) => unknown) => unknown;
  init(): void;
}

const LEVEL = 3;

let library: ZstdLibrary | undefined;
const zstd = () => (library ??= "zstdCompressSync" in zlib ? fromNode(zlib as unknown as ZlibWithZstd) : fromWasm());

export function compressZstd(records: Buffer): Uint8Array {
  return zstd().compress(records);
}

export function decompressZstd(packed: Buffer, bytesMax: number): Uint8Array {
  const bytes = zstdBytesAtMost(packed);
  if (bytes > bytesMax) throw new CorruptRecordsError(`A zstd batch may come to more than ${bytesMax} bytes unpacked.`);
  return zstd().decompress(packed, Math.max(1, bytes));
}

function fromNode(node: ZlibWithZstd): ZstdLibrary {
  return {
    compress: (records) => node.zstdCompressSync(records),
    decompress: (packed, bytesMax) => node.zstdDecompressSync(packed, { maxOutputLength: bytesMax }),
  };
}

/**
 * The library's own `init` is asynchronous, and a batch is unpacked amid a synchronous cursor: so its WebAssembly is
 * started through Emscripten's hook for that, when first needed.
 */
function fromWasm(): ZstdLibrary {
  const require = createRequire(import.meta.url);
  const { compress, decompress } = require("@bokuweb/zstd-wasm") as typeof import("@bokuweb/zstd-wasm");
  const folder = join(require.resolve("@bokuweb/zstd-wasm"), "..");
  const { Module } = require(join(folder, "module.js")) as { Module: StartableModule };
  const compiled = new WebAssembly.Module(readFileSync(join(folder, "zstd.wasm")));
  Module.instantiateWasm = (imports, receive) => receive(new WebAssembly.Instance(compiled, imports));
  Module.init();
  return {
    compress: (records) => compress(records, LEVEL),
    decompress: (packed, bytesMax) => decompress(packed, { defaultHeapSize: bytesMax }),
  };
}
