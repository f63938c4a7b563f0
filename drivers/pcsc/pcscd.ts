import { type ChildProcess, fork } from 'node:child_process'
import { getCompileCacheDir } from 'node:module'
import { connect, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { codeOf, messageOf, VafaError } from '#runtime/errors.ts'
import type { Cancel, Runtime } from '#runtime/runtime.ts'
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
 * own to pcscd's socket is the witness of its end. Rejects with `pcscd.absent`, `pcsc.binding-missing` (permanent),
 * `pcscd.gone`, `pcsc.child-stuck` or `pcsc.child-failed`.
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

  let settle: (reason: VafaError | undefined) => void
  const closed = new Promise<VafaError | undefined>((resolve) => {
    settle = resolve
  })
  let ready: () => void
  const opened = new Promise<void>((resolve) => {
    ready = resolve
  })

  let ending = false
  let stopBeat: Cancel = () => {}
  const end = (reason: VafaError | undefined): void => {
    if (ending) return
    ending = true
    stopBeat()
    witness.destroy()
    const settled = () => settle(reason)
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) settled()
    else {
      child.once('exit', settled)
      child.kill('SIGKILL')
    }
  }

  let complaint = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    complaint = `${complaint}${chunk.toString()}`.slice(-complaintLimit)
  })
  child.on('error', (error) => end(failed(`the card reader process cannot run: ${messageOf(error)}`)))
  child.on('exit', (code, by) =>
    end(failed(`the card reader process ended (${by ?? `exit code ${code}`})${complaint === '' ? '' : `: ${complaint.trim()}`}`)),
  )
  let unanswered = 0
  child.on('message', (message: FromChild) => {
    if (ending) return
    switch (message.kind) {
      case 'pong':
        unanswered = 0
        return
      case 'ready':
        ready()
        return
      case 'card':
        host.card(message.event)
        return
      case 'fault':
        end(message.cause === 'binding' ? bindingMissing(message.reason) : gone(message.reason))
    }
  })
  stopBeat = beat(host.runtime, () => {
    if (unanswered >= stuckAfterBeats) end(stuck())
    else {
      unanswered++
      send(child, { kind: 'ping' })
    }
  })
  witness.on('close', () => end(gone('it closed our connection')))
  signal.addEventListener('abort', () => end(undefined), { once: true })
  if (signal.aborted) end(undefined)

  send(child, { kind: 'start', muteAfterMs, ...(host.aid ? { aid: Buffer.from(host.aid).toString('hex') } : {}) })
  const failure = await Promise.race([
    opened,
    closed.then((reason) => reason ?? failed('the card readers were let go before they were open')),
  ])
  if (failure) throw failure
  return {
    closed,
    async close() {
      end(undefined)
      await closed
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
function reachPcscd(path: string, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path, signal })
    socket.once('connect', () => {
      socket.removeAllListeners('error')
      // After the connection, an error only comes before `close`, which says all there is to say.
      socket.on('error', () => {})
      socket.resume()
      resolve(socket)
    })
    socket.once('error', (error) => reject(absent(path, codeOf(error) ?? messageOf(error))))
  })
}

const compileCache = (): { NODE_COMPILE_CACHE?: string } => {
  const folder = getCompileCacheDir()
  return folder === undefined ? {} : { NODE_COMPILE_CACHE: folder }
}

const absent = (path: string, why: string): VafaError =>
  new VafaError({
    key: 'pcscd.absent',
    message: `the card reader service pcscd does not answer at ${path} (${why})`,
    hint: 'install it with `apt-get install pcscd`, start it with `systemctl start pcscd.socket`; it is tried again by itself',
    permanent: false,
  })

const gone = (why: string): VafaError =>
  new VafaError({
    key: 'pcscd.gone',
    message: `the card reader service pcscd gave up (${why})`,
    hint: 'it is tried again by itself; `journalctl -u pcscd` shows what pcscd says',
    permanent: false,
  })

const bindingMissing = (why: string): VafaError =>
  new VafaError({
    key: 'pcsc.binding-missing',
    message: `the PC/SC binding of nfc-pcsc does not load: ${why.split('\n')[0]}`,
    hint: 'run `apt-get install libpcsclite-dev`, then `npm run build:pcsc`',
    permanent: true,
  })

const stuck = (): VafaError =>
  new VafaError({
    key: 'pcsc.child-stuck',
    message: `the card reader process did not answer for ${(stuckAfterBeats * beatMs) / 1_000} s and was ended`,
    hint: 'it is started again by itself; if it comes back, restart pcscd and unplug the reader once',
    permanent: false,
  })

const failed = (message: string): VafaError =>
  new VafaError({
    key: 'pcsc.child-failed',
    message,
    hint: 'it is started again by itself; check that libpcsclite and the memory of the box are in order',
    permanent: false,
  })
