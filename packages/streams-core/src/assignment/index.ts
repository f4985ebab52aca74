export type { AssignableMember, AssignmentRules } from "./assignable.js";
export { assignTasks } from "./assign-tasks.js";
export { decodeAssignmentData, encodeAssignmentData, NOTHING_SAID, type AssignmentData } from "./assignment-data.js";
export { packPlacements, type InstancePlacement } from "./instance-placement.js";
export { decodeMemberData, encodeMemberData, NEWEST_VERSION, type MemberData } from "./member-data.js";
