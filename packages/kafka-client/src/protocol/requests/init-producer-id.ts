import { ResponseReader } from "./reader.js";
import type { Request } from "./request.js";
import { RequestWriter } from "./writer.js";

export interface InitProducerId {
  readonly transactionalId: string | null;
  readonly transactionTimeoutMs: number;
  /** The identity whose epoch is to be raised (KIP-360); -1 and -1 for a producer that starts. */
  readonly producerId: number;
  readonly epoch: number;
}

export interface InitProducerIdAnswer {
  readonly errorCode: number;
  readonly producerId: number;
  readonly epoch: number;
}

/** InitProducerId v4: fences earlier owners of the transactional id, ends their transaction, gives the next epoch. */
export function initProducerIdRequest(init: InitProducerId): Request<InitProducerIdAnswer> {
  return {
    ...{ name: "InitProducerId", apiKey: 22, apiVersion: 4, flexible: true },
    encode: () =>
      new RequestWriter()
        .compactNullableString(init.transactionalId)
        .int32(init.transactionTimeoutMs)
        .int64(init.producerId)
        .int16(init.epoch)
        .tags()
        .bytes(),
    decode: (body) => {
      const reader = new ResponseReader(body);
      reader.int32();
      return { errorCode: reader.int16(), producerId: reader.int64(), epoch: reader.int16() };
    },
  };
}
