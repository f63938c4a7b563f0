import { readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { setTimeout as wait } from 'node:timers/promises'
import { readClubConfig } from '#club/config.ts'
import type { PushedConfigurations } from '#club/fleet/configurations.ts'
import { readWholeConfig } from '#gateway/configuration/check.ts'
import { VafaError } from '#runtime/errors.ts'
import { reachRunningClub } from '../running-club.ts'

interface Where {
  config: string
  who?: string
  json?: boolean
}

/** How long a box may take to say that it has begun to try; it lets a sale that is open come to its end first. */
const beginsMs = 30_000
const lookMs = 500

/** `vafa club config push STORE FILE`: gives a store's box another gateway.yaml, and tells what became of it. */
export async function push(store: string, file: string, options: Where & { seconds: number; wait: boolean }): Promise<void> {
  const text = readText(file)
  const config = await readWholeConfig(text, file)
  if (config.store !== store)
    throw new VafaError({
      key: 'configuration.other',
      message: `${file} is of the store ${config.store}, not of ${store}`,
      hint: 'nothing was sent',
    })
  await give(store, options, (club, given) => club.pushConfiguration({ ...given, text }))
}

/** `vafa club config rollback STORE`: gives it the version before, or the one that is named. */
export async function rollback(store: string, options: Where & { seconds: number; wait: boolean; to?: number }): Promise<void> {
  await give(store, options, (club, given) =>
    club.rollBackConfiguration({ ...given, ...(options.to === undefined ? {} : { to: options.to }) }),
  )
}

type RunningClub = Awaited<ReturnType<typeof reachRunningClub>>

async function give(
  store: string,
  { config, who, seconds, wait: waits, json }: Where & { seconds: number; wait: boolean },
  act: (club: RunningClub, given: { store: string; actor: string; healthySeconds: number }) => Promise<{ version: number }>,
): Promise<void> {
  const club = await reachRunningClub(readClubConfig(config).control)
  try {
    const begun = Date.now()
    const { version } = await act(club, { store, actor: who ?? userInfo().username, healthySeconds: seconds })
    const became = waits ? await outcome(club, { store, version, begun, seconds }) : 'given'
    if (json) process.stdout.write(`${JSON.stringify({ store, version, outcome: became })}\n`)
    if (became === 'in force') {
      if (!json) process.stdout.write(`${store} works by version ${version}\n`)
    } else if (became === 'given') {
      if (!json)
        process.stdout.write(`version ${version} waits for ${store}: \`vafa club config show ${store}\` says what became of it\n`)
    } else
      throw new VafaError({
        key: became.key,
        message: `${store} did not take version ${version}: ${became.reason}`,
        hint: 'it works by what it had',
      })
  } finally {
    club.close()
  }
}

/** What the box says of it; `given` where it has said nothing in time. */
async function outcome(
  club: RunningClub,
  { store, version, begun, seconds }: { store: string; version: number; begun: number; seconds: number },
): Promise<'in force' | 'given' | { key: string; reason: string }> {
  let trying = false
  while (Date.now() < begun + (trying ? seconds * 1_000 + 2 * beginsMs : beginsMs)) {
    const { state, pushed } = await club.configurations(store)
    const { version: inForce, trial, refused } = state?.configuration ?? {}
    const since = pushed[0]?.at ?? ''
    trying ||= trial === version
    if (refused?.version === version && refused.at >= since) return refused
    if (inForce === version && trial === undefined) return 'in force'
    await wait(lookMs)
  }
  return 'given'
}

/** `vafa club config show STORE`: what was pushed, and what the box works by; with a version, its text. */
export async function show(store: string, options: { config: string; text?: number; json?: boolean }): Promise<void> {
  const club = await reachRunningClub(readClubConfig(options.config).control)
  try {
    const known = await club.configurations(store)
    if (options.text !== undefined) {
      const one = known.pushed.find(({ version }) => version === options.text)
      if (!one) throw new VafaError({ key: 'configuration.unknown', message: `${store} was never given version ${options.text}` })
      process.stdout.write(one.text)
    } else if (options.json) {
      const pushed = known.pushed.map(({ text: _, ...one }) => one)
      process.stdout.write(`${JSON.stringify({ store, state: known.state?.configuration ?? null, pushed })}\n`)
    } else process.stdout.write(textOf(store, known))
  } finally {
    club.close()
  }
}

function textOf(store: string, { pushed, state }: PushedConfigurations): string {
  const { version, trial, edited, refused } = state?.configuration ?? {}
  const standing =
    state === undefined
      ? 'has not spoken since the club started'
      : `works by ${version === undefined ? 'its own gateway.yaml' : `version ${version}`}${edited ? ', changed on the box since' : ''}`
  const lines = [
    `${store} ${standing}${trial === undefined ? '' : `; version ${trial} is on trial`}`,
    ...(refused
      ? [
          `not taken at ${refused.at}${refused.version === undefined ? '' : `, version ${refused.version}`}: ${refused.reason} (${refused.key})`,
        ]
      : []),
    ...pushed.map(
      (one) => `  ${one.version}  ${one.at}  ${one.actor}${one.rollbackof === undefined ? '' : `  back from ${one.rollbackof}`}`,
    ),
  ]
  return `${lines.join('\n')}\n`
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new VafaError({ key: 'config.unreadable', message: `cannot read ${file}`, hint: 'check the path', cause })
  }
}
