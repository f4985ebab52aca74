import { ResponseReader } from "./reader.js";
import type { Request } from "./request.js";
import type { TransactionOrigin } from "./transaction-origin.js";
import { RequestWriter } from "./writer.js";

/** EndTxn v2: commits or aborts. Answers an error code; markers may follow the answer. */
export function endTxnRequest(
  { transactionalId, producerId, epoch }: TransactionOrigin,
  commit: boolean,
): Request<number> {
  return {
    ...{ name: "EndTxn", apiKey: 26, apiVersion: 2, flexible: false },
    encode: () => new RequestWriter().string(transactionalId).int64(producerId).int16(epoch).boolean(commit).bytes(),
    decode: (body) => new ResponseReader(body, 4).int16(),
  };
}
