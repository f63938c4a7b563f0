import { type Programme, parseProgramme } from '#programme/schema.ts'
import type { SealingPublicKey } from '#protocol/sealing.ts'
import { keysDown, programmeDown } from '#protocol/state.ts'
import { messageOf } from '#runtime/errors.ts'
import type { Logger } from '#runtime/log.ts'
import type { Runtime } from '#runtime/runtime.ts'
import type { Database } from '#runtime/sqlite.ts'

export type Downs = ReturnType<typeof openDowns>

type Read<T> = { ok: true; value: T } | { ok: false; reason: string }

/**
 * What the club sends down (`down/{what}`), checked before it is used and kept on disk for the time when the club
 * cannot be reached. A message that is not valid changes nothing.
 */
export function openDowns({ database, runtime, log }: { database: Database; runtime: Runtime; log: Logger }) {
  const save = database.prepare('INSERT OR REPLACE INTO down (what, at, body) VALUES (?, ?, ?)')
  let programme: Programme | undefined
  let sealingKey: SealingPublicKey | undefined

  /** Takes one message into use; the reason where it is refused. */
  const use = (what: string, json: unknown): string | undefined => {
    switch (what) {
      case 'programme': {
        const read = readProgramme(json)
        if (!read.ok) return read.reason
        programme = read.value
        return undefined
      }
      case 'keys': {
        const read = keysDown.safeParse(json)
        if (!read.success) return read.error.issues[0]?.message ?? 'invalid'
        sealingKey = read.data.sealing
        return undefined
      }
      default:
        return `this box does not know down/${what}`
    }
  }

  for (const { what, body } of database.prepare<[], { what: string; body: string }>('SELECT what, body FROM down').all()) {
    const reason = use(what, JSON.parse(body))
    if (reason) log.warn({ what, reason }, 'what the disk holds from the club is not valid here; it waits for the club’s next')
  }

  return {
    programme: () => programme,
    sealingKey: () => sealingKey,
    accept(what: string, payload: Buffer): void {
      try {
        const body = payload.toString('utf8')
        const reason = use(what, JSON.parse(body))
        if (reason) log.warn({ what, reason }, 'a message from the club was refused')
        else save.run(what, runtime.now(), body)
      } catch (error) {
        log.warn({ what, reason: messageOf(error) }, 'a message from the club could not be kept')
      }
    },
  }
}

function readProgramme(json: unknown): Read<Programme> {
  const down = programmeDown.safeParse(json)
  if (!down.success) return { ok: false, reason: down.error.issues[0]?.message ?? 'invalid' }
  const parsed = parseProgramme(down.data.current)
  return parsed.ok ? { ok: true, value: parsed.programme } : parsed
}
