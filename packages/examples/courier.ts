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

/** The topic the couriers report to in JSON. */
export const positionTopic = "position";

/** To whole degrees. */
export function rounded({ latitude, longitude }: Position): Position {
  // Plus 0 makes -0 a 0: as keys they would be different bytes.
  return { latitude: Math.round(latitude) + 0, longitude: Math.round(longitude) + 0 };
}

export function positionText(position: Position): string {
  return `${position.latitude},${position.longitude}`;
}
