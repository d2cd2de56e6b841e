/** What went wrong, as the API says it (RFC 9457), and what to say where it says nothing. Pure. */

export interface FieldFault {
  pointer: string;
  detail: string;
}

/** A call that was refused, or did not arrive. */
export class Problem extends Error {
  readonly status: number;
  readonly title: string;
  readonly faults: FieldFault[];
  readonly requestId: string | null;
  readonly retryAfterS: number | null;
  /** Whoever asked does so again without being told to. */
  isTriedAgain = false;
  /** It was to be, but what is typed has changed since. */
  isHeld = false;

  constructor(status: number, body: unknown, retryAfter: string | null = null) {
    const told: Record<string, unknown> = status === 412 ? STALE : isRecord(body) ? body : {};
    const title = textOf(told.title) ?? titleOf(status);
    super(textOf(told.detail) ?? title);
    this.status = status;
    this.title = title;
    this.faults = Array.isArray(told.errors) ? told.errors.filter(isFault) : [];
    this.requestId = textOf(told.request_id);
    this.retryAfterS = retryAfter === null ? null : Number(retryAfter) || null;
  }

  /** Nothing is wrong with the question: ask it again later. */
  get isPassing(): boolean {
    return (
      this.status === 0 ||
      this.status === 429 ||
      this.status === 502 ||
      this.status === 503 ||
      this.status === 504
    );
  }

  /** What is wrong with a field, named as the body names it: `/name`, `/payload/slope`. */
  faultOf(pointer: string): string | null {
    return this.faults.find((fault) => fault.pointer === pointer)?.detail ?? null;
  }

  /** The same of a list that is typed in one field. */
  faultIn(pointer: string): string | null {
    const isIn = (fault: FieldFault) => fault.pointer === pointer || fault.pointer.startsWith(`${pointer}/`);
    return this.faults.find(isIn)?.detail ?? null;
  }

  /** Faults of fields that a form does not show by themselves. */
  faultsBeside(pointers: readonly string[]): FieldFault[] {
    return this.faults.filter((fault) => !pointers.includes(fault.pointer));
  }
}

/** Any error as a problem: what is thrown by fetch means that the API can't be reached. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof TypeError) {
    return new Problem(0, {
      title: "Barograph can't be reached",
      detail: "The server does not answer. Nothing is lost here.",
    });
  }
  return new Problem(-1, { title: "Something is wrong in this page", detail: String(error) });
}

/** The call was broken off because nobody waits for it any more. */
export function isAborted(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

function titleOf(status: number): string {
  return STATUS_TITLES[status] ?? (status >= 500 ? "The server failed" : "The request was refused");
}

/** The API speaks of versions, to programs. */
const STALE: Record<string, unknown> = {
  title: "Somebody else has changed this meanwhile",
  detail: "Look at what is there now, and do it again if you still want to.",
};

const STATUS_TITLES: Record<number, string> = {
  401: "Log in again",
  403: "Your role does not allow this",
  404: "Not found",
  409: "This conflicts with what is there",
  422: "Something is not valid",
  429: "Too many requests",
  503: "The server is busy",
};

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function isFault(value: unknown): value is FieldFault {
  return isRecord(value) && typeof value.pointer === "string" && typeof value.detail === "string";
}

function textOf(value: unknown): string | null {
  return typeof value === "string" && value ? value : null;
}
