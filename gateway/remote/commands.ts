import { z } from 'zod'
import { id, name as nameSchema } from '#protocol/ids.ts'
import { signedDocument, type VerifyingKey, verifyDocument } from '#protocol/signing.ts'
import { type CommandResult, command, order } from '#protocol/state.ts'
import { messageOf, VafaError } from '#runtime/errors.ts'

/** What head office can see and do at a box. What is not done rejects with a `VafaError`. */
export interface CommandWorld {
  club: string
  store: string
  boxid: string
  /** Whose signatures count: head office's keys, as for programmes. */
  keys: readonly VerifyingKey[]
  /** Milliseconds since 1970, by the corrected clock. */
  now(): number
  status(): Record<string, unknown>
  /** Sends facts of these numbers once more; how many there were. */
  resend(ranges: readonly (readonly [number, number])[]): number
  devices(): readonly object[]
  /** Lets a device go and opens it again. */
  restartDevice(device: string): Promise<void>
  /** A slip on the lane's printer that says what it is. */
  testPrint(lane: string): Promise<object>
  /** The last lines of the log, as they are written: without anybody's data. */
  recentLog(lines: number): readonly string[]
  setLogLevel(level: 'debug' | 'info' | 'warn' | 'error', minutes: number): void
  /** Reads gateway.yaml again: resolves when it is checked, and rejects with what is wrong in it. */
  reload(): Promise<{ changed: boolean }>
  /** Tries the update once more that head office offers to this box. */
  update(): Promise<object>
  /** What `vafa doctor` finds here. */
  doctor(): Promise<readonly object[]>
  /** What passes on a device's wire, with credentials masked. */
  capture(device: string, seconds: number): Promise<object>
}

interface Hand<Data> {
  /** Whether head office must have signed it: all that changes something at the box. */
  signed: 'yes' | 'no'
  data: z.ZodType<Data>
  perform(world: CommandWorld, data: Data): Promise<Record<string, unknown>>
}
const hand = <Data>(one: Hand<Data>): Hand<unknown> => one as Hand<unknown>

const nothing = z.object({})
/** Whoever asked stands before a screen and waits. */
const longestCaptureSeconds = 60

/** Everything a box does when it is told to. Numbers of facts are of the installation that is named: another's mean other facts. */
const hands: Readonly<Record<string, Hand<unknown>>> = {
  ping: hand({
    signed: 'no',
    data: nothing,
    perform: async (world) => ({ at: new Date(world.now()).toISOString() }),
  }),
  status: hand({ signed: 'no', data: nothing, perform: async (world) => world.status() }),
  resend: hand({
    signed: 'no',
    data: z.object({ boxid: id, ranges: z.array(z.tuple([z.int().min(1), z.int().min(1)])).max(1_000) }),
    async perform(world, { boxid, ranges }) {
      if (boxid !== world.boxid) throw new VafaError({ key: 'box.other', message: `this is ${world.boxid}, not ${boxid}` })
      return { sent: world.resend(ranges) }
    },
  }),
  devices: hand({ signed: 'yes', data: nothing, perform: async (world) => ({ devices: world.devices() }) }),
  'restart-device': hand({
    signed: 'yes',
    data: z.object({ device: nameSchema }),
    async perform(world, { device }) {
      await world.restartDevice(device)
      return { device }
    },
  }),
  'test-print': hand({
    signed: 'yes',
    data: z.object({ lane: nameSchema }),
    perform: async (world, { lane }) => ({ ...(await world.testPrint(lane)) }),
  }),
  logs: hand({
    signed: 'yes',
    data: z.object({ lines: z.coerce.number().int().min(1).max(500).default(100) }),
    perform: async (world, { lines }) => ({ lines: world.recentLog(lines) }),
  }),
  reload: hand({ signed: 'yes', data: nothing, perform: async (world) => ({ ...(await world.reload()) }) }),
  update: hand({ signed: 'yes', data: nothing, perform: async (world) => ({ ...(await world.update()) }) }),
  doctor: hand({ signed: 'yes', data: nothing, perform: async (world) => ({ findings: await world.doctor() }) }),
  capture: hand({
    signed: 'yes',
    data: z.object({ device: nameSchema, seconds: z.coerce.number().int().min(1).max(longestCaptureSeconds).default(60) }),
    perform: async (world, { device, seconds }) => ({ device, ...(await world.capture(device, seconds)) }),
  }),
  'log-level': hand({
    signed: 'yes',
    data: z.object({
      level: z.enum(['debug', 'info', 'warn', 'error']),
      minutes: z.coerce
        .number()
        .int()
        .min(1)
        .max(24 * 60)
        .default(30),
    }),
    async perform(world, { level, minutes }) {
      world.setLogLevel(level, minutes)
      return { level, minutes }
    },
  }),
}

