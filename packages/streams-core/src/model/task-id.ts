/** Partition `partition` of sub-topology `subtopology`; written `<subtopology>_<partition>`. */
export interface TaskId {
  readonly subtopology: number;
  readonly partition: number;
}

export function taskIdText(id: TaskId): string {
  return `${id.subtopology}_${id.partition}`;
}
