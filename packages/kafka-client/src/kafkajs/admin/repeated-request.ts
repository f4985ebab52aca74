import type { Request } from "../../protocol/requests/request.js";

/** A request that knows when it is sent again because nobody answered: what it asks for may be done by then. */
export class RepeatedRequest<T> {
  readonly request: Request<T>;
  #sent = 0;

  constructor(request: Request<T>) {
    this.request = {
      ...request,
      encode: () => {
        this.#sent++;
        return request.encode();
      },
    };
  }

  get sentBefore(): boolean {
    return this.#sent > 1;
  }
}
