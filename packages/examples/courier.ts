import { serdes } from "millrace";

/** Where a courier is. Messages are keyed by the courier's id. */
export interface Courier {
  readonly id: string;
  readonly position: Position;
}

export interface Position {
  readonly latitude: number;
  readonly longitude: number;
}

export const courierSerde = serdes.json<Courier>();
export const positionSerde = serdes.json<Position>();

/** The topic the couriers report to. */
export const positionTopic = "position";

/** To whole degrees. */
export function rounded(position: Position): Position {
  return { latitude: Math.round(position.latitude), longitude: Math.round(position.longitude) };
}

export function positionText(position: Position): string {
  return `${position.latitude},${position.longitude}`;
}
