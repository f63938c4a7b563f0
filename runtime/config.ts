import { readFileSync } from 'node:fs'
import { dirname, isAbsolute, resolve } from 'node:path'
import { isAlias, isMap, isPair, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml'
import type { z } from 'zod'
import { codeOf, messageOf, VafaError } from './errors.ts'

/**
 * Reads one YAML file against a schema. Every error names the file, the line and the path of the wrong word.
 * Relative paths inside stay as they are: see `pathBeside`.
 */
export function readConfig<T>(file: string, schema: z.ZodType<T>): T {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new VafaError({
      key: 'config.unreadable',
      message: `cannot read ${file}: ${codeOf(error) === 'ENOENT' ? 'there is no such file' : messageOf(error)}`,
      hint: '`vafa init FOLDER` writes a working configuration to start from',
      cause: error,
    })
  }
  return parseConfig(text, schema, file)
}

/** What is wrong with a text, and where: `path` is the key's, empty where the text is no YAML. */
export interface ConfigProblem {
  line: number
  path: string
  message: string
}

/** As `readConfig`, from text; `file` is only named in errors. */
export function parseConfig<T>(text: string, schema: z.ZodType<T>, file: string): T {
  const checked = checkConfig(text, schema)
  if (checked.ok) return checked.data
  const broken = checked.problems.some((one) => one.path === '')
  throw new VafaError({
    key: 'config.invalid',
    message: checked.problems
      .map(({ line, path, message }) => `${file}:${line}: ${path === '' ? '' : `${path}: `}${message}`)
      .join('\n'),
    hint: broken ? checked.hint : 'mend the lines named; docs/configuration.md lists every key',
  })
}

/** Checks a text against a schema; of what is wrong the first twenty, by line. */
export function checkConfig<T>(
  text: string,
  schema: z.ZodType<T>,
): { ok: true; data: T } | { ok: false; problems: ConfigProblem[]; hint: string } {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const notYaml = (line: number, reason: string, hint: string) => ({
    ok: false as const,
    problems: [{ line, path: '', message: `not YAML: ${reason}` }],
    hint,
  })
  const broken = document.errors[0]
  if (broken)
    return notYaml(lines.linePos(broken.pos[0]).line, broken.message, 'check the indentation and the quotes on that line')
  let value: unknown
  try {
    value = document.toJS()
  } catch (error) {
    // An alias that stands for nothing is found only here.
    return notYaml(1, messageOf(error), 'put a text that begins with * or & in quotes')
  }
  const result = schema.safeParse(value ?? {})
  if (result.success) return { ok: true, data: result.data }
  const problems = result.error.issues
    .flatMap(withinUnion)
    .slice(0, 20)
    .map((issue) => {
      // A key that is not known has a line of its own.
      const path = [...issue.path, ...(issue.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [])].map(String)
      const line = lineOf(document.contents, path, lines)
      return { line, path: path.join('.') || '(top)', message: issue.message }
    })
  return { ok: false, problems: problems.sort((a, b) => a.line - b.line), hint: 'mend the lines named' }
}

/** Of a value that may be written in several ways: what is wrong in the way it was begun, where that can be told. */
function withinUnion(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union') return [issue]
  const begun = issue.errors.find((way) => way.every((one) => one.path.length > 0))
  if (!begun) return [issue]
  return begun.flatMap((one) => withinUnion({ ...one, path: [...issue.path, ...one.path] }))
}

/** The line of the deepest node on `path` that exists. */
function lineOf(root: Node | null, path: readonly string[], lines: LineCounter): number {
  let node: Node | null | undefined = root
  let offset = root?.range?.[0] ?? 0
  for (const step of path) {
    if (isAlias(node) || node === null || node === undefined) break
    if (isMap(node)) {
      const pair = node.items.find((item) => isPair(item) && isScalar(item.key) && String(item.key.value) === step)
      if (!pair) break
      offset = (pair.key as Node).range?.[0] ?? offset
      node = pair.value as Node | null
    } else if (isSeq(node)) {
      node = node.items[Number(step)] as Node | undefined
      offset = node?.range?.[0] ?? offset
    } else break
  }
  return lines.linePos(offset).line
}

/** A path from a configuration file: relative ones count from the file's folder. */
export const pathBeside = (file: string, path: string): string => (isAbsolute(path) ? path : resolve(dirname(file), path))

/** Reads a secret from a file (its outer blanks do not count) and refuses an empty one. Secrets never stand in a configuration file. */
export function readSecret(file: string, what: string): string {
  let text: string
  try {
    text = readFileSync(file, 'utf8').trim()
  } catch (error) {
    throw new VafaError({
      key: 'secret.unreadable',
      message: `cannot read ${what} from ${file}: ${messageOf(error)}`,
      hint: 'check the path and who may read it',
      cause: error,
    })
  }
  if (text.length === 0)
    throw new VafaError({ key: 'secret.empty', message: `${what} in ${file} is empty`, hint: 'write the secret into that file' })
  return text
}
