import { type ChildProcess, fork } from 'node:child_process'
import { getCompileCacheDir } from 'node:module'
import { connect, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { codeOf, messageOf, VafaError } from '#runtime/errors.ts'
import type { Cancel, Runtime } from '#runtime/runtime.ts'
import { letGo } from '../stream/link-errors.ts'
import type { FromChild, ToChild } from './pcscd-messages.ts'
import { type CardTransport, muteAfterMs, type TransportHost } from './transport.ts'

/** Where libpcsclite looks for pcscd, and so we do. */
export const pcscdSocket = (): string => process.env.PCSCLITE_CSOCK_NAME ?? '/run/pcscd/pcscd.comm'

const childFile = fileURLToPath(new URL('./pcscd-child.ts', import.meta.url))
const beatMs = 1_000
/** Counted in beats that went unanswered, not in time: a gateway that stalls must not take its child for stuck. */
const stuckAfterBeats = 5
const complaintLimit = 2_000

/**
 * Cards by way of pcscd: a child process holds nfc-pcsc, and is killed where it stops answering; a connection of our
 * own to pcscd's socket is the witness of its end. Rejects with `device.absent`, `device.gone`, `device.stalled`,
 * `device.let-go`, or `pcsc.binding-missing` (permanent).
 */
export async function openPcscd(options: { socket: string; signal: AbortSignal; host: TransportHost }): Promise<CardTransport> {
  const { socket, signal, host } = options
  const witness = await reachPcscd(socket, signal)
  const child = fork(childFile, [], {
    // Small heap: the child's idle memory counts as the gateway's. The compile cache spares it the type stripper.
    execArgv: ['--max-semi-space-size=1', '--max-old-space-size=32', '--no-warnings'],
    env: { ...process.env, PCSCLITE_CSOCK_NAME: socket, ...compileCache() },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })

  const opened = Promise.withResolvers<void>()
  const closed = Promise.withResolvers<VafaError | undefined>()

  let ending = false
  const end = (reason: VafaError | undefined): void => {
    if (ending) return
    ending = true
    signal.removeEventListener('abort', letItGo)
    stopBeat()
    witness.destroy()
    const settle = () => closed.resolve(reason)
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) settle()
    else {
      child.once('exit', settle)
      child.kill('SIGKILL')
    }
  }
  const letItGo = () => end(undefined)

  let complaint = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    complaint = `${complaint}${chunk.toString()}`.slice(-complaintLimit)
  })
  child.on('error', (error) => end(childEnded(messageOf(error))))
  child.on('exit', (code, by) =>
    end(childEnded(`${by ?? `exit code ${code}`}${complaint === '' ? '' : `: ${complaint.trim()}`}`)),
  )
  let unanswered = 0
  child.on('message', (message: FromChild) => {
    if (ending) return
    switch (message.kind) {
      case 'pong':
        unanswered = 0
        return
      case 'ready':
        opened.resolve()
        return
      case 'card':
        host.card(message.event)
        return
      case 'exchanged':
        host.exchanged?.(message.exchange)
        return
      case 'fault':
        end(message.cause === 'binding' ? bindingMissing(message.reason) : gone(message.reason))
    }
  })
  const stopBeat = beat(host.runtime, () => {
    if (unanswered >= stuckAfterBeats) end(stuck())
    else {
      unanswered++
      send(child, { kind: 'ping' })
    }
  })
  witness.on('close', () => end(gone('it closed our connection')))
  signal.addEventListener('abort', letItGo)
  if (signal.aborted) letItGo()

  send(child, {
    kind: 'start',
    muteAfterMs,
    ndef: host.ndef,
    hear: host.exchanged ? 'exchanges' : 'nothing',
    ...(host.aid ? { aid: Buffer.from(host.aid).toString('hex') } : {}),
  })
  const failure = await Promise.race([opened.promise, closed.promise.then((reason) => reason ?? letGo('card readers'))])
  if (failure) throw failure
  return {
    closed: closed.promise,
    command: (reader, apdu) => send(child, { kind: 'command', reader, apdu: Buffer.from(apdu).toString('hex') }),
    async close() {
      end(undefined)
      await closed.promise
    },
  }
}

/** Nothing is sent to a child that is ending; its `exit` event says the rest. */
function send(child: ChildProcess, message: ToChild): void {
  if (child.connected) child.send(message, () => {})
}

function beat(runtime: Runtime, tick: () => void): Cancel {
  let stopped = false
  let cancel: Cancel
  const next = () => {
    cancel = runtime.after(beatMs, () => {
      tick()
      if (!stopped) next()
    })
  }
  next()
  return () => {
    stopped = true
    cancel()
  }
}

/** The binding spins for ever where pcscd is absent, so it is looked for first. The socket file alone proves nothing. */
async function reachPcscd(path: string, signal: AbortSignal): Promise<Socket> {
  const reached = Promise.withResolvers<void>()
  const socket = connect({ path, signal }, reached.resolve)
  // Once connected, an error only comes before `close`, which says all there is to say.
  socket.on('error', (error) =>
    reached.reject(signal.aborted ? letGo('card readers') : absent(path, codeOf(error) ?? messageOf(error))),
  )
  await reached.promise
  socket.resume()
  return socket
}

const compileCache = (): { NODE_COMPILE_CACHE?: string } => {
  const folder = getCompileCacheDir()
  return folder === undefined ? {} : { NODE_COMPILE_CACHE: folder }
}

/** No error's path out of here ends for good, but for the binding: pcscd, its readers and our child all come back. */
const retryable = (key: string, message: string, hint: string): VafaError =>
  new VafaError({ key, message, hint, permanent: false })

const absent = (path: string, why: string): VafaError =>
  retryable(
    'device.absent',
    `the card reader service pcscd does not answer at ${path} (${why})`,
    'install it with `apt-get install pcscd`, start it with `systemctl start pcscd.socket`; it is tried again by itself',
  )

const gone = (why: string): VafaError =>
  retryable(
    'device.gone',
    `the card reader service pcscd gave up (${why})`,
    'it is tried again by itself; `journalctl -u pcscd` shows what pcscd says',
  )

const stuck = (): VafaError =>
  retryable(
    'device.stalled',
    `the card reader process did not answer for ${(stuckAfterBeats * beatMs) / 1_000} s and was ended`,
    'it is started again by itself; if it comes back, restart pcscd and unplug the reader once',
  )

const childEnded = (why: string): VafaError =>
  retryable(
    'device.gone',
    `the card reader process ended (${why})`,
    'it is started again by itself; if it comes back, check the memory of the box and build the binding anew: `npm run build:pcsc`',
  )

const bindingMissing = (why: string): VafaError =>
  new VafaError({
    key: 'pcsc.binding-missing',
    message: `the PC/SC binding of nfc-pcsc does not load: ${why}`,
    hint: 'run `apt-get install libpcsclite-dev`, then `npm run build:pcsc`',
    permanent: true,
  })
