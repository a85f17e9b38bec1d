import type { Call } from './call.ts';
import { badRequest, notFound, type BackendError } from './errors.ts';
import { jsonTextOf } from './frame/column.ts';

/** One call of `/api/datasources/uid/<uid>/resources/...` or `/api/plugins/<id>/resources/...`. */
export interface ResourceRequest {
  readonly method: string;
  /** Path below `resources/`, with a leading slash. */
  readonly path: string;
  readonly searchParams: URLSearchParams;
  readonly body: Uint8Array;
  /** The parsed body. @throws BackendError 400 when it is not JSON. */
  json(): unknown;
}

export interface ResourceResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** Chunks are sent as they come. */
  readonly body?: Uint8Array | string | AsyncIterable<Uint8Array | string>;
}

export type ResourceHandler<Instance> = (
  request: ResourceRequest,
  call: Call<Instance>,
) => Promise<ResourceResponse> | ResourceResponse;

/** Named segments of a route's path. */
export type RouteParameters = Readonly<Record<string, string>>;

export type RouteHandler<Instance> = (
  request: ResourceRequest & { readonly parameters: RouteParameters },
  call: Call<Instance>,
) => Promise<ResourceResponse> | ResourceResponse;

const JSON_HEADERS = { 'content-type': 'application/json' } as const;

/** A JSON answer, 200 unless given. */
export function json(value: unknown, status = 200): ResourceResponse {
  return { status, headers: JSON_HEADERS, body: jsonTextOf(value) };
}

/** How an error reads to the caller of a resource: Grafana's own error form. */
export function errorResponse(error: BackendError): ResourceResponse {
  return json({ message: error.message, status: error.status, source: error.source }, error.status);
}

interface Route<Instance> {
  readonly method: string;
  readonly segments: readonly string[];
  readonly handler: RouteHandler<Instance>;
}

function segmentsOf(path: string): string[] {
  return path.split('/').filter((segment) => segment !== '');
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw badRequest(`The path segment "${segment}" is not valid percent-encoding.`);
  }
}

function match(pattern: readonly string[], actual: readonly string[]): RouteParameters | null {
  if (pattern.length !== actual.length) return null;
  const parameters: Record<string, string> = {};
  for (const [index, expected] of pattern.entries()) {
    const segment = actual[index] ?? '';
    if (expected.startsWith(':')) parameters[expected.slice(1)] = decode(segment);
    else if (expected !== segment) return null;
  }
  return parameters;
}

/**
 * Chooses a handler by method and path. `:name` stands for one segment, percent-decoded. Routes are tried in
 * the order they were added. An unknown path is 404, a known one with another method 405.
 */
export class ResourceRouter<Instance> {
  readonly #routes: Route<Instance>[] = [];

  get(path: string, handler: RouteHandler<Instance>): this {
    return this.on('GET', path, handler);
  }

  post(path: string, handler: RouteHandler<Instance>): this {
    return this.on('POST', path, handler);
  }

  on(method: string, path: string, handler: RouteHandler<Instance>): this {
    this.#routes.push({ method: method.toUpperCase(), segments: segmentsOf(path), handler });
    return this;
  }

  /** The router as the plugin's resource handler. */
  readonly handle: ResourceHandler<Instance> = async (request, call) => {
    const actual = segmentsOf(request.path);
    const allowed = new Set<string>();
    for (const { method, segments, handler } of this.#routes) {
      const parameters = match(segments, actual);
      if (parameters === null) continue;
      if (method === request.method.toUpperCase()) return handler({ ...request, parameters }, call);
      allowed.add(method);
    }
    if (allowed.size === 0) throw notFound(`There is no resource "${request.path}".`);
    const allow = [...allowed].join(', ');
    return {
      status: 405,
      headers: { ...JSON_HEADERS, allow },
      body: jsonTextOf({
        message: `"${request.path}" answers ${allow} only.`,
        status: 405,
        source: 'downstream',
      }),
    };
  };
}
