import type { Socket } from "node:net";
import type { Request } from "../../protocol/requests/request.js";

/** Size, API key and version, correlation id, length of the client id. */
const FIXED_BYTES = 4 + 2 + 2 + 4 + 2;
const NO_TAGS = 0;

/** A request as it goes over the wire: its header, then the pieces of its body as they are. */
export function framed(request: Request<unknown>, correlationId: number, clientId: string): readonly Uint8Array[] {
  const pieces = request.pieces?.() ?? [request.encode()];
  const idBytes = Buffer.byteLength(clientId);
  const header = Buffer.allocUnsafe(FIXED_BYTES + idBytes + (request.flexible ? 1 : 0));
  let bytes = header.length - 4;
  for (const piece of pieces) bytes += piece.length;
  header.writeInt32BE(bytes, 0);
  header.writeInt16BE(request.apiKey, 4);
  header.writeInt16BE(request.apiVersion, 6);
  header.writeInt32BE(correlationId, 8);
  header.writeInt16BE(idBytes, 12);
  header.write(clientId, FIXED_BYTES);
  if (request.flexible) header[header.length - 1] = NO_TAGS;
  return [header, ...pieces];
}

/** Writes all pieces with one call to the system. */
export function writeAll(socket: Socket, pieces: readonly Uint8Array[]): void {
  socket.cork();
  for (const piece of pieces) socket.write(piece);
  socket.uncork();
}
