import { unpreparedError } from "../model/index.js";

/** How often an answer may need something else to be learned first: a row has one schema, and its key another. */
const LESSONS_MAX = 16;

/** What `ask` gives, again each time a serde of it has learned what it missed. Rejects with what it cannot learn. */
export async function whenPrepared<T>(ask: () => T): Promise<T> {
  for (let lessons = 0; ; lessons++) {
    try {
      return ask();
    } catch (error) {
      const unprepared = unpreparedError(error);
      if (unprepared === null || lessons === LESSONS_MAX) throw error;
      await unprepared.prepareSerde();
    }
  }
}
