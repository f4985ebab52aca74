/** An instance of the application and what it holds. */
export interface InstancePlacement {
  readonly processId: string;
  /** Where it answers queries, such as `example.org:8080`. */
  readonly host: string;
  /** Names of the tasks it runs. */
  readonly active: readonly string[];
  /** Names of the tasks it keeps copies of. */
  readonly standby: readonly string[];
}

/** By sub-topology, one number a partition: the place of an instance in the list, -1 for none. */
type Places = Readonly<Record<string, readonly number[]>>;

/** Instances without their tasks, and the tasks as places in that list: every member of a large group gets all of it. */
export interface PackedPlacements {
  readonly instances: readonly (readonly [processId: string, host: string])[];
  readonly active: Places;
  /** One for each copy. */
  readonly standby: readonly Places[];
}

const NOWHERE = -1;

/** Null when no instance can be asked. */
export function packPlacements(instances: readonly InstancePlacement[]): PackedPlacements | null {
  if (instances.length === 0) return null;
  const active: Record<string, number[]> = {};
  const standby: Record<string, number[]>[] = [];
  for (const [place, instance] of instances.entries()) {
    for (const task of instance.active) put(active, task, place);
    for (const task of instance.standby) {
      let copies = standby.find((each) => placeOf(each, task) === NOWHERE);
      if (copies === undefined) standby.push((copies = {}));
      put(copies, task, place);
    }
  }
  return { instances: instances.map(({ processId, host }) => [processId, host]), active, standby };
}

/** The inverse; what cannot be read is no placement. */
export function unpackPlacements(packed: unknown): readonly InstancePlacement[] {
  if (!isPacked(packed)) return [];
  const instances = packed.instances.map(([processId, host]) => ({
    processId,
    host,
    active: [] as string[],
    standby: [] as string[],
  }));
  for (const [task, place] of tasksOf(packed.active)) instances[place]?.active.push(task);
  for (const copies of packed.standby)
    for (const [task, place] of tasksOf(copies)) instances[place]?.standby.push(task);
  return instances;
}

function* tasksOf(places: Places): Iterable<readonly [task: string, place: number]> {
  for (const [subtopology, byPartition] of Object.entries(places)) {
    for (const [partition, place] of byPartition.entries()) yield [`${subtopology}_${partition}`, place];
  }
}

function placeOf(places: Places, task: string): number {
  const [subtopology = "", partition] = task.split("_");
  return places[subtopology]?.[Number(partition)] ?? NOWHERE;
}

function put(places: Record<string, number[]>, task: string, place: number): void {
  const [subtopology = "", partition] = task.split("_");
  const row = (places[subtopology] ??= []);
  while (row.length <= Number(partition)) row.push(NOWHERE);
  row[Number(partition)] = place;
}

function isPacked(value: unknown): value is PackedPlacements {
  if (typeof value !== "object" || value === null) return false;
  const { instances, active, standby } = value as Partial<Record<keyof PackedPlacements, unknown>>;
  const isPlaces = (places: unknown): boolean =>
    typeof places === "object" &&
    places !== null &&
    Object.values(places).every((row) => Array.isArray(row) && row.every((place) => typeof place === "number"));
  return (
    Array.isArray(instances) &&
    instances.every((each) => Array.isArray(each) && typeof each[0] === "string" && typeof each[1] === "string") &&
    isPlaces(active) &&
    Array.isArray(standby) &&
    standby.every(isPlaces)
  );
}
