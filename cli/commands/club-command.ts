import { userInfo } from 'node:os'
import { readClubConfig } from '#club/config.ts'
import { reachControl } from '#club/control.ts'
import { VafaError } from '#runtime/errors.ts'

/** `vafa club command STORE NAME [KEY=VALUE …]`: has a box do something, and prints what came of it. */
export async function command(
  store: string,
  name: string,
  values: readonly string[],
  options: { config: string; who?: string; json?: boolean },
): Promise<void> {
  const { control } = readClubConfig(options.config)
  const club = await reachControl(control)
  if (!club)
    throw new VafaError({
      key: 'club.absent',
      message: `no club runs that holds ${control}`,
      hint: 'start it: boxes are reached through it',
      permanent: false,
    })
  try {
    const actor = options.who ?? userInfo().username
    const { status, data, error } = await club.command({ store, name, data: dataOf(values), actor })
    if (options.json) process.stdout.write(`${JSON.stringify({ status, data, error })}\n`)
    else if (status === 'ok') process.stdout.write(textOf(data))
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

/** Lines as lines, the rest as JSON that people can read. */
function textOf(data: Record<string, unknown> | undefined): string {
  if (Array.isArray(data?.lines)) return data.lines.map((line) => `${String(line)}\n`).join('')
  return `${JSON.stringify(data ?? {}, null, 2)}\n`
}
