import { ResponseReader } from "./reader.js";
import type { Request } from "./request.js";
import type { TransactionOrigin } from "./transaction-origin.js";
import { RequestWriter } from "./writer.js";

/** AddOffsetsToTxn v2: the transaction will hold offsets of the group. Answers an error code. */
export function addOffsetsToTxnRequest(
  { transactionalId, producerId, epoch }: TransactionOrigin,
  groupId: string,
): Request<number> {
  return {
    ...{ name: "AddOffsetsToTxn", apiKey: 25, apiVersion: 2, flexible: false },
    encode: () => new RequestWriter().string(transactionalId).int64(producerId).int16(epoch).string(groupId).bytes(),
    decode: (body) => new ResponseReader(body, 4).int16(),
  };
}
