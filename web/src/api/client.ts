/** One way to call the API: same origin, session cookie, errors as {@link ApiError}. */

const ROOT = "/api/v1";

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    /** When another try may work, where the server said so. */
    readonly retryAfterSeconds: number | null = null,
    /** What is wrong, each with the name of its field, where the server said so. */
    readonly problems: readonly string[] = [],
  ) {
    super(detail);
    this.name = "ApiError";
  }
}

type Value = string | number | boolean;
/** A list is a parameter that comes several times. */
export type Query = Record<string, Value | readonly Value[] | null | undefined>;

export function apiPath(path: string, query: Query = {}): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === null || value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value]) params.append(name, String(one));
  }
  const text = params.toString();
  return `${ROOT}${path}${text ? `?${text}` : ""}`;
}

export async function getJson<T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> {
  return send<T>("GET", apiPath(path, query), undefined, signal);
}

export async function postJson<T>(path: string, body: unknown = {}): Promise<T> {
  return send<T>("POST", apiPath(path), body);
}

export async function patchJson<T>(path: string, body: unknown): Promise<T> {
  return send<T>("PATCH", apiPath(path), body);
}

export async function putJson<T>(path: string, body: unknown): Promise<T> {
  return send<T>("PUT", apiPath(path), body);
}

export async function deleteJson<T>(path: string, query: Query = {}): Promise<T> {
  return send<T>("DELETE", apiPath(path, query));
}

async function send<T>(method: string, url: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const request: RequestInit = {
    method,
    credentials: "same-origin",
    headers: { accept: "application/json" },
  };
  if (signal) request.signal = signal;
  if (body !== undefined) {
    request.body = JSON.stringify(body);
    request.headers = { ...request.headers, "content-type": "application/json" };
  }
  let response: Response;
  try {
    response = await fetch(url, request);
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new ApiError(0, "unreachable", "");
  }
  if (!response.ok) throw await errorOf(response);
  if (response.status === 204) return undefined as T;
  return (await response.json()) as T;
}

async function errorOf(response: Response): Promise<ApiError> {
  try {
    const body = (await response.json()) as {
      error?: string;
      detail?: unknown;
      problems?: { message: string }[];
    };
    const detail = typeof body.detail === "string" ? body.detail : JSON.stringify(body.detail ?? "");
    const problems = (body.problems ?? []).map((problem) => problem.message);
    return new ApiError(response.status, body.error ?? "error", detail, retryAfter(response), problems);
  } catch {
    return new ApiError(response.status, "error", response.statusText);
  }
}

function retryAfter(response: Response): number | null {
  const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
  return Number.isFinite(seconds) ? seconds : null;
}
