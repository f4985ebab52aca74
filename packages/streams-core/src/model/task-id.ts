/** Partition `partition` of sub-topology `subtopology`; written `<subtopology>_<partition>`. */
export interface TaskId {
  readonly subtopology: number;
  readonly partition: number;
}

export function taskIdText(id: TaskId): string {
  return `${id.subtopology}_${id.partition}`;
}

export function parseTaskId(text: string): TaskId {
  const [subtopology, partition] = text.split("_");
  return { subtopology: Number(subtopology), partition: Number(partition) };
}
