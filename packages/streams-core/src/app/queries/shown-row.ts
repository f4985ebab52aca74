import type { ValueAndTimestamp } from "../../model/index.js";

/** What a query shows of a stored row: its value, or value and timestamp. */
export type ShowRow = (row: ValueAndTimestamp<unknown>) => unknown;

export const valueOf: ShowRow = ({ value }) => value;
export const rowItself: ShowRow = (row) => row;
