import type { Agent } from "node:http";
import forge, { type Response } from "mappersmith";

const CONTENT_TYPE = "application/vnd.schemaregistry.v1+json";

/** How to reach a registry. */
export interface RegistryAddress {
  readonly url: string;
  readonly headers: () => Readonly<Record<string, string>>;
  readonly agent: Agent | undefined;
}

/** What came back; `error` where nothing did. */
export interface RegistryAnswer {
  readonly status: number;
  /** JSON, or the text that should have been JSON. */
  readonly data: unknown;
  readonly error: Error | null;
}

const ROUTES = {
  register: { method: "post", path: "/subjects/{subject}/versions" },
  lookUp: { method: "post", path: "/subjects/{subject}" },
  schemaOf: { method: "get", path: "/schemas/ids/{id}" },
  version: { method: "get", path: "/subjects/{subject}/versions/{version}" },
  subjects: { method: "get", path: "/subjects" },
  versions: { method: "get", path: "/subjects/{subject}/versions" },
  checkAllVersions: { method: "post", path: "/compatibility/subjects/{subject}/versions" },
  checkLatestVersion: { method: "post", path: "/compatibility/subjects/{subject}/versions/latest" },
  globalCompatibility: { method: "get", path: "/config" },
  compatibility: { method: "get", path: "/config/{subject}" },
  setGlobalCompatibility: { method: "put", path: "/config" },
  setCompatibility: { method: "put", path: "/config/{subject}" },
  deleteVersion: { method: "delete", path: "/subjects/{subject}/versions/{version}" },
  deleteSubject: { method: "delete", path: "/subjects/{subject}" },
} as const;

/** The calls of Confluent's REST interface that a registry needs. */
export type RegistryRoute = keyof typeof ROUTES;

/** What goes with a call: parameters its path does not name go into the query. */
export interface RegistryCall {
  readonly params?: Readonly<Record<string, string | number | boolean>>;
  readonly body?: object;
}

/** Carries calls to a registry, by mappersmith. Resolves with whatever comes back, failures of the network included. */
export type RegistryClient = (route: RegistryRoute, call: RegistryCall, signal: AbortSignal) => Promise<RegistryAnswer>;

export function registryClient({ url, headers, agent }: RegistryAddress): RegistryClient {
  const { Registry } = forge({
    clientId: "millrace",
    host: url.replace(/\/+$/u, ""),
    ignoreGlobalMiddleware: true,
    ...(agent === undefined ? {} : { gatewayConfigs: { HTTP: { configure: () => ({ agent }) } } }),
    resources: { Registry: ROUTES },
  });
  return async (route, { params, body }, signal) => {
    const request = {
      ...params,
      signal,
      headers: { accept: CONTENT_TYPE, "content-type": CONTENT_TYPE, ...headers() },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    };
    const response = await Registry[route](request).catch((failed: Response) => failed);
    return { status: response.status(), data: response.data(), error: response.error() };
  };
}
