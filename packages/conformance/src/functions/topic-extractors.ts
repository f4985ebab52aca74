import type { RecordContext, TopicNameExtractor } from "@millrace/streams-core";
import type { NamedFunction } from "../scenario.js";
import { textIn } from "../values/fields.js";
import { firstCodePoint, text } from "../values/text.js";
import { made, type FunctionTable } from "./function-table.js";

const TOPIC_EXTRACTORS: FunctionTable<TopicNameExtractor> = {
  prefixKey: (args) => {
    const prefix = textIn(args, "prefix");
    return (key) => prefix + text(key);
  },
  prefixFirstChar: (args) => {
    const prefix = textIn(args, "prefix");
    return (_, value) => prefix + (value === null ? "null" : firstCodePoint(text(value)));
  },
  header: (args) => {
    const header = textIn(args, "header");
    const otherwise = textIn(args, "default");
    return (_key, _value, context) => lastHeader(context, header) ?? otherwise;
  },
};

/** Shows as its name in `describe()`. */
export function topicExtractor(named: NamedFunction): TopicNameExtractor {
  const extract = made("topic extractor", TOPIC_EXTRACTORS, named);
  return Object.defineProperty<TopicNameExtractor>((key, value, context) => extract(key, value, context), "name", {
    value: named.name,
  });
}

function lastHeader(context: RecordContext, name: string): string | null {
  const value = context.headers.findLast(({ key }) => key === name)?.value;
  return value ? Buffer.from(value).toString("utf8") : null;
}
