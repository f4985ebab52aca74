import { createRequire } from "node:module";

type Rxjs = Pick<typeof import("rxjs"), "Observable">;

const load = createRequire(import.meta.url);

/** rxjs, loaded when somebody first asks for an observable: its two hundred files would make every start wait. */
export const rxjs = (): Rxjs => load("rxjs") as Rxjs;
