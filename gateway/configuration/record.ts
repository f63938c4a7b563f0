import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { type ConfigurationOrder, type ConfigurationState, configurationState } from '#protocol/configuration.ts'
import { id } from '#protocol/ids.ts'
import { parseConfig } from '#runtime/config.ts'
import { writeDurably } from '#runtime/durable-file.ts'
import { codeOf, messageOf, VafaError } from '#runtime/errors.ts'
import { type GatewayConfig, gatewayConfig } from '../config.ts'

const pushed = z.object({ version: z.int(), sha256: z.string() })
const record = z.object({
  /** Of head office's; absent while the box works by its first gateway.yaml. */
  inForce: pushed.optional(),
  /** The highest version that this box ever tried. */
  highest: z.int().default(0),
  /** What was taken last, whatever became of it. */
  lastId: id.optional(),
  /** gateway.yaml is this one, and it has not proved itself yet; what was before lies beside it. */
  trial: pushed.extend({ id, starts: z.int() }).optional(),
  refused: configurationState.shape.refused.unwrap().extend({ id: id.optional() }).optional(),
})
export type ConfigurationRecord = z.infer<typeof record>

type Refused = Omit<NonNullable<ConfigurationRecord['refused']>, 'at'>

/** What is kept beside gateway.yaml of the configurations that head office pushed. */
export interface ConfigurationShelf {
  readonly record: ConfigurationRecord
  /** As it is told in the store's state. */
  state(): ConfigurationState
  /** What gateway.yaml says now. Throws where it cannot be read. */
  text(): string
  /** Puts a configuration into its place, on trial: what was there is kept until it has proved itself. */
  begin(order: ConfigurationOrder): void
  /** What was there before the trial; undefined where it cannot be read. */
  former(): GatewayConfig | undefined
  /** The box was started anew while it is on trial. */
  startedOnTrial(): void
  /** What is on trial is in force from now on. */
  confirm(): void
  /** Puts back what was there before the trial. */
  takeBack(refused: Refused, now: number): void
  refuse(refused: Refused, now: number): void
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

/** Opens it for a gateway.yaml. Throws a `VafaError` where the record beside it is damaged. */
export function openConfigurationShelf(configFile: string): ConfigurationShelf {
  const files = { record: `${configFile}.pushed.json`, former: `${configFile}.former` }
  let kept = readRecord(files.record)
  const text = () => readFileSync(configFile, 'utf8')
  /** Also where somebody has taken the file away: what runs goes on. */
  const isText = (hash: string): boolean => {
    try {
      return sha256(text()) === hash
    } catch {
      return false
    }
  }
  const save = (next: ConfigurationRecord) => {
    writeDurably(files.record, `${JSON.stringify(next, null, 2)}\n`)
    kept = next
  }
  return {
    get record() {
      return kept
    },
    text,
    state() {
      const { inForce, trial, refused } = kept
      const expected = trial ?? inForce
      const { id: _, ...told } = refused ?? { key: undefined }
      return {
        ...(inForce === undefined ? {} : { version: inForce.version }),
        ...(expected !== undefined && !isText(expected.sha256) ? { edited: true } : {}),
        ...(trial === undefined ? {} : { trial: trial.version }),
        ...(told.key === undefined ? {} : { refused: told }),
      }
    },
    begin({ id: orderId, version, text: next }) {
      // In this order: whenever the power goes, what a start finds on trial can be taken back.
      writeDurably(files.former, text())
      const trial = { version, sha256: sha256(next), id: orderId, starts: 1 }
      save({ ...kept, highest: Math.max(kept.highest, version), lastId: orderId, trial })
      writeDurably(configFile, next)
    },
    former() {
      try {
        return parseConfig(readFileSync(files.former, 'utf8'), gatewayConfig, files.former)
      } catch {
        return undefined
      }
    },
    startedOnTrial() {
      const { trial } = kept
      if (trial) save({ ...kept, trial: { ...trial, starts: trial.starts + 1 } })
    },
    confirm() {
      const { trial, refused: _, ...rest } = kept
      if (trial) save({ ...rest, inForce: { version: trial.version, sha256: trial.sha256 } })
    },
    takeBack(refused, now) {
      writeDurably(configFile, readFileSync(files.former, 'utf8'))
      const { trial, ...rest } = kept
      save({ ...rest, refused: { ...refused, ...(trial ? { id: trial.id } : {}), at: new Date(now).toISOString() } })
    },
    refuse(refused, now) {
      save({ ...kept, refused: { ...refused, at: new Date(now).toISOString() } })
    },
  }
}

function readRecord(file: string): ConfigurationRecord {
  try {
    return record.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return { highest: 0 }
    throw new VafaError({
      key: 'configuration.record',
      message: `${file} cannot be read: ${messageOf(error)}`,
      hint: 'move it aside: gateway.yaml then counts as the box’s own, and head office pushes anew',
      cause: error,
    })
  }
}
