import { X509Certificate } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { stringify } from 'yaml'
import type { InstalledDevice } from '#cli/installation.ts'
import { makeTrialCertificate } from '#simulators/network/certificate.ts'
import { type CuttableLink, startCuttableLink } from '#simulators/network/cuttable-link.ts'
import { freePort } from '#simulators/process/free-port.ts'
import type { WatchedProcess } from '#simulators/process/watched-process.ts'
import { type Chain, makeChain, signUp } from './chain.ts'

export const mobile = '09123456789'

/** A club, a store with a box, and the configuration of one terminal in it. Nothing of the terminal runs yet. */
export interface AgentStore {
  readonly chain: Chain
  /** As they were first started. */
  readonly club: WatchedProcess
  readonly gateway: WatchedProcess
  readonly memberid: string
  readonly agentConfig: string
  /** Between the terminal and the box. */
  readonly cable: CuttableLink
  /** What the terminal's journal says, read beside it. */
  journal(): { trace: string; state: string; total: number; paid: number; mti: string }[]
  close(): Promise<void>
}

export async function makeAgentStore(
  more: {
    /** Keys of agent.yaml besides the usual ones. */
    agent?: Record<string, unknown>
    /** Options of the box's device, in the place of a TCP port for this terminal. */
    box?: Record<string, unknown>
    /** How the box knows the terminal, where `box` does not say: by its port, or over TLS by its certificate. */
    knownBy?: 'port' | 'certificate'
    /** How many lanes have a till; the terminal is at the last one, or has one of its own behind them. */
    tills?: number
    terminalAt?: 'last-till' | 'own-lane'
    /** How long the lane waits for the club; 10 s where it is left out. */
    budgetMs?: number
    /** Called when everything is written and nothing runs yet. `terminal`: its folder. */
    before?(written: { chain: Chain; terminal: string }): void
  } = {},
): Promise<AgentStore> {
  const port = await freePort()
  const tls = more.knownBy === 'certificate' ? await certificates() : undefined
  const { tills = 1, budgetMs = 10_000 } = more
  const lanes = more.terminalAt === 'own-lane' ? tills + 1 : tills
  const hasTerminal = (lane: string) => lane === `lane-${lanes}`
  const withTerminal = (lane: string): InstalledDevice[] => [
    {
      device: 'terminals',
      lane,
      driver: 'pos-iso8583',
      options: {
        language: 'en',
        ...(more.box ??
          (tls
            ? { port, tls: tls.box, terminals: [{ terminal: 'T1', lane, certificate: tls.fingerprint }] }
            : { terminals: [{ terminal: 'T1', lane, port }] })),
      },
    },
  ]
  const chain = await makeChain({
    language: 'en',
    lanes,
    lane: (lane) => ({ budgetMs, receipt: { via: hasTerminal(lane) ? 'terminal' : 'till' } }),
    devices: (lane) => (hasTerminal(lane) ? withTerminal(lane) : []),
  })
  const cable = await startCuttableLink({ to: port })
  const folder = join(chain.folder, 'terminal')
  mkdirSync(folder)
  const agentConfig = join(folder, 'agent.yaml')
  writeFileSync(
    agentConfig,
    stringify({
      terminal: 'T1',
      gateway: { host: '127.0.0.1', port: cable.port, answerMs: 3_000, ...(tls ? { tls: tls.terminal } : {}) },
      journal: 'data/agent.sqlite',
      language: 'en',
      moneyShown: 'rial',
      console: { columns: 32, rows: 12 },
      ...more.agent,
    }),
  )
  more.before?.({ chain, terminal: folder })
  const club = await chain.start('club')
  const gateway = await chain.start('gateway')
  const memberid = await signUp(await chain.till(), mobile)
  return {
    chain,
    club,
    gateway,
    memberid,
    agentConfig,
    cable,
    journal() {
      const database = new Database(join(folder, 'data/agent.sqlite'), { readonly: true })
      try {
        const rows = database.prepare('SELECT trace, state, message, about FROM journal ORDER BY at, name').all() as {
          trace: string
          state: string
          message: string
          about: string
        }[]
        return rows.map(({ trace, state, message, about }) => {
          const { total, paid } = JSON.parse(about) as { total: number; paid: number }
          return { trace, state, total, paid, mti: (JSON.parse(message) as { mti: string }).mti }
        })
      } finally {
        database.close()
      }
    },
    async close() {
      await cable.close()
      await chain.close()
      tls?.remove()
    },
  }
}

/** The box's certificate and the terminal's, each in files of its own. */
async function certificates() {
  const folder = mkdtempSync(join(tmpdir(), 'vafa-certificates-'))
  const [box, terminal] = await Promise.all([makeTrialCertificate('localhost'), makeTrialCertificate('terminal')])
  for (const [name, { certificate, privateKey }] of Object.entries({ box, terminal })) {
    writeFileSync(join(folder, `${name}.crt`), certificate)
    writeFileSync(join(folder, `${name}.key`), privateKey)
  }
  const files = (name: string) => ({ certFile: join(folder, `${name}.crt`), keyFile: join(folder, `${name}.key`) })
  return {
    box: files('box'),
    terminal: { caFile: files('box').certFile, servername: 'localhost', ...files('terminal') },
    fingerprint: new X509Certificate(terminal.certificate).fingerprint256,
    remove: () => rmSync(folder, { recursive: true }),
  }
}
