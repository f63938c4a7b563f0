import { type CommandResult, command } from '#protocol/state.ts'

export interface CommandWorld {
  /** Milliseconds since 1970, by the corrected clock. */
  now(): number
  /** What `status` reports. */
  status(): Record<string, unknown>
}

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
    default:
      return failed(requestid, 'command.unknown', `this box does not know the command “${name}”; it knows ping and status`)
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
