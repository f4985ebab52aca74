import type { Request } from "./request.js";
import { ResponseReader } from "./reader.js";
import { RequestWriter } from "./writer.js";

export interface FindCoordinatorResponse {
  readonly errorCode: number;
  readonly message: string | null;
  readonly nodeId: number;
  readonly host: string;
  readonly port: number;
}

/** FindCoordinator v3: who coordinates a group, or a transactional id. */
export function findCoordinatorRequest(kind: "group" | "transaction", key: string): Request<FindCoordinatorResponse> {
  return {
    ...{ name: "FindCoordinator", apiKey: 10, apiVersion: 3, flexible: true },
    encode: () =>
      new RequestWriter()
        .compactString(key)
        .int8(kind === "group" ? 0 : 1)
        .tags()
        .bytes(),
    decode: (body) => {
      const reader = new ResponseReader(body);
      reader.int32();
      return {
        errorCode: reader.int16(),
        message: reader.compactNullableString(),
        nodeId: reader.int32(),
        host: reader.compactString(),
        port: reader.int32(),
      };
    },
  };
}
