// For `--import`, in worker threads: on Node 20 tsx leaves them out, unless it is asked in each.
import { register } from "tsx/esm/api";

register();
