export { assignTasks, type AssignableMember, type AssignableTask } from "./assign-tasks.js";
export { decodeMemberData, encodeMemberData, type MemberData } from "./member-data.js";
