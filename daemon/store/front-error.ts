/** Errors as ClickHouse's HTTP interface words them, so every client of it understands them. */

/** A refusal of the front itself, with ClickHouse's code and name for it. */
export class FrontError extends Error {
  readonly code: number;
  readonly type: string;

  constructor(code: number, type: string, message: string) {
    super(message);
    this.name = 'FrontError';
    this.code = code;
    this.type = type;
  }
}

export interface WordedError {
  readonly status: number;
  readonly code: number;
  /** `Code: N. DB::Exception: … (TYPE)` */
  readonly text: string;
}

/** As a server maps them; everything else is 500. */
const statusByCode: Readonly<Record<number, number>> = {
  6: 400,
  26: 400,
  27: 400,
  36: 400,
  38: 400,
  41: 400,
  42: 400,
  43: 400,
  46: 404,
  47: 404,
  48: 501,
  53: 400,
  60: 404,
  62: 400,
  81: 404,
  115: 404,
  117: 400,
  158: 400,
  159: 408,
  202: 503,
  354: 400,
  456: 400,
  516: 403,
};

const engineForm = /Code: (\d+)\./;

/** Words anything thrown on the way; what carries no code is 1002 (UNKNOWN_EXCEPTION). */
export function wordError(thrown: unknown): WordedError {
  if (thrown instanceof FrontError) {
    const text = `Code: ${thrown.code}. DB::Exception: ${thrown.message}. (${thrown.type})`;
    return { status: statusByCode[thrown.code] ?? 500, code: thrown.code, text };
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const code = Number(engineForm.exec(message)?.[1] ?? '1002');
  const text =
    code === 1002 ? `Code: 1002. DB::Exception: ${message}. (UNKNOWN_EXCEPTION)` : message;
  return { status: statusByCode[code] ?? 500, code, text };
}
