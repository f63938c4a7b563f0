import { userInfo } from 'node:os'
import { initTrust } from '#club/authority/files.ts'
import { trustPlace } from '#club/authority/place.ts'
import type { TrustDesk } from '#club/authority/trust.ts'
import { readClubConfig } from '#club/config.ts'
import { reachControl } from '#club/control.ts'
import { VafaError } from '#runtime/errors.ts'
import { createLogger } from '#runtime/log.ts'
import { systemRuntime } from '#runtime/runtime.ts'
import { called } from '../called.ts'

interface Where {
  config: string
}

const say = (text: string): void => void process.stdout.write(`${text}\n`)

/** `vafa club trust init`: makes the authority of the club that club.yaml describes. */
export async function init({ config: file }: Where): Promise<void> {
  const { club, trust } = trustOf(file)
  await initTrust(trust.folder, { club, now: Date.now() })
  say(`Written: the authority of ${club} in ${trust.folder}. Back this folder up: all boxes trust it.
Start the club (again), then let the first box in: ${called} club box code STORE -c ${file}`)
}

/** `vafa club box code STORE`: a code for a technician. */
export async function code(store: string, options: Where & { minutes: number; json?: boolean }): Promise<void> {
  const { trust } = trustOf(options.config)
  const by = userInfo().username
  const made = await withDesk(options.config, (desk) => desk.newCode({ store, minutes: options.minutes, by }))
  if (options.json) return say(JSON.stringify({ store, ...made }))
  say(`${made.code}

Good for one box of ${store} until ${made.expiresAt}. On the box:

  ${called} gateway enrol ${made.code} --club ${trust.names[0]}:${trust.enrolment.port} --folder ${store}`)
}

/** `vafa club box list` */
export async function list(options: Where & { json?: boolean }): Promise<void> {
  const boxes = await withDesk(options.config, (desk) => desk.boxes())
  const now = new Date().toISOString()
  for (const one of boxes) {
    if (options.json) {
      say(JSON.stringify(one))
      continue
    }
    const { store, serial, issuedAt, expiresAt, revokedAt, reason } = one
    const standing = revokedAt !== undefined ? `revoked ${revokedAt}: ${reason}` : expiresAt < now ? 'expired' : 'good'
    say(`${store}  ${serial}  ${issuedAt.slice(0, 10)} to ${expiresAt.slice(0, 10)}  ${standing}`)
  }
  if (!options.json && boxes.length === 0) say('no box was enrolled yet')
}

/** `vafa club box revoke STORE`: at once, also for a session that is open. */
export async function revoke(store: string, options: Where & { serial?: string; reason: string }): Promise<void> {
  const { serial, reason } = options
  const serials = await withDesk(options.config, (desk) => desk.revoke({ store, serial: serial?.toLowerCase(), reason }))
  say(serials.length === 0 ? `${store} has no certificate that is good` : serials.map((one) => `revoked ${one}`).join('\n'))
}

function trustOf(file: string) {
  const { club, trust } = readClubConfig(file)
  if (trust === undefined)
    throw new VafaError({
      key: 'trust.absent',
      message: `${file} has no \`trust:\``,
      hint: 'write `trust: { names: [club.example.ir] }` with the names by which boxes know the club (docs/trust.md)',
    })
  return { club, trust }
}

/** Through the club where it runs, which then also ends sessions; else on its register. */
async function withDesk<T>(file: string, work: (desk: TrustDesk) => Promise<T>): Promise<T> {
  const config = readClubConfig(file)
  const running = await reachControl(config.control)
  if (running) {
    try {
      return await work(running)
    } finally {
      running.close()
    }
  }
  const { trust } = trustOf(file)
  const { openTrust } = await import('#club/authority/trust.ts')
  const opened = await openTrust({
    ...trustPlace(config, trust),
    isStore: (store) => config.stores.some((one) => one.store === store),
    runtime: systemRuntime,
    log: createLogger({ name: 'club' }),
  })
  try {
    return await work(opened.desk)
  } finally {
    opened.close()
  }
}
