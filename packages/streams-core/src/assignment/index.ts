export { assignTasks, type AssignableMember } from "./assign-tasks.js";
export { decodeMemberData, encodeMemberData } from "./member-data.js";
