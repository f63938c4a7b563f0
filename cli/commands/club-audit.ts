import { readFileSync } from 'node:fs'
import { type AuditReport, auditBooks, stateOf } from '#club/audit/audit.ts'
import { type Checkpoint, makeCheckpoint, readCheckpoint } from '#club/audit/checkpoint.ts'
import { sentenceOf } from '#club/audit/finding.ts'
import { readRange } from '#club/audit/range.ts'
import { trustFiles } from '#club/authority/files.ts'
import { type ClubConfig, readClubConfig } from '#club/config.ts'
import { readProgrammeKey } from '#club/key-file.ts'
import { placeOf } from '#club/open-books.ts'
import { createPepper } from '#club/pepper.ts'
import { openSnapshot, type Snapshot } from '#club/store/snapshot.ts'
import type { RangeCheckpoint } from '#protocol/range-checkpoint.ts'
import { readSecret } from '#runtime/config.ts'
import { messageOf, VafaError } from '#runtime/errors.ts'
import { isoNow, systemRuntime } from '#runtime/runtime.ts'
import { writeNew } from './new-file.ts'

/**
 * `vafa club audit`: looks at all of the books, also beside the running club, which goes on meanwhile. Fails with the
 * first difference.
 */
export async function audit(options: {
  config: string
  checkpoint?: string
  range?: string
  key?: string
  json?: true
}): Promise<void> {
  const config = readClubConfig(options.config)
  const checkpoint =
    options.checkpoint === undefined ? undefined : checkpointIn(options.checkpoint, options.key ?? config.programmeKeyFile)
  if (checkpoint && checkpoint.club !== config.club)
    throw new VafaError({
      key: 'checkpoint.foreign',
      message: `${options.checkpoint} is a checkpoint of the club “${checkpoint.club}”, not of “${config.club}”`,
      hint: 'name a checkpoint of this club',
    })
  const range = options.range === undefined ? undefined : rangeIn(options.range, config)
  const pepper = createPepper(readSecret(config.pepperFile, 'the pepper'))
  const report = await onSnapshot(config.database, ({ engine, openFresh }) =>
    auditBooks({ books: engine, fresh: openFresh, pepper, range, ...(checkpoint ? { through: checkpoint } : {}) }),
  )
  process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : reportText(report, checkpoint))
  const { finding } = report
  if (finding)
    throw new VafaError({
      key: 'audit.difference',
      message: `${finding.check}: ${sentenceOf(finding)}`,
      hint: 'the books were changed by another hand, or by a fault: keep this database, and compare it with a backup (docs/audit.md)',
    })
}

/** `vafa club checkpoint`: where the books stand, signed, to be kept elsewhere. */
export async function checkpoint(options: { config: string; out: string; key?: string }): Promise<void> {
  const config = readClubConfig(options.config)
  const file = options.key ?? config.programmeKeyFile
  const { keyid, publicKey, privateKey } = readProgrammeKey(file)
  if (privateKey === undefined)
    throw new VafaError({
      key: 'secret.invalid',
      message: `${file} holds only the public part of the key “${keyid}”`,
      hint: 'name a key with its private part: `vafa programme key --out FILE` makes one',
    })
  const state = await onSnapshot(config.database, ({ engine }) => stateOf(engine))
  const made = makeCheckpoint(state, { key: { keyid, publicKey, privateKey }, at: isoNow(systemRuntime) })
  writeNew(options.out, `${JSON.stringify(made, null, 2)}\n`, 0o644)
  process.stdout.write(
    `${options.out}: club “${made.club}”, ${made.events} events, up to transfer ${made.seq}, signed with the key “${keyid}”\n`,
  )
}

function rangeIn(file: string, { club, trust }: ReturnType<typeof readClubConfig>): RangeCheckpoint {
  if (!trust)
    throw new VafaError({
      key: 'trust.absent',
      message: 'this club has no authority of its own, so no box of its can sign anything',
      hint: '`vafa club trust init` makes one (docs/trust.md)',
    })
  return readRange(textOf(file), { file, club, authority: textOf(trustFiles(trust.folder).certificate) })
}

async function onSnapshot<T>(database: ClubConfig['database'], work: (snapshot: Snapshot) => Promise<T>): Promise<T> {
  const snapshot = await openSnapshot(placeOf(database))
  try {
    return await work(snapshot)
  } finally {
    await snapshot.close()
  }
}

const checkpointIn = (file: string, keyFile: string): Checkpoint =>
  readCheckpoint(textOf(file), { file, key: readProgrammeKey(keyFile) })

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new VafaError({
      key: 'config.unreadable',
      message: `cannot read ${file}: ${messageOf(error)}`,
      hint: 'name a file that `vafa club checkpoint` or `vafa gateway checkpoint` wrote',
      cause: error,
    })
  }
}

function reportText(
  { club, events, transfers, members, byOthers, forgottenFrom, finding }: AuditReport,
  passed: Checkpoint | undefined,
): string {
  const held = `club “${club}”: ${counted(events, 'event')}, ${counted(transfers, 'transfer')}, ${counted(members, 'member')}\n`
  if (finding) return held
  const others =
    byOthers === 0 ? '' : `${byOthers} events were decided by another version of Vafa: their replies’ words were not compared\n`
  const forgotten =
    forgottenFrom === undefined
      ? ''
      : `from event ${forgottenFrom} on nothing was decided again: it went by what a member told who has been forgotten since\n`
  const through = passed ? `the chain passes through the checkpoint of ${passed.at}\n` : ''
  const verdict =
    forgottenFrom === undefined
      ? 'ok: the chain is whole, every balance follows from it, and every event is decided again as it was'
      : `ok: the chain is whole, every balance follows from it, and every event before ${forgottenFrom} is decided again as it was`
  return `${held}${through}${others}${forgotten}${verdict}\n`
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`
