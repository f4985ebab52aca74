export { assignTasks, type AssignableMember } from "./assign-tasks.js";
export { decodeAssignmentData, encodeAssignmentData } from "./assignment-data.js";
export { decodeMemberData, encodeMemberData } from "./member-data.js";
