/**
 * An error with a name for machines (`key`), a sentence for a person (`message`, which names the thing) and the way
 * out (`hint`). `permanent` errors do not go away by trying again; retryable ones may.
 */
export class VafaError extends Error {
  readonly key: string
  readonly hint: string | undefined
  readonly permanent: boolean

  constructor(options: { key: string; message: string; hint?: string; permanent?: boolean; cause?: unknown }) {
    super(options.message, options.cause === undefined ? {} : { cause: options.cause })
    this.name = 'VafaError'
    this.key = options.key
    this.hint = options.hint
    this.permanent = options.permanent ?? true
  }
}

/** One line of what went wrong, whatever was thrown. */
export const messageOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown))

/** `ENOENT`, `ECONNREFUSED` … where the error has such a code. */
export const codeOf = (thrown: unknown): string | undefined =>
  thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : undefined
