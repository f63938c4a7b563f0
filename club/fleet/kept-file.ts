import { readFileSync } from 'node:fs'
import type { z } from 'zod'
import { codeOf, messageOf, VafaError } from '#runtime/errors.ts'

/** What head office keeps in a JSON file of its own; undefined where there is none yet. Throws `key` with `hint` for a spoilt one. */
export function readKeptFile<Schema extends z.ZodType>(
  file: string,
  { schema, key, hint }: { schema: Schema; key: string; hint: string },
): z.infer<Schema> | undefined {
  try {
    return schema.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw new VafaError({ key, message: `${file} cannot be read: ${messageOf(error)}`, hint, cause: error })
  }
}
