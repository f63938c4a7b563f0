import { type ChildProcess, spawn } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { VafaError } from '#runtime/errors.ts'
import { type CardHost, type InsertedCard, startCardHost } from '../card/card-host.ts'
import type { VirtualCard } from '../card/virtual-card.ts'
import { enterNamespaces, joinNetworkOf, vpcdDriver } from './namespaces.ts'

/** Any will do: the network is pcscd's own. vpcd takes two ports for each reader of its configuration, one a slot. */
const firstPort = 35_963
const portOf = (position: number): number => firstPort + 2 * position

/**
 * A real pcscd of our own, with virtual readers, in its own network and mount namespaces: it clashes with no other,
 * and is reached by its unix socket alone.
 */
export interface PrivatePcscd {
  /** For the pcsc driver's `socket` option. */
  readonly socket: string
  /** For other PC/SC programs. */
  readonly env: { PCSCLITE_CSOCK_NAME: string }
  /** Puts a card on the reader of that position in `readers`. */
  insert(reader: number, card: VirtualCard): Promise<InsertedCard>
  /** SIGKILL, as a crash; the cards go with it. The socket's file stays, as it does after a crash. */
  kill(): Promise<void>
  /** Starts it again on the same socket. */
  restart(): Promise<void>
  close(): Promise<void>
}

/** `readers`: their names, at most 8. Rejects with `sim.pcscd-failed`; see `pcscdAvailable` for what it needs. */
export async function startPrivatePcscd(options: { readers: readonly string[] }): Promise<PrivatePcscd> {
  const folder = mkdtempSync(join(tmpdir(), 'vafa-pcscd-'))
  const socket = join(folder, 'run/pcscd/pcscd.comm')
  let running: Running | undefined
  const removedAt = new Map<number, number>()
  const stop = async (): Promise<void> => {
    const stopping = running
    running = undefined
    await stopping?.stop()
  }
  const start = async (): Promise<void> => {
    await stop()
    // Left by a crash: pcscd refuses to start where its old process's number lives again.
    rmSync(join(folder, 'run'), { recursive: true, force: true })
    mkdirSync(join(folder, 'run'))
    running = await run(folder)
  }
  const close = async (): Promise<void> => {
    await stop()
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    configureReaders(folder, options.readers)
    await start()
  } catch (error) {
    await close()
    throw error
  }
  return {
    socket,
    env: { PCSCLITE_CSOCK_NAME: socket },
    async insert(reader, card) {
      await unseen(removedAt.get(reader))
      if (!running || reader >= options.readers.length) throw failed(`pcscd is not running, or has no reader ${reader}`)
      const inserted = await running.cards.insert(portOf(reader), card)
      void inserted.gone.then(() => removedAt.set(reader, performance.now()))
      return inserted
    },
    kill: stop,
    restart: start,
    close,
  }
}

/** pcscd looks at its readers every 400 ms: of a card that is swapped faster than any hand does it sees nothing. */
const swapMs = 600
const unseen = async (removedAt = Number.NEGATIVE_INFINITY): Promise<void> => {
  const rest = removedAt + swapMs - performance.now()
  if (rest > 0) await new Promise((resolve) => setTimeout(resolve, rest))
}

interface Running {
  cards: CardHost
  stop(): Promise<void>
}

async function run(folder: string): Promise<Running> {
  // Readers on USB are the machine's own: they are hidden from this pcscd. `exec`: the process is then pcscd itself;
  // it goes when we do, however we go.
  const [command, ...args] = enterNamespaces(
    [
      'ip link set lo up',
      `mount --bind '${folder}/run' /run`,
      '{ [ ! -d /dev/bus/usb ] || mount -t tmpfs none /dev/bus/usb; }',
      `exec setpriv --pdeathsig KILL pcscd --foreground --info -c '${folder}/readers'`,
    ].join(' && '),
  )
  const pcscd = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = new Promise<void>((resolve) => {
    pcscd.once('error', () => resolve())
    pcscd.once('exit', () => resolve())
  })
  const stop = async (): Promise<void> => {
    pcscd.kill('SIGKILL')
    await ended
  }
  const pid = await untilReady(pcscd, ended)
  try {
    const cards = await startCardHost(joinNetworkOf(pid))
    return {
      cards,
      async stop() {
        await stop()
        await cards.close()
      },
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** pcscd says so on its own log, after its readers' ports are open. */
function untilReady(pcscd: ChildProcess, ended: Promise<void>): Promise<number> {
  return new Promise((resolve, reject) => {
    let said = ''
    const hear = (chunk: Buffer): void => {
      said = `${said}${chunk.toString()}`.slice(-4_000)
      if (pcscd.pid !== undefined && said.includes('daemon ready')) resolve(pcscd.pid)
    }
    pcscd.stdout?.on('data', hear)
    pcscd.stderr?.on('data', hear)
    void ended.then(() => reject(failed(`pcscd did not start: ${said.trim() || 'it said nothing'}`)))
  })
}

function configureReaders(folder: string, readers: readonly string[]): void {
  const library = vpcdDriver()
  if (library === undefined) throw failed("vpcd's driver is not installed")
  mkdirSync(join(folder, 'readers'))
  readers.forEach((name, position) => {
    // A loaded vpcd knows two slots and no more: a second reader of the same library takes the first one's ports away.
    const own = join(folder, `libifdvpcd-${position}.so`)
    copyFileSync(library, own)
    const port = `0x${portOf(position).toString(16).toUpperCase()}`
    const config = `FRIENDLYNAME "${name}"\nDEVICENAME /dev/null:${port}\nLIBPATH ${own}\nCHANNELID ${port}\n`
    writeFileSync(join(folder, `readers/vpcd-${position}`), config)
  })
}

const failed = (message: string): VafaError =>
  new VafaError({ key: 'sim.pcscd-failed', message, hint: 'the virtual reader of `via: vpcd` needs no pcscd', permanent: false })
