import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { ISocketFactory } from "kafkajs";
import { FrameCutter } from "./frame-cutter.js";

const KEEP_ALIVE_MS = 60_000;

/**
 * Sockets for kafkajs. Without TLS, each "data" event is one whole answer, read straight into a buffer of its size: kafkajs
 * need not put together what comes in pieces.
 */
export const frameSocket: ISocketFactory = ({ host, port, ssl, onConnect }) => {
  // kafkajs' types call `ssl` always there.
  const socket = (ssl as typeof ssl | undefined)
    ? tlsSocket(host, port, ssl, onConnect)
    : tcpSocket(host, port, onConnect);
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  // Requests are written whole: nothing is gained by holding back the last packet of one (Java's clients do not either).
  socket.setNoDelay(true);
  return socket;
};

function tlsSocket(host: string, port: number, ssl: object, onConnect: () => void): Socket {
  const name = isIP(host) === 0 ? { servername: host } : {};
  return connectTls({ host, port, ...name, ...ssl }, onConnect);
}

function tcpSocket(host: string, port: number, onConnect: () => void): Socket {
  const cutter = new FrameCutter((frame) => socket.emit("data", frame));
  const onread = {
    buffer: () => cutter.room(),
    callback: (bytes: number) => {
      try {
        cutter.advance(bytes);
      } catch (error) {
        socket.destroy(error as Error);
      }
      return !socket.destroyed;
    },
  };
  const socket: Socket = connectTcp({ host, port, onread }, onConnect);
  return socket;
}
