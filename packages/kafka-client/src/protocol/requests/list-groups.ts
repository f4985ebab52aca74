import type { GroupListing, GroupType } from "../../port/admin.js";
import { ResponseReader } from "./reader.js";
import type { Request } from "./request.js";
import { RequestWriter } from "./writer.js";

export interface ListGroupsResponse {
  readonly errorCode: number;
  readonly groups: readonly GroupListing[];
}

/** ListGroups v4 or v5: the groups that one broker coordinates. With v4 all of them pass for classic: brokers before 3.8 have no others. */
export function listGroupsRequest(apiVersion: 4 | 5): Request<ListGroupsResponse> {
  const typed = apiVersion === 5;
  return {
    ...{ name: "ListGroups", apiKey: 16, apiVersion, flexible: true },
    encode: () => {
      const writer = new RequestWriter().compactArray([], () => undefined);
      if (typed) writer.compactArray([], () => undefined);
      return writer.tags().bytes();
    },
    decode: (body) => {
      const reader = new ResponseReader(body);
      reader.int32();
      const errorCode = reader.int16();
      const groups = reader.compactArray(() => {
        const groupId = reader.compactString();
        reader.compactString();
        const state = reader.compactString();
        const type = typed ? (reader.compactString().toLowerCase() as GroupType) : "classic";
        reader.tags();
        return { groupId, state, type };
      });
      return { errorCode, groups };
    },
  };
}
