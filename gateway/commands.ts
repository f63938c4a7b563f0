import { z } from 'zod'
import { id } from '#protocol/ids.ts'
import { type CommandResult, command } from '#protocol/state.ts'

export interface CommandWorld {
  /** Milliseconds since 1970, by the corrected clock. */
  now(): number
  /** What `status` reports. */
  status(): Record<string, unknown>
  boxid: string
  /** Sends facts of these numbers once more; how many there were. */
  resend(ranges: readonly (readonly [number, number])[]): number
}

/** `data` of `resend`. Numbers are of the installation that is named: those of another mean other facts. */
const resendData = z.object({
  boxid: id,
  ranges: z.array(z.tuple([z.int().min(1), z.int().min(1)])).max(1_000),
})

const nilId = '00000000-0000-0000-0000-000000000000'

/** Answers a command from head office: late and unknown ones get an error that says so. Never throws. */
export function answerCommand(name: string, payload: Uint8Array, world: CommandWorld): CommandResult {
  const parsed = read(payload)
  if (!parsed) return failed(nilId, 'request.invalid', 'the command cannot be read')
  const { requestid, expiresat } = parsed
  if (Date.parse(expiresat) < world.now()) return failed(requestid, 'request.expired', `the command was good until ${expiresat}`)
  switch (name) {
    case 'ping':
      return { requestid, status: 'ok', data: { at: new Date(world.now()).toISOString() } }
    case 'status':
      return { requestid, status: 'ok', data: world.status() }
    case 'resend': {
      const asked = resendData.safeParse(parsed.data)
      if (!asked.success) return failed(requestid, 'request.invalid', 'resend needs a boxid and ranges of numbers')
      const { boxid, ranges } = asked.data
      if (boxid !== world.boxid) return failed(requestid, 'box.other', `this is ${world.boxid}, not ${boxid}`)
      return { requestid, status: 'ok', data: { sent: world.resend(ranges) } }
    }
    default:
      return failed(
        requestid,
        'command.unknown',
        `this box does not know the command “${name}”; it knows ping, resend and status`,
      )
  }
}

const failed = (requestid: string, key: string, title: string): CommandResult => ({
  requestid,
  status: 'error',
  error: { key, title },
})

function read(payload: Uint8Array) {
  try {
    return command.safeParse(JSON.parse(new TextDecoder().decode(payload))).data
  } catch {
    return undefined
  }
}
