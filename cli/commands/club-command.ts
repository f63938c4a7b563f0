import { userInfo } from 'node:os'
import { z } from 'zod'
import { readClubConfig } from '#club/config.ts'
import type { Language } from '#protocol/text.ts'
import { VafaError } from '#runtime/errors.ts'
import { type Finding, type Layer, layers } from '../doctor/finding.ts'
import { reportOf } from '../doctor/report.ts'
import { reachRunningClub } from '../running-club.ts'

/** `vafa club command STORE NAME [KEY=VALUE …]`: has a box do something, and prints what came of it. */
export async function command(
  store: string,
  name: string,
  values: readonly string[],
  options: { config: string; who?: string; json?: boolean; language: Language },
): Promise<void> {
  const club = await reachRunningClub(readClubConfig(options.config).control)
  try {
    const actor = options.who ?? userInfo().username
    const { status, data, error } = await club.command({ store, name, data: dataOf(values), actor })
    if (options.json) process.stdout.write(`${JSON.stringify({ status, data, error })}\n`)
    else if (status === 'ok') process.stdout.write(textOf(data, options.language))
    if (status === 'error')
      throw new VafaError({ key: error?.key ?? 'command.failed', message: `${store}: ${error?.title ?? 'it could not be done'}` })
  } finally {
    club.close()
  }
}

function dataOf(values: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    values.map((text) => {
      const [key = '', value] = [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)]
      if (!text.includes('=') || key === '')
        throw new VafaError({ key: 'usage', message: `“${text}” is not KEY=VALUE`, hint: 'such as device=till-1' })
      return [key, value]
    }),
  )
}

/** Lines as lines, a recording as its file, findings as `vafa doctor` says them, the rest as JSON that people can read. */
function textOf(data: Record<string, unknown> | undefined, language: Language): string {
  if (Array.isArray(data?.lines)) return data.lines.map((line) => `${String(line)}\n`).join('')
  if (typeof data?.recording === 'string') return data.recording
  const findings = z.array(finding).safeParse(data?.findings)
  if (findings.success) return reportOf(findings.data.map(withLayer), language)
  return `${JSON.stringify(data ?? {}, null, 2)}\n`
}

/** A box of another version may know other layers. */
const finding = z.object({
  subject: z.string(),
  status: z.enum(['ok', 'warning', 'failed']),
  layer: z.string().optional(),
  detail: z.string(),
  persian: z.string().optional(),
  command: z.string().optional(),
})

const withLayer = ({ layer, command, persian, ...rest }: z.infer<typeof finding>): Finding => ({
  ...rest,
  ...(persian === undefined ? {} : { persian }),
  ...(layer !== undefined && layer in layers ? { layer: layer as Layer } : {}),
  ...(command === undefined ? {} : { command }),
})
