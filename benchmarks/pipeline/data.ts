/** Inputs of all benches: 10,000 keys, JSON positions of about 100 bytes, one millisecond apart; texts of ten words a line. */
export const keyCount = 10_000;
export const firstTimestamp = 1_700_000_000_000;

export function keyText(index: number): string {
  return `courier-${(index * 7919) % keyCount}`;
}

export function positionJson(index: number): string {
  const latitude = ((index * 104_729) % 180_000) / 1000 - 90;
  const longitude = ((index * 15_485_863) % 360_000) / 1000 - 180;
  return `{"id":"${keyText(index)}","position":{"latitude":${latitude},"longitude":${longitude}},"speedKmh":${index % 60}}`;
}

export interface Position {
  readonly id: string;
  readonly position: { readonly latitude: number; readonly longitude: number };
  readonly speedKmh: number;
}

export function roundedPosition(courier: Position): Position {
  const { latitude, longitude } = courier.position;
  return { ...courier, position: { latitude: Math.round(latitude), longitude: Math.round(longitude) } };
}

export const wordsPerLine = 10;

export function line(index: number): string {
  let text = "";
  for (let word = 0; word < wordsPerLine; word++) text += `word${(index * 31 + word * 977) % keyCount} `;
  return text;
}
