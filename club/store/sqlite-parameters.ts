import type { Value } from './engine.ts'

/** `$1` as better-sqlite3 takes it: a parameter that may stand in several places has a name. */
export const numbered = (sql: string): string => sql.replace(/\$(\d+)/g, '@p$1')
export const named = (parameters: readonly Value[]): Record<string, Value> =>
  Object.fromEntries(parameters.map((value, index) => [`p${index + 1}`, value]))
