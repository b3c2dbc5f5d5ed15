/** Talks to the server that sent this page, and to nobody else. */
const root = "/api/v1";
const tokenKey = "stedloop-token";

/** A refusal in the server's words. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly hint: string | null,
  ) {
    super(message);
  }
}

/** For this tab only; gone when it closes. */
export function setToken(token: string): void {
  sessionStorage.setItem(tokenKey, token);
}

export async function request(path: string, options: RequestInit = {}): Promise<Response> {
  const headers = new Headers(options.headers);
  const token = sessionStorage.getItem(tokenKey);
  if (token !== null) headers.set("authorization", `Bearer ${token}`);
  const answer = await fetch(root + path, { ...options, headers });
  if (answer.ok) return answer;
  throw await failureOf(answer);
}

export async function getJson<T>(path: string): Promise<T> {
  return (await (await request(path)).json()) as T;
}

export async function post<T>(path: string, body?: object): Promise<T> {
  const answer = await request(path, {
    method: "POST",
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
  });
  return (await answer.json()) as T;
}

async function failureOf(answer: Response): Promise<ApiError> {
  const body: unknown = await answer.json().catch(() => null);
  const error = (body as { error?: { code?: string; message?: string; hint?: string } } | null)?.error;
  return new ApiError(
    answer.status,
    error?.code ?? "HTTP",
    error?.message ?? `the server answered ${answer.status}`,
    error?.hint ?? null,
  );
}

/** One line for the operator, whatever was thrown. */
export function lineOf(thrown: unknown): string {
  if (thrown instanceof ApiError) {
    return thrown.hint === null ? thrown.message : `${thrown.message} (${thrown.hint})`;
  }
  return "the daemon does not answer";
}
