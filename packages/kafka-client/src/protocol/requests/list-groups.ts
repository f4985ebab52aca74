import type { GroupListing } from "../../port/admin.js";
import { ResponseReader } from "./reader.js";
import type { Request } from "./request.js";
import { RequestWriter } from "./writer.js";

export interface ListGroupsResponse {
  readonly errorCode: number;
  readonly groups: readonly GroupListing[];
}

/** ListGroups v4: the groups that one broker coordinates. */
export function listGroupsRequest(): Request<ListGroupsResponse> {
  return {
    ...{ name: "ListGroups", apiKey: 16, apiVersion: 4, flexible: true },
    encode: () =>
      new RequestWriter()
        .compactArray([], () => undefined)
        .tags()
        .bytes(),
    decode: (body) => {
      const reader = new ResponseReader(body);
      reader.int32();
      const errorCode = reader.int16();
      const groups = reader.compactArray(() => {
        const groupId = reader.compactString();
        reader.compactString();
        const state = reader.compactString();
        reader.tags();
        return { groupId, state };
      });
      return { errorCode, groups };
    },
  };
}
