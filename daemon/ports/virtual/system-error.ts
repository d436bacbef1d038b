/** Errors as the operating system gives them: with a `code`, for fault hooks and the virtual disk. */
export type SystemErrorCode =
  | 'EBADF'
  | 'EEXIST'
  | 'EIO'
  | 'EISDIR'
  | 'ENOENT'
  | 'ENOSPC'
  | 'ENOTDIR'
  | 'ENOTEMPTY';

/** `ENOENT: /no/such/file`, carrying its code. */
export function systemError(code: SystemErrorCode, file: string): Error & { code: string } {
  return Object.assign(new Error(`${code}: ${file}`), { code, path: file });
}
