import { positionText, rounded, type Courier } from "../courier.js";
import { second } from "./topology.js";

/** A report as it lies in the topic. */
export interface Report {
  readonly courier: Courier;
  readonly timestamp: number;
}

export type Counts = Readonly<Record<string, number>>;

/** What the topology must come to, counted in one go: reports of one partition, in its order. */
export function recount(reports: readonly Report[]): Record<"north" | "rest", { all: Counts; perSecond: Counts }> {
  const isNorth = ({ courier }: Report): boolean => courier.position.latitude > 45;
  return {
    north: recountSide(reports.filter(isNorth)),
    rest: recountSide(reports.filter((report) => !isNorth(report))),
  };
}

function recountSide(reports: readonly Report[]): { all: Counts; perSecond: Counts } {
  const places: string[] = [];
  const placesAndSeconds: string[] = [];
  let latestMs = -1;
  for (const { courier, timestamp } of reports) {
    const place = positionText(rounded(courier.position));
    const startMs = timestamp - (timestamp % second.sizeMs);
    latestMs = Math.max(latestMs, timestamp);
    places.push(place);
    // A report whose second is over, grace and all, counts in no second any more.
    if (startMs + second.sizeMs + second.graceMs > latestMs) placesAndSeconds.push(`${place} from ${startMs}`);
  }
  return { all: counted(places), perSecond: counted(placesAndSeconds) };
}

function counted(names: readonly string[]): Counts {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