export const commandNames: readonly string[] = Object.keys(hands)

const nilId = '00000000-0000-0000-0000-000000000000'
/** An order that is good for longer is none of ours: it could be kept and sent again. */
const longestMs = 3_600_000

/**
 * Answers commands from head office: each once. Late, unknown, unsigned and forged ones, and those for another store, get an
 * error that says so. Never rejects.
 */
export function createRemoteHands(world: CommandWorld): (name: string, payload: Uint8Array) => Promise<CommandResult> {
  /** Orders that were done, until they would be late anyway. */
  const done = new Map<string, number>()

  return async (name, payload) => {
    const read = readCommand(payload, world.keys)
    if (!read.ok) return failed(nilId, read.key, read.reason)
    const { requestid, expiresat } = read.command
    const refuse = (key: string, reason: string) => failed(requestid, key, reason)
    const now = world.now()
    const until = Date.parse(expiresat)
    if (until < now) return refuse('request.expired', `the command was good until ${expiresat}`)
    const wanted = hands[name]
    if (!Object.hasOwn(hands, name) || !wanted)
      return refuse('command.unknown', `this box does not know the command “${name}”; it knows ${commandNames.join(', ')}`)
    if (read.signedFor) {
      const { club, store, name: signedName } = read.signedFor
      if (club !== world.club || store !== world.store || signedName !== name)
        return refuse('command.other', `it was signed for “${signedName}” at ${store} of ${club}`)
      if (until > now + longestMs) return refuse('command.too-long', 'an order may be good for an hour at most')
      for (const [one, end] of done) if (end < now) done.delete(one)
      if (done.has(requestid)) return refuse('command.repeated', 'this order was done before')
      done.set(requestid, until)
    } else if (wanted.signed === 'yes') return refuse('command.unsigned', `“${name}” is only done when head office has signed it`)
    const data = wanted.data.safeParse(read.command.data ?? {})
    if (!data.success) {
      const issue = data.error.issues[0]
      return refuse('request.invalid', `${name}: ${issue?.path.join('.') || 'data'}: ${issue?.message}`)
    }
    try {
      return { requestid, status: 'ok', data: await wanted.perform(world, data.data) }
    } catch (error) {
      return refuse(error instanceof VafaError ? error.key : 'command.failed', messageOf(error))
    }
  }
}

const failed = (requestid: string, key: string, title: string): CommandResult => ({
  requestid,
  status: 'error',
  error: { key, title },
})

type Read =
  | { ok: true; command: z.infer<typeof command>; signedFor?: { club: string; store: string; name: string } }
  | { ok: false; key: string; reason: string }

function readCommand(payload: Uint8Array, keys: readonly VerifyingKey[]): Read {
  const unreadable: Read = { ok: false, key: 'request.invalid', reason: 'the command cannot be read' }
  const json = jsonIn(new TextDecoder().decode(payload))
  const plain = command.safeParse(json)
  if (plain.success) return { ok: true, command: plain.data }
  const signed = signedDocument.safeParse(json)
  if (!signed.success) return unreadable
  const verdict = verifyDocument(signed.data, keys, 'command')
  if (verdict !== 'ok')
    return {
      ok: false,
      key: `command.${verdict}`,
      reason:
        verdict === 'forged'
          ? 'the signature is not that of the key that it names'
          : `no key “${signed.data.keyid}” stands in programmeKeys of this box`,
    }
  const said = order.safeParse(jsonIn(signed.data.document))
  if (!said.success) return unreadable
  const { club, store, name, ...rest } = said.data
  return { ok: true, command: rest, signedFor: { club, store, name } }
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
