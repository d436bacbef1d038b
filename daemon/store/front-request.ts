/**
 * What a request to the front asks for, in the terms of ClickHouse's HTTP interface. Refuses what
 * it would have to ignore: an unknown setting, another value of a fixed one, another database.
 */

import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { InboundHttpRequest } from '../../streams/ports/index.ts';
import { FrontError } from './front-error.ts';

/** A body may inflate to this much. */
const maxInflatedBytes = 256 * 1024 ** 2;

export interface FrontInsert {
  readonly kind: 'insert';
  readonly table: string;
  readonly columns: readonly string[] | undefined;
  readonly format: string;
  readonly values: Uint8Array;
  readonly deduplicationToken: string | undefined;
}
export interface FrontQuery {
  readonly kind: 'query';
  readonly sql: string;
  readonly format: string;
  readonly params: Readonly<Record<string, string>>;
}
export type FrontStatement = (FrontInsert | FrontQuery) & {
  readonly queryId: string | undefined;
  readonly gzipAnswer: boolean;
};

/**
 * Settings a client may name. A list holds the values that are already in force here; `undefined`
 * marks what concerns the transport only and is honoured or harmless.
 */
const acceptedSettings: Readonly<Record<string, readonly string[] | undefined>> = {
  wait_end_of_query: undefined,
  enable_http_compression: undefined,
  http_zlib_compression_level: undefined,
  send_progress_in_http_headers: ['0'],
  http_write_exception_in_output_format: ['0', 'false'],
  log_comment: undefined,
  async_insert: ['0'],
  insert_deduplicate: ['1'],
  insert_deduplication_token: undefined,
  input_format_skip_unknown_fields: ['0'],
  input_format_null_as_default: ['0'],
  output_format_json_quote_64bit_integers: ['1'],
  output_format_json_quote_decimals: ['1'],
  date_time_input_format: ['basic'],
  max_partitions_per_insert_block: ['0'],
  final: ['1'],
  readonly: undefined,
};
const requestKeys = new Set(['query', 'database', 'default_format', 'query_id']);
const paramPrefix = 'param_';

const insertForm =
  /^\s*INSERT\s+INTO\s+(?:TABLE\s+)?([\w.`"]+)\s*(?:\(([^()]*)\))?\s*FORMAT\s+(\w+)\s*;?\s*$/i;
const formatForm = /\bFORMAT\s+([A-Za-z]\w*)\s*(?:SETTINGS\s[^']*)?;?\s*$/i;
const nameForm = /^\w+(\.\w+)?$/;

function bareName(text: string): string {
  const name = text.trim().replaceAll(/[`"]/g, '');
  if (!nameForm.test(name)) throw new FrontError(62, 'SYNTAX_ERROR', `not a plain name: ${text}`);
  return name;
}

async function bodyOf(request: InboundHttpRequest): Promise<Buffer> {
  const encoding = request.headers['content-encoding'];
  if (encoding === undefined || encoding === 'identity') return request.body;
  if (encoding !== 'gzip') {
    throw new FrontError(48, 'NOT_IMPLEMENTED', `content-encoding ${encoding} is not supported`);
  }
  try {
    return await promisify(gunzip)(request.body, { maxOutputLength: maxInflatedBytes });
  } catch {
    throw new FrontError(354, 'ZLIB_INFLATE_FAILED', 'the body is not valid gzip, or too large');
  }
}

function checkSettings(request: InboundHttpRequest, database: string): void {
  for (const [key, value] of Object.entries(request.query)) {
    if (requestKeys.has(key) || key.startsWith(paramPrefix)) continue;
    if (!Object.hasOwn(acceptedSettings, key)) {
      throw new FrontError(115, 'UNKNOWN_SETTING', `setting ${key} is not supported here`);
    }
    const allowed = acceptedSettings[key];
    if (allowed !== undefined && !allowed.includes(value)) {
      throw new FrontError(164, 'READONLY', `setting ${key} is fixed to ${allowed[0]} here`);
    }
  }
  const asked = request.query.database;
  if (asked !== undefined && asked !== '' && asked !== database) {
    throw new FrontError(81, 'UNKNOWN_DATABASE', `Database ${asked} does not exist`);
  }
}

function insertOf(request: InboundHttpRequest, text: string, values: Buffer): FrontInsert {
  const match = insertForm.exec(text);
  if (match === null) {
    throw new FrontError(
      48,
      'NOT_IMPLEMENTED',
      'only INSERT INTO table [(columns)] FORMAT name with the data in the body is supported',
    );
  }
  const [, table = '', columns, format = ''] = match;
  return {
    kind: 'insert',
    table: bareName(table),
    columns: columns?.split(',').map(bareName),
    format,
    values,
    deduplicationToken: request.query.insert_deduplication_token,
  };
}

/** Reads a request. Rejects with `FrontError` in ClickHouse's own codes. */
export async function readRequest(
  request: InboundHttpRequest,
  database: string,
): Promise<FrontStatement> {
  checkSettings(request, database);
  const body = await bodyOf(request);
  const queryText = request.query.query ?? '';
  const common = {
    queryId: request.query.query_id,
    gzipAnswer:
      request.query.enable_http_compression === '1' &&
      (request.headers['accept-encoding'] ?? '').includes('gzip'),
  };
  if (/^\s*INSERT\b/i.test(queryText)) return { ...insertOf(request, queryText, body), ...common };
  const sql = body.length === 0 ? queryText : `${queryText}\n${body.toString('utf8')}`.trim();
  if (sql.trim() === '') throw new FrontError(62, 'SYNTAX_ERROR', 'Empty query');
  const params: Record<string, string> = {};
  for (const [key, value] of Object.entries(request.query)) {
    if (key.startsWith(paramPrefix)) params[key.slice(paramPrefix.length)] = value;
  }
  const format = formatForm.exec(sql)?.[1] ?? request.query.default_format ?? 'TabSeparated';
  return { kind: 'query', sql, format, params, ...common };
}
